// usage: node pages.js
// Writes what VitePress makes the site of into build/pages: each text under the address that it has
// in its language, and pages of our own: the differences, the exercises, and files that texts link to.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, watch,
  writeFileSync } from 'node:fs'
import { basename, dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT, STEPS, changes, facts, learn, programOf, read } from './ladder.js'
import { words } from './words.js'

export const PAGES = ROOT + 'build/pages/'
const TEXTS = Object.keys(facts.pages).filter((text) => !text.startsWith('.'))
export const LANGUAGES = Object.keys(words).filter((lang) => lang === 'en' || existsSync(`${ROOT}README.${lang}.md`))

// README.md is index.md, and 06-write-back/README.zh-CN.md is zh-CN/06-write-back/index.md.

function addressOf(text) {
  const lang = text.match(/\.([\w-]+)\.md$/)?.[1]
  const path = lang in words ? `${lang}/${text.replace(`.${lang}.md`, '.md')}` : text
  return path.replace(/README\.md$/, 'index.md')
}

export const urlOf = (page) => '/' + page.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '.html')

// Where a link in a text leads to on the site.
export function linkFrom(text, target) {
  const [path, anchor] = target.split('#')
  const there = path ? normalize(join(dirname(text), path)).replace(/\/$/, '') : text
  if (there.endsWith('.svg')) return '/' + there
  const page = TEXTS.includes(there) ? addressOf(there)
    : TEXTS.includes(`${there}/README.md`) ? addressOf(`${there}/README.md`) : `${there}.md`
  return urlOf(page) + (anchor ? `#${anchor}` : '')
}

// The page of a text such as docs/glossary, in this language if there is one.
export function urlOfText(name, lang) {
  return urlOf(addressOf(TEXTS.find((text) => text === `${name}.${lang}.md`) ?? `${name}.md`))
}

export const titleOf = (text) => facts.pages[text].title

const FENCE = '`'.repeat(8)
const LANGUAGE_OF = { '.bats': 'bash', '.bash': 'bash', '.patch': 'diff', '.c': 'c', '.h': 'c', '.py': 'python' }

function fence(path) {
  const language = basename(path) === 'Makefile' ? 'make' : LANGUAGE_OF[extname(path)] ?? 'text'
  return `${FENCE}${language}\n${read(path).replace(/\n*$/, '\n')}${FENCE}\n`
}

function filesIn(folder) {
  return readdirSync(ROOT + folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]).sort()
}

// A file, or a folder, that a text links to and that is no text itself.
function filePage(path) {
  if (!statSync(ROOT + path).isDirectory()) return `# ${basename(path)}\n\n\`${path}\`\n\n${fence(path)}`
  const folds = filesIn(path).map((file) =>
    `<details><summary><code>${file.slice(path.length + 1)}</code></summary>\n\n${fence(file)}\n</details>\n`)
  return `${exerciseOf(path) ?? `# ${basename(path)}`}\n\n\`${path}\`\n\n${folds.join('\n')}`
}

// If the folder is an exercise's: its title, its stars, and the way to its text.
function exerciseOf(path) {
  const [, number] = path.match(/^exercises\/(\d\.\d)/) ?? []
  if (!number) return
  const [, title, stars] = read(`${path}/check.bats`).match(/^# (.*)\n# (★+)$/m)
  const step = STEPS[number[0] - 1]
  const { anchor } = facts.pages[`${step}/README.md`].sections.find((section) => section.exercise && section.number === number)
  return `# ${title} ${stars}\n\n[${titleOf(`${step}/README.md`)}](/${step}/#${anchor})\n`
}

function linkedFiles() {
  const links = TEXTS.flatMap((text) => [...read(text).matchAll(/\]\(([^)\s#:]+)(#[^)\s]*)?\)/g)]
    .map(([, target]) => normalize(join(dirname(text), target)).replace(/\/$/, '')))
  return [...new Set(links)].filter((path) => existsSync(ROOT + path) && !path.endsWith('.md')
    && !path.endsWith('.svg') && !TEXTS.includes(`${path}/README.md`))
}

const sum = (numbers) => numbers.reduce((a, b) => a + b)
const count = (from, to) => `+${sum(changes(from, to).map(({ come }) => come))} −${sum(changes(from, to).map(({ gone }) => gone))}`

function differencesPage(lang) {
  const w = words[lang]
  const steps = STEPS.map((_, i) => i + 1)
  const rows = steps.slice(0, -1).map((from) => `| ${w.from} ${from} | ` + steps.slice(1).map((to) =>
    from < to ? `[${count(from, to)}](${from}-${to}.md)` : '').join(' | ') + ' |')
  return `# ${w.diffs}\n\n${w.diffsTold}\n\n|  | ${steps.slice(1).map((to) => `${w.to} ${to}`).join(' | ')} |\n`
    + `|---|${'---|'.repeat(steps.length - 1)}\n${rows.join('\n')}\n`
}

function differencePage(from, to, lang) {
  const w = words[lang]
  const choice = (name, among, pair) => `${name} ${among.map((step) => (pair(step) === `${from}-${to}` ? `**${step}**`
    : `[${step}](${pair(step)}.md)`)).join(' ')}`
  const steps = STEPS.map((_, i) => i + 1)
  return `# ${w.stepToStep(from, to)}\n\n${choice(w.from, steps.filter((step) => step < to), (step) => `${step}-${to}`)}, `
    + `${choice(w.to, steps.filter((step) => step > from), (step) => `${from}-${step}`)}\n`
}

// The first line of a text, which leads to the other language. The site's menu does that here.
const TO_TWIN = /^(English \| \[|\[English\]).*/

// The text of each page, by its address.
function pages() {
  const all = {}
  for (const text of TEXTS) {
    const step = STEPS.indexOf(dirname(text)) + 1
    const front = step && text.includes('/README.')
      ? { text, step, pageClass: 'step', sidebar: false, aside: false, digest: programsDigest() } : { text }
    all[addressOf(text)] = page(front, read(text).replace(TO_TWIN, ''))
  }
  for (const path of linkedFiles()) all[`${path}.md`] = page({ search: false, aside: false, prev: false, next: false }, filePage(path))
  for (const lang of LANGUAGES) {
    const folder = lang === 'en' ? 'diff' : `${lang}/diff`
    all[`${folder}/index.md`] = page({ aside: false }, differencesPage(lang))
    for (let to = 2; to <= STEPS.length; to++)
      for (let from = 1; from < to; from++)
        all[`${folder}/${from}-${to}.md`] = page({ diff: [from, to], pageClass: 'diff', digest: programsDigest(),
          search: false, aside: false, sidebar: false, prev: false, next: false }, differencePage(from, to, lang))
  }
  return all
}

const page = (front, text) => ({ front, text })

const withFront = ({ front, text }, more) => `---\n${Object.entries({ ...front, ...more })
  .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('')}---\n${text}`

// With it, a page changes whenever a program does, and so VitePress makes it again.
function programsDigest() {
  return createHash('sha1').update(STEPS.map((_, i) => programOf(i + 1).join('\n')).join()).digest('hex')
}

// Where else than here, in the other languages, a page is.
function twinsOf(address, all) {
  const here = LANGUAGES.find((lang) => address.startsWith(lang + '/')) ?? 'en'
  const bare = here === 'en' ? address : address.slice(here.length + 1)
  return LANGUAGES.filter((lang) => lang !== here)
    .map((lang) => ({ lang, name: words[lang].name, page: lang === 'en' ? bare : `${lang}/${bare}` }))
    .filter(({ page }) => page in all)
    .map(({ page, ...twin }) => ({ ...twin, url: urlOf(page) }))
}

// Only what has changed is written: VitePress watches the folder.
function write() {
  const all = pages()
  for (const address in all) {
    const path = PAGES + address
    const text = withFront(all[address], { twins: twinsOf(address, all) })
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  for (const text of TEXTS)
    for (const [, picture] of read(text).matchAll(/\]\((\S+\.svg)\)/g)) {
      const path = join(dirname(text), picture)
      cpSync(ROOT + path, `${PAGES}public/${path}`)
    }
}

// The engine of the pictures is served as it is: bundling it takes minutes. Some hosts don't know .mjs.
function copyMermaid() {
  const from = ROOT + 'book/node_modules/mermaid/dist/'
  const to = PAGES + 'public/mermaid/'
  const files = readdirSync(from + 'chunks/mermaid.esm.min').filter((file) => file.endsWith('.mjs'))
  for (const file of ['mermaid.esm.min.mjs', ...files.map((file) => `chunks/mermaid.esm.min/${file}`)]) {
    const path = to + file.replace(/\.mjs$/, '.js')
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, readFileSync(from + file, 'utf8').replace(/\.mjs"/g, '.js"'))
  }
}

// Writes what changes in the texts and the programs, while VitePress serves the pages.
export function follow() {
  let waiting
  for (const folder of new Set(TEXTS.map(dirname)))
    watch(join(ROOT, folder), (_, name) => {
      if (!/\.(md|c|svg)$/.test(name)) return
      clearTimeout(waiting)
      waiting = setTimeout(() => {
        try { learn(); write() } catch (error) { console.error(error.message) } // a text that is half written
      }, 100)
    })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(PAGES, { recursive: true, force: true })
  mkdirSync(PAGES, { recursive: true })
  symlinkSync(ROOT + 'book/node_modules', PAGES + 'node_modules') // so that a page finds vue
  copyMermaid()
  write()
}
