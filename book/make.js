// usage: node make.js [--serve]
// Makes the pages in build/book, or in OUT. BASE, SITE and REPOSITORY say where they will lie, and where
// the code does. --serve shows them on a port of 127.0.0.1, and makes them anew when a text changes.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BASE, SITE, addressOfExercise, at, exists, pageOf, urlOf } from './addresses.js'
import { block, colours, escape } from './code.js'
import { exercisePage } from './exercise-page.js'
import { exercises, taskOf } from './exercises.js'
import { filesOfFigures } from './figures.js'
import { home } from './home.js'
import { ROOT, STEPS, facts, learn, linesOf, read, steps } from './ladder.js'
import { headings, plain, render } from './markdown.js'
import { LANGUAGES, frame } from './page.js'
import { FONT, browser, drawAll } from './pictures.js'
import { difference, differences, oldAndNew, program } from './program.js'
import { words } from './words.js'

const OUT = process.env.OUT || ROOT + 'build/book'
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const textsOnly = () => Object.keys(facts.pages)

// The first line of a text leads to the other language; so does each page's bar.
const TO_TWIN = /^(English \| \[|\[English\]).*/
const textOf = (path) => read(path).replace(TO_TWIN, '')

function firstWords(path) {
  const paragraph =
    textOf(path)
      .split(/\n{2,}/)
      .find((part) => /^[\p{L}\d*`“]/u.test(part) && !/^\*\*(Terminal|终端)/.test(part)) ?? ''
  const text = plain(paragraph).replace(/\s+/g, ' ')
  return text.length > 200 ? `${text.slice(0, 199).replace(/\s\S*$/, '')}…` : text
}

// A file, or a folder, that a text links to and that is no text itself.
const LANGUAGE_OF = {
  '.bats': 'bash',
  '.bash': 'bash',
  '.sh': 'bash',
  '.patch': 'diff',
  '.c': 'c',
  '.h': 'c',
  '.py': 'python',
}
function filePage(path) {
  const show = (file) =>
    block(
      read(file),
      basename(file) === 'Makefile'
        ? 'make'
        : (LANGUAGE_OF[extname(file)] ?? (/^#!.*\b(bash|sh)\b/.test(read(file)) ? 'bash' : 'text')),
    )
  const head = `<h1>${escape(basename(path))}</h1><p><code>${escape(path)}</code></p>`
  if (!statSync(ROOT + path).isDirectory()) return head + show(path)
  return (
    head +
    readdirSync(ROOT + path, { recursive: true })
      .map((file) => join(path, file))
      .filter((file) => statSync(ROOT + file).isFile())
      .sort()
      .map(
        (file) =>
          `<details><summary><code>${escape(file.slice(path.length + 1))}</code></summary>${show(file)}</details>`,
      )
      .join('')
  )
}

function linkedFiles() {
  const links = textsOnly().flatMap((text) =>
    [...read(text).matchAll(/\]\(([^)\s#:]+)(#[^)\s]*)?\)/g)].map(([, target]) =>
      normalize(join(dirname(text), target)).replace(/\/$/, ''),
    ),
  )
  const checks = exercises().map(({ folder }) => `exercises/${folder}/check.bats`)
  return [...new Set([...links, ...checks])].filter(
    (path) =>
      exists(path) &&
      !/\.(md|svg)$/.test(path) &&
      !facts.pages[`${path}/README.md`] &&
      !exercises().some(({ folder }) => path === `exercises/${folder}`),
  )
}

// Each page by its address: { lang, title, description, body, … }
function pages() {
  const all = {}
  for (const path of textsOnly()) {
    const { language: lang, title } = facts.pages[path]
    const step = STEPS.indexOf(dirname(path)) + 1
    const body = path.startsWith('README')
      ? home(path, lang)
      : render(textOf(path), { lang, path, step }) + (path.includes('docs/from-1.4') ? oldAndNew(lang) : '')
    all[pageOf(path)] = {
      lang,
      title,
      body,
      step,
      description: path.startsWith('README')
        ? words[lang].opening.join(lang === 'en' ? ' ' : '')
        : firstWords(path),
      sections: headings(path),
      kind: step ? 'step' : path.startsWith('README') ? 'home' : 'text',
    }
  }
  for (const lang of LANGUAGES) {
    const w = words[lang]
    const among = exercises().map((exercise) => ({
      title: taskOf(exercise, lang).title,
      url: addressOfExercise(exercise.folder, lang),
    }))
    for (const exercise of exercises()) {
      const { title } = taskOf(exercise, lang)
      const body = exercisePage(exercise, lang)
      all[at(lang, `exercises/${exercise.folder}.html`)] = {
        lang,
        title,
        body,
        among,
        description: plain(body.match(/<p>(★[^]*?)<\/p>/)?.[1].replace(/<.*?>/g, '') ?? title),
        kind: 'text exercise',
      }
    }
    const address = (from, to) => urlOf(at(lang, `diff/${from}-${to}.html`))
    const neighbours = steps.slice(1).map((to) => ({ title: w.stepToStep(to - 1, to), url: address(to - 1, to) }))
    all[at(lang, 'diff/index.html')] = {
      lang,
      title: w.diffs,
      description: w.diffsTold.replace(/<.*?>/g, ''),
      body: differences(lang, address),
    }
    for (const to of steps)
      for (const from of steps.filter((step) => step < to))
        all[at(lang, `diff/${from}-${to}.html`)] = {
          lang,
          title: w.stepToStep(from, to),
          description: w.stepToStep(from, to),
          body: difference(from, to, lang, address),
          among: neighbours,
          kind: 'wide',
        }
  }
  for (const path of linkedFiles())
    all[`${path}.html`] = {
      lang: 'en',
      title: basename(path),
      description: path,
      body: filePage(path),
      kind: 'text file',
    }
  return all
}

// Where else than here, in the other languages, a page is.
function twinsOf(page, all) {
  const lang = LANGUAGES.find((lang) => page.startsWith(`${lang}/`)) ?? 'en'
  const bare = lang === 'en' ? page : page.slice(lang.length + 1)
  return LANGUAGES.filter((other) => other !== lang && at(other, bare) in all).map((other) => ({
    lang: other,
    url: urlOf(at(other, bare)),
  }))
}

// What the search looks through: a section each, without its code.
function searched(lang) {
  return textsOnly()
    .filter(
      (path) =>
        facts.pages[path].language === lang ||
        (lang !== 'en' && !facts.pages[path].twin && facts.pages[path].language === 'en'),
    )
    .filter((path) => !/^(tests|tools|book|CONTRIBUTING)/.test(path))
    .flatMap((path) => {
      const lines = linesOf(read(path))
      const { sections, title } = facts.pages[path]
      return sections.map((section, n) => ({
        url:
          pageOf(path) === 'index.html' || n
            ? `${urlOf(pageOf(path))}#${section.anchor}`
            : urlOf(pageOf(path)),
        page: n ? title : '',
        title: section.title.replaceAll('`', ''),
        weight: path.includes('docs/questions')
          ? 2
          : section.exercise
            ? 0.6
            : STEPS.includes(dirname(path))
              ? 1.5
              : /^README/.test(path)
                ? 0.7
                : 1,
        text: plain(
          lines
            .slice(section.line, sections[n + 1]?.line - 1 || undefined)
            .join('\n')
            .replace(/^```[^]*?^```$/gm, '')
            .replace(/<!--[^]*?-->|<[^>]*>|^\|[-| ]+$/gm, ''),
        )
          .replace(/[|\s]+/g, ' ')
          .trim(),
      }))
    })
    .filter(({ text }) => text)
}

function put(path, content) {
  mkdirSync(dirname(`${OUT}/${path}`), { recursive: true })
  writeFileSync(`${OUT}/${path}`, content)
}

const FONTS = {
  'text.woff2': FONT,
  'text-italic.woff2': FONT.replace('normal', 'italic'),
  'code.woff2':
    'node_modules/@fontsource-variable/source-code-pro/files/source-code-pro-latin-wght-normal.woff2',
}

function assets() {
  for (const [name, path] of Object.entries(FONTS)) copyFileSync(here(path), `${OUT}/${name}`)
  copyFileSync(here('node_modules/minisearch/dist/es/index.js'), `${OUT}/minisearch.js`)
  for (const name of readdirSync(here('browser'))) copyFileSync(here(`browser/${name}`), `${OUT}/${name}`)
  put('style.css', read('book/browser/style.css') + colours())
  for (const lang of LANGUAGES) put(`search.${lang}.json`, JSON.stringify(searched(lang)))
  for (const [path, content] of filesOfFigures()) put(path, content)
  for (const text of textsOnly())
    for (const [, picture] of read(text).matchAll(/\]\((\S+\.svg)\)/g)) {
      const path = join(dirname(text), picture)
      put(path, read(path))
    }
}

// What is seen where a link to the book is shared.
async function card() {
  const opened = await browser()
  const sheet = await opened.newPage({ viewport: { width: 1200, height: 630 } })
  const { opening } = words.en
  await sheet.setContent(
    `<body style="margin:0;padding:70px 90px;box-sizing:border-box;height:630px;background:#fdfcfa;font:36px/1.4 Georgia,serif;color:#1f2328">` +
      `${read('book/browser/icon.svg').replace('<svg', '<svg width="150"')}<h1 style="font-size:72px;line-height:1.1;margin:28px 0">${escape(facts.pages['README.md'].title)}</h1><p>${opening[0]}</p></body>`,
  )
  put('card.png', await sheet.screenshot())
  await opened.close()
}

async function make() {
  learn()
  await drawAll(
    textsOnly().flatMap((path) =>
      [...read(path).matchAll(/^```mermaid\n([^]*?)^```$/gm)].map(([, source]) => source),
    ),
  )
  const all = pages()
  for (const page in all) {
    const twins = twinsOf(page, all)
    const html = frame({ ...all[page], page, twins })
    put(
      page,
      all[page].step ? html.replace('<!--program-->', () => program(all[page].step, all[page].lang)) : html,
    )
  }
  put(
    '404.html',
    frame({
      lang: 'en',
      page: '404.html',
      title: '404',
      description: '404',
      body: '<h1>404</h1>',
      twins: [],
    }),
  )
  assets()
  if (SITE)
    put(
      'sitemap.xml',
      `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${Object.keys(
        all,
      )
        .map((page) => `<url><loc>${escape(SITE + urlOf(page))}</loc></url>`)
        .join('\n')}\n</urlset>\n`,
    )
  return Object.keys(all).length
}

rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
const began = Date.now()
console.log(`${await make()} pages in ${((Date.now() - began) / 1000).toFixed(1)} s`)
await card()
if (process.argv.includes('--serve')) {
  const { serve } = await import('./server.js')
  const { origin, changed } = await serve({ [BASE]: OUT })
  console.log(`${origin}${BASE}`)
  let waiting
  watch(ROOT, { recursive: true }, (_, name) => {
    if (/^(build|my|\.git)\b|node_modules/.test(name) || !/\.(md|c|svg|json|patch|bats|css|js)$/.test(name))
      return
    clearTimeout(waiting)
    waiting = setTimeout(() => make().then(changed, (error) => console.error(error.message)), 100) // a text may be half written
  })
}
