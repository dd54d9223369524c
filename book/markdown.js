// How a text becomes HTML. What stands in a README says all that is needed, and the checker's facts name
// its blocks and headings by their lines.
import MarkdownIt from 'markdown-it'
import { block, coloured, depth, escape } from './code.js'
import { facts, functionsAround, linesOf, programOf, read } from './ladder.js'
import { answerOf } from './exercises.js'
import { addressFrom, addressOf, addressOfExercise } from './addresses.js'
import { figure } from './figures.js'
import { picture } from './pictures.js'
import { words } from './words.js'

// Chinese has no space where a line ends, but for one beside Latin.
const CHINESE_BREAK =
  /(?<=[\u3000-\u303f\uff00-\uffef])\n|\n(?=[\u3000-\u303f\uff00-\uffef])|(?<=\p{Script=Han})\n(?=\p{Script=Han})/gu
export const plain = (text) => text.replace(/[`*]|\]\(.*?\)|\[/g, '').replace(CHINESE_BREAK, '')

const md = new MarkdownIt({ html: true })
const { rules } = md.renderer
const { Token } = md.core.State.prototype
const lineOf = (token) => token.map[0] + 1

rules.softbreak = (tokens, i) => {
  const [before, after] = [tokens[i - 1], tokens[i + 1]].map((token) =>
    token?.type === 'text' ? token.content : 'a',
  )
  return `${before.at(-1)}\n${after[0]}`.replace(CHINESE_BREAK, '').includes('\n') ? '\n' : ''
}
rules.html_block = (tokens, i) => tokens[i].content.replace(CHINESE_BREAK, '')
rules.table_open = () => '<div class="table" tabindex="0"><table>\n'
rules.table_close = () => '</table></div>\n'
rules.heading_close = (tokens, i, options, env, self) => {
  const id = tokens[i - 2].attrGet('id')
  return (
    (id && tokens[i].tag !== 'h1'
      ? ` <a class="anchor" href="#${id}" aria-label="${words[env.lang].linkTo(escape(plain(tokens[i - 1].content)))}">#</a>`
      : '') + self.renderToken(tokens, i, options)
  )
}
rules.fence = (tokens, i, options, env) => {
  const { info, content, meta } = tokens[i]
  if (info === 'console') return terminal(content, meta, env.lang)
  if (info === 'mermaid') return picture(content, meta?.told ?? words[env.lang].picture)
  if (info === 'diff') return meta?.html ?? changed(linesOf(content), 'c')
  return block(
    content,
    { c: 'c', sh: 'bash', makefile: 'make', python: 'python' }[info.split(' ')[0]] ?? 'text',
  )
}

export function terminal(content, { title = '', number = 0 } = {}, lang) {
  const { copy, copyTold } = words[lang]
  let typing = false
  const lines = linesOf(content).map((line) => {
    typing = line.startsWith('$ ') || (typing && line.startsWith('> '))
    const text = escape(typing ? line.slice(2) : line)
    const key = /^\^[CD]$|⏎$/.test(line) ? `<span class="key">${text}</span>` : text
    return `<span class="line">${typing ? `<span class="prompt">${escape(line.slice(0, 2))}</span><kbd>${text}</kbd>` : key}\n</span>`
  })
  const button = /^\$ /m.test(content)
    ? `<button class="commands" title="${copyTold}">${copy}</button>`
    : ''
  return (
    `<figure class="terminal t${number}"><figcaption>${escape(title)}${button}</figcaption>` +
    `<pre tabindex="0"><code>${lines.join('')}</code></pre></figure>\n`
  )
}

// The lines of a difference, each with its sign, in the colours of their language.
export function changed(lines, language, extra = '') {
  const colours = coloured(lines.map((line) => line.slice(1)).join('\n'), language)
  const kind = { '+': ' ins', '-': ' del', '@': ' hunk' }
  return `<pre class="code change" tabindex="0"${extra}><code>${lines
    .map(
      (line, i) =>
        `<span class="line ${depth(colours[i])}${kind[line[0]] ?? ''}"><b>${line[0] === '@' ? ' ' : (line[0] ?? ' ')}</b>${line[0] === '@' ? '⋯' : colours[i]}\n</span>`,
    )
    .join('')}</code></pre>\n`
}

// An experiment's edit, and what it does to the rows of the program: which it cuts, and which of its own
// lines it puts before which.
function edit(token, places) {
  const [cut, put] = [[], []]
  const lines = linesOf(token.content)
  let hunk = 0
  let n = places[0][0]
  lines.forEach((line, i) => {
    if (line === '@@') n = places[++hunk][0]
    else if (line[0] === '-') cut.push(++n)
    else if (line[0] === '+') put.push(`${n + 1}:${i}`)
    else n++
  })
  return changed(lines, 'c', ` data-cut="${cut.join(' ')}" data-put="${put.join(' ')}"`)
}

const html = (content) => Object.assign(new Token('html_block', '', 0), { content })

// env: { lang, path, step? }. Without a path the source is no page's: nothing is known of its lines.
export function render(source, env) {
  const tokens = md.parse(source, env)
  const known = env.path && facts.pages[env.path]
  for (const { line, anchor } of known?.sections ?? [])
    tokens.find((token) => token.type === 'heading_open' && lineOf(token) === line)?.attrSet('id', anchor)
  tokens.forEach((token, n) => {
    // a head of a column that says nothing is none
    if (token.type === 'th_open' && !tokens[n + 1].content) token.tag = tokens[n + 2].tag = 'td'
    if (token.type === 'inline' && env.path) links(token, tokens[n - 1], env)
    if (token.type === 'inline' && env.path?.includes('docs/calls')) rowOfCall(token, tokens[n - 1])
  })
  let result = known ? captions(figures(tokens, env), known) : tokens
  if (env.step) result = excerpts(follow(result, known, env), known)
  return md.renderer.render(result, md.options, env)
}

// The sections of a text: what a table of contents needs.
export const headings = (path) =>
  facts.pages[path].sections.filter(({ level }) => level === 2 || level === 3)

const CALLS = () =>
  (CALLS.all ??= new Set([...read('docs/calls.md').matchAll(/^\| `(\w+)\(\)`/gm)].map((match) => match[1])))

// Links lead to pages of the site, and a call's name to its row in the index.
function links(inline, opening, { path, lang }) {
  let inLink = opening.type === 'heading_open' || path.includes('docs/calls')
  inline.children = inline.children.flatMap((child, n) => {
    if (child.type === 'link_open') {
      const href = child.attrGet('href')
      if (!/^[a-z]+:|^#/.test(href))
        child.attrSet('href', addressFrom(path, decodeURI(href), inline.children[n + 1].content, lang))
      inLink = true
    }
    if (child.type === 'link_close') inLink = false
    if (child.type === 'image') child.attrSet('src', addressFrom(path, child.attrGet('src')))
    const call = child.type === 'code_inline' && child.content.match(/^(\w+)(\(|$)/)?.[1]
    if (inLink || !CALLS().has(call)) return [child]
    const open = new Token('link_open', 'a', 1)
    open.attrs = [
      ['class', 'call'],
      ['href', `${addressOf(lang === 'en' ? 'docs/calls.md' : `docs/calls.${lang}.md`)}#${call}`],
    ]
    return [open, child, new Token('link_close', 'a', -1)]
  })
}

function rowOfCall(inline, cell) {
  const call = cell.type === 'td_open' && inline.content.match(/^`(\w+)\(\)`$/)?.[1]
  if (call) cell.attrSet('id', call)
}

// A picture that is alone in its paragraph, and of which there is a story, is stepped through.
function figures(tokens, { lang }) {
  return tokens.flatMap((token, n) => {
    const storyOf = (inline) =>
      inline?.type === 'inline' &&
      inline.children.length === 1 &&
      inline.children[0].type === 'image' &&
      figure(inline.children[0].attrGet('src'), inline.children[0].content, lang)
    if (storyOf(tokens[n + 1]) || storyOf(tokens[n - 1])) return []
    const story = storyOf(token)
    return [story ? html(story) : token]
  })
}

// The paragraph above a transcript that names its terminal becomes the terminal's title; the text
// above a picture says what it shows.
function captions(tokens, { terminals }) {
  const gone = new Set()
  tokens.forEach((token, n) => {
    const above = tokens[n - 2]
    if (token.type !== 'fence') return
    if (token.info === 'mermaid' && above?.type === 'inline') token.meta = { told: plain(above.content) }
    const [number, title] = (token.info === 'console' && terminals[lineOf(token)]) || []
    if (!number) return
    token.meta = { number, title }
    for (let i = n - 3; i < n; i++) gone.add(i)
  })
  return tokens.filter((_, n) => !gone.has(n))
}

// What a paragraph is about is lit in the program: the functions that it names, else lines with a word
// that stands in few. An exercise is about the functions that its answer changes, and leads to its page; an
// experiment is about its edit.
function follow(tokens, { sections, edits }, { step, lang }) {
  const program = programOf(step)
  let section
  let quiet = false
  const ways = new Map() // from a heading's end to what stands below it
  tokens.forEach((token, n) => {
    if (token.type === 'heading_open' && token.map) {
      section = sections.find(({ line }) => line === lineOf(token))
      quiet = section?.exercise
      const answer = quiet && answerOf(section.number)
      if (answer) {
        token.attrSet(
          'data-rows',
          ranges(functionsAround(step, answer.touches).map(([, first, last]) => [first, last])),
        )
        const url = addressOfExercise(answer.folder, lang)
        ways.set(tokens[n + 2], html(`<p class="up"><a href="${url}">${words[lang].toExercise}</a></p>\n`))
      }
    }
    if (token.type === 'fence' && token.info === 'diff' && edits[lineOf(token)]) {
      token.meta = { html: edit(token, edits[lineOf(token)]) }
      quiet = true
    }
    if (token.type !== 'inline' || quiet) return
    const opening = tokens[n - 1].hidden ? tokens[n - 2] : tokens[n - 1]
    const found = token.children
      .filter(({ type }) => type === 'code_inline')
      .flatMap(({ content }) => about(content, step, program))
    if (found.length && /^(paragraph|list_item)_open$/.test(opening.type))
      opening.attrSet('data-rows', ranges(found))
  })
  return tokens.flatMap((token) => (ways.has(token) ? [token, ways.get(token)] : [token]))
}

function about(code, step, program) {
  const [, name] = code.match(/^(\w{3,})(\(.*)?$/) ?? []
  if (!name) return []
  const own = facts.functions[step - 1].find(([it]) => it === `${name}()` || it === `struct ${name}`)
  if (own) return [[own[1], own[2]]]
  const lines = [...program.keys()]
    .filter((i) => RegExp(`\\b${name}\\b`).test(program[i].replace(/^\s*(\/\*| \*).*/, '')))
    .map((i) => i + 1)
  return lines.length <= 4 ? lines.map((line) => [line, line]) : []
}

const ranges = (pairs) => [...new Set(pairs.map(([first, last]) => `${first}-${last}`))].join(' ')

// Each excerpt is wrapped together with its place line and the block of text above it: this is where its
// lines lead to.
function excerpts(tokens, { excerpts: places }) {
  const result = []
  const blocks = [] // where in the result the blocks of the text begin
  for (const token of tokens) {
    const [first, last] = (token.type === 'fence' && token.info === 'c' && places[lineOf(token)]) || []
    if (first) {
      const place = blocks.pop()
      result[place].attrs = [['class', 'where']]
      result[place + 1].children.push(
        Object.assign(
          html(
            ` <a class="place" href="#L${first}">` + `main.c:${first}${last > first ? `–${last}` : ''}</a>`,
          ),
          { type: 'html_inline' },
        ),
      )
      const told = blocks.pop()
      const start = /^(paragraph|bullet_list|ordered_list|table)_open$/.test(result[told]?.type)
        ? told
        : place
      for (const inner of result.slice(start))
        if (inner.attrs) inner.attrs = inner.attrs.filter(([name]) => name !== 'data-rows')
      result.splice(
        start,
        0,
        html(`<div class="explained" id="at-${first}" data-rows="${first}-${last}">\n`),
      )
      result.push(token, html('</div>\n'))
      blocks.length = 0
    } else {
      if (token.level === 0 && token.nesting >= 0) blocks.push(result.length)
      result.push(token)
    }
  }
  return result
}
