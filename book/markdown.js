// How a text becomes a page. What stands in a README says all that is needed: the caption above a
// transcript, the place line above an excerpt.
import { STEPS, changes, explanations, facts, origins, programOf, read } from './ladder.js'
import { linkFrom, urlOfText } from './pages.js'
import { words } from './words.js'

const CALLS = new Set([...read('docs/calls.md').matchAll(/^\| `(\w+)\(\)`/gm)].map((match) => match[1]))

// Chinese has no space where a line ends, but for one beside Latin.
const CHINESE_BREAK = /(?<=[\u3000-\u303f\uff00-\uffef])\n|\n(?=[\u3000-\u303f\uff00-\uffef])|(?<=\p{Script=Han})\n(?=\p{Script=Han})/gu

export function book(md, base) {
  const escape = md.utils.escapeHtml
  md.core.ruler.disable('emoji')
  md.renderer.rules.text = (tokens, i) => escape(tokens[i].content).replaceAll('{{', '&#123;&#123;')

  md.renderer.rules.softbreak = (tokens, i) => {
    const [before, after] = [tokens[i - 1], tokens[i + 1]].map((token) => (token?.type === 'text' ? token.content : 'a'))
    return `${before.at(-1)}\n${after[0]}`.replace(CHINESE_BREAK, '').includes('\n') ? '\n' : ''
  }

  // The lines of a program, each as highlighted HTML.
  const highlighted = (step) => md.options.highlight(programOf(step).join('\n'), 'c', '')
    .match(/<code[^>]*>([^]*)<\/code>/)[1].split('\n')

  const plainFence = md.renderer.rules.fence
  md.renderer.rules.fence = (tokens, i, options, env, self) => {
    if (tokens[i].info === 'console') return terminal(tokens[i], env)
    if (tokens[i].info === 'mermaid') return picture(tokens[i], env)
    return plainFence(tokens, i, options, env, self)
  }

  function terminal(token, env) {
    const { copy, copyTold } = wordsOf(env)
    const { title = '', number = 0 } = token.meta ?? {}
    let typing = false
    const lines = token.content.replace(/\n$/, '').split('\n').map((line) => {
      typing = line.startsWith('$ ') || (typing && line.startsWith('> '))
      const text = escape(typing ? line.slice(2) : line)
      if (typing) return `<span class="prompt">${escape(line.slice(0, 2))}</span><kbd>${text}</kbd>`
      return /^\^[CD]$|⏎$/.test(line) ? `<span class="key">${text}</span>` : text
    })
    const button = /^\$ /m.test(token.content) ? `<button class="commands" title="${copyTold}">${copy}</button>` : ''
    return `<figure class="terminal t${number}"><figcaption>${escape(title)}${button}</figcaption>`
      + `<pre v-pre tabindex="0"><code>${lines.join('\n')}</code></pre></figure>\n`
  }

  // Without a script its source can be read; with it, theme/pictures.js draws it.
  function picture(token, env) {
    return `<figure class="picture" data-told="${escape(token.meta?.told ?? wordsOf(env).picture)}">`
      + `<pre v-pre tabindex="0">${escape(token.content)}</pre></figure>\n`
  }

  // The facts of a page name its blocks and its headings by their lines.
  const factsOf = (env) => facts.pages[env.frontmatter?.text]
  const lineOf = (token) => token.map[0] + 1

  md.core.ruler.before('anchor', 'anchors', ({ env, tokens }) => {
    for (const { line, anchor } of factsOf(env)?.sections ?? [])
      tokens.find((token) => token.type === 'heading_open' && lineOf(token) === line).attrSet('id', anchor)
  })

  md.core.ruler.push('book', (state) => {
    const { env, tokens } = state
    const front = env.frontmatter ?? {}
    links(state)
    if (front.text?.includes('docs/calls')) rowsOfCalls(tokens)
    tokens.forEach((token, n) => { // a head of a column that says nothing is none
      if (token.type === 'th_open' && !tokens[n + 1].content) token.tag = tokens[n + 2].tag = 'td'
    })
    const html = (content) => Object.assign(new state.Token('html_block', '', 0), { content })
    state.tokens = captions(tokens, env)
    if (front.step) {
      state.tokens = [html('<div class="text">\n'), ...excerpts(state.tokens, env, html),
        html(`</div>\n${program(front.step, langOf(env))}`)]
    }
    if (front.diff) state.tokens.push(html(differences(...front.diff, langOf(env))))
  })

  // Links lead to pages of the site, and a call's name to its row in the index.
  function links({ env, tokens, Token }) {
    const text = env.frontmatter?.text
    if (!text) return
    tokens.forEach((token, n) => {
      if (token.type !== 'inline') return
      let inLink = tokens[n - 1].type === 'heading_open' || text.includes('docs/calls')
      token.children = token.children.flatMap((child) => {
        if (child.type === 'link_open') {
          const href = child.attrGet('href')
          if (!/^[a-z]+:|^#/.test(href)) child.attrSet('href', linkFrom(text, decodeURI(href)))
          inLink = true
        }
        if (child.type === 'link_close') inLink = false
        if (child.type === 'image') child.attrSet('src', linkFrom(text, child.attrGet('src')))
        const call = child.type === 'code_inline' && child.content.match(/^(\w+)(\(|$)/)?.[1]
        if (inLink || !CALLS.has(call)) return [child]
        const open = new Token('link_open', 'a', 1)
        open.attrs = [['class', 'call'], ['href', `${urlOfText('docs/calls', langOf(env))}#${call}`]]
        return [open, child, new Token('link_close', 'a', -1)]
      })
    })
  }

  function rowsOfCalls(tokens) {
    tokens.forEach((token, n) => {
      const call = token.type === 'td_open' && tokens[n + 1].content.match(/^`(\w+)\(\)`$/)?.[1]
      if (call) token.attrSet('id', call)
    })
  }

  // The paragraph above a transcript that names its terminal becomes the terminal's title; the text
  // above a picture says what it shows.
  function captions(tokens, env) {
    const terminals = factsOf(env)?.terminals ?? {}
    const gone = new Set()
    tokens.forEach((token, n) => {
      const above = tokens[n - 2]
      if (token.type !== 'fence') return
      if (token.info === 'mermaid' && above?.type === 'inline')
        token.meta = { told: above.content.replace(/[`*_]|\]\(.*?\)|\[/g, '').replace(CHINESE_BREAK, '') }
      const [number, title] = (token.info === 'console' && terminals[lineOf(token)]) || []
      if (!number) return
      token.meta = { number, title }
      for (let i = n - 3; i < n; i++) gone.add(i)
    })
    return tokens.filter((_, n) => !gone.has(n))
  }

  // Each excerpt is wrapped together with its place line and the block of text above it: this is
  // where its lines lead to.
  function excerpts(tokens, env, html) {
    const { excerpts } = factsOf(env)
    const result = []
    const blocks = [] // where in the result the blocks of the text begin
    for (const token of tokens) {
      if (token.type === 'fence' && token.info === 'c') {
        const [first, last] = excerpts[lineOf(token)]
        const place = blocks.pop()
        result[place].attrSet('class', 'where')
        result[place + 1].children.push(Object.assign(html(` <a class="place" target="_self" href="#L${first}">`
          + `main.c:${first}${last > first ? `–${last}` : ''}</a>`), { type: 'html_inline' }))
        const told = blocks.pop()
        const start = /^(paragraph|bullet_list|ordered_list|table)_open$/.test(result[told]?.type) ? told : place
        result.splice(start, 0, html(`<div class="explained" id="at-${first}" data-first="${first}" data-last="${last}">\n`))
        result.push(token, html('</div>\n'))
        blocks.length = 0
      } else {
        if (token.level === 0 && token.nesting >= 0) blocks.push(result.length)
        result.push(token)
      }
    }
    return result
  }

  // The whole program of a step. The gutter leads from each line to the text that explains it.
  function program(step, lang) {
    const w = words[lang]
    const from = origins(step)
    const added = from.filter((origin) => origin.step === step).length
    const targets = explanations(step, lang)
    const rows = highlighted(step).map((line, i) => {
      const target = targets[i]
      const href = (target.step === step ? '' : base + urlOfText(STEPS[target.step - 1] + '/README', lang).slice(1))
        + `#at-${target.at}`
      const by = from[i].step
      const first = by !== from[i - 1]?.step ? ' first' : '' // of those that this step added
      return `<div id="L${i + 1}" class="row${by === step ? ' new' : ''}${first}">`
        + `<a href="${href}" tabindex="${i ? -1 : 0}" title="${w.addedBy(by)}"><span>${i + 1}</span> <small>${by}</small></a>`
        + `<code>${line}</code></div>`
    })
    return `<details class="program" open v-pre><summary><b>${STEPS[step - 1]}/main.c</b> `
      + `${w.lines(from.length, added)}</summary><div class="rows vp-code">${rows.join('')}</div></details>\n`
  }

  // A difference in two forms, of which style.css shows one; around each change three lines.
  function differences(from, to, lang) {
    const w = words[lang]
    const [old, now] = [highlighted(from), highlighted(to)]
    const cells = (number, sign, html) => `<td>${number}</td><td class="${sign}"><code>${html}</code></td>`
    const none = '<td></td><td class="none"></td>'
    let split = ''
    let unified = ''
    const head = (o, n) => {
      split += `</tbody><tbody><tr><th colspan="4" scope="rowgroup">main.c:${o} → main.c:${n}</th></tr>`
      unified += `</tbody><tbody><tr><th colspan="3" scope="rowgroup">main.c:${o} → main.c:${n}</th></tr>`
    }
    const same = (o, n) => {
      split += `<tr>${cells(o, 'same', old[o - 1])}${cells(n, 'same', now[n - 1])}</tr>`
      unified += `<tr><td>${o}</td>${cells(n, 'same', now[n - 1])}</tr>`
    }
    let [o, n] = [-3, -3] // the lines that come next
    const upTo = (end) => { while (o < end && o <= old.length) same(o++, n++) }
    for (const { old: first, gone, now: there, come } of changes(from, to)) {
      if (first - o > 6) {
        upTo(o + 3)
        ;[o, n] = [Math.max(1, first - 3), Math.max(1, there - 3)]
        head(o, n)
      }
      upTo(first)
      for (let i = 0; i < Math.max(gone, come); i++)
        split += `<tr>${i < gone ? cells(o + i, 'del', old[o + i - 1]) : none}${i < come ? cells(n + i, 'ins', now[n + i - 1]) : none}</tr>`
      for (let i = 0; i < gone; i++) unified += `<tr><td>${o}</td><td></td><td class="del"><code>${old[o++ - 1]}</code></td></tr>`
      for (let i = 0; i < come; i++) unified += `<tr><td></td>${cells(n, 'ins', now[n++ - 1])}</tr>`
    }
    upTo(o + 3)
    ;[split, unified] = [split, unified].map((rows) => rows.replace('</tbody>', '') + '</tbody>')
    return `<div class="diff" v-pre><p class="choice"><label><input type="radio" name="form" class="form-split" checked> `
      + `${w.sideBySide}</label> <label><input type="radio" name="form" class="form-unified"> ${w.unified}</label></p>`
      + `<div class="scroll split" tabindex="0"><table>${split}</table></div>`
      + `<div class="scroll unified" tabindex="0"><table>${unified}</table></div></div>\n`
  }
}

const langOf = (env) => {
  const path = env.relativePath ?? ''
  return Object.keys(words).find((lang) => path.startsWith(lang + '/')) ?? 'en'
}
const wordsOf = (env) => words[langOf(env)]
