// Colours code: for each line its HTML, with a class for each kind of word.
import { createHighlighter } from 'shiki'

const LANGUAGES = ['c', 'bash', 'python', 'make', 'diff']
const themes = { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' }
const highlighter = await createHighlighter({ themes: Object.values(themes), langs: LANGUAGES })
const INK = ['#0E1116', '#F0F3F6'] // what has no colour of its own
const COMMENT = ['#66707B', '#57606a'] // darker: it stands on tinted lines, too

const kinds = new Map() // "light dark" -> class

function kindOf({ light, dark }) {
  const [a, b] = [light.color.replace(...COMMENT), dark.color]
  if (a.toUpperCase() === INK[0] && b.toUpperCase() === INK[1]) return
  if (!kinds.has(`${a} ${b}`)) kinds.set(`${a} ${b}`, `k${kinds.size}`)
  return kinds.get(`${a} ${b}`)
}

// The style of the kinds that were met.
export const colours = () =>
  [...kinds]
    .map(([pair, kind]) =>
      pair
        .split(' ')
        .map((colour, i) => `${i ? '.dark ' : ''}.${kind}{color:${colour}}`)
        .join(''),
    )
    .join('\n')

export const escape = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

export function coloured(code, language) {
  if (!LANGUAGES.includes(language)) return code.split('\n').map(escape)
  return highlighter.codeToTokensWithThemes(code, { lang: language, themes }).map((tokens) =>
    tokens
      .map(({ content, variants }) => {
        const kind = content.trim() && kindOf(variants)
        return kind ? `<i class="${kind}">${escape(content)}</i>` : escape(content)
      })
      .join(''),
  )
}

// Each line is a block of its own, so that one that is wrapped goes on below its beginning: style.css
// asks how deep that is.
export const depth = (html) => `d${html.replace(/<[^>]*>/g, '').match(/^\t{0,6}/)[0].length}`
export const block = (code, language) =>
  '<pre class="code" tabindex="0"><code>' +
  coloured(code.replace(/\n$/, ''), language)
    .map((html) => `<span class="line ${depth(html)}">${html}\n</span>`)
    .join('') +
  '</code></pre>\n'
