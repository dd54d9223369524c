// usage: [MADE=1] node --test [--test-name-pattern WORDS] book (make check-book)
// Makes the site twice, at / and at /a/path/, and looks at it in Chromium. MADE=1: the site as it was
// made last. CHROMIUM names the browser if it is not chromium or chromium-browser.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { ROOT, STEPS, facts, programOf, read, readmeOf } from './ladder.js'
import { LANGUAGES } from './pages.js'

const BASES = { '/': ROOT + 'build/book', '/a/path/': ROOT + 'build/book-below' }

// Making, serving, looking

function build(base, out) {
  execFileSync('npx', ['vitepress', 'build', '.'],
    { cwd: ROOT + 'book', env: { ...process.env, BASE: base, OUT: out }, stdio: ['ignore', 'ignore', 'inherit'] })
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css',
  '.svg': 'image/svg+xml' }

function fileOf(path) {
  const base = Object.keys(BASES).reverse().find((base) => path.startsWith(base))
  return `${BASES[base]}/${decodeURI(path.slice(base.length))}${path.endsWith('/') ? 'index.html' : ''}`
}

const server = createServer(({ url }, response) => {
  const file = fileOf(url.split('?')[0])
  if (!existsSync(file) || statSync(file).isDirectory()) response.writeHead(404).end()
  else response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
    .end(readFileSync(file))
})

let origin
const complaints = [] // what no page may do

async function look(path, options, see) {
  const context = await browser.newContext({ viewport: { width: 1600, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'], reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.on('console', (message) => message.type() === 'error' && complaints.push(`${path}: ${message.text()}`))
  // VitePress 1.6 marks the heading that is read up to 100 ms after a scroll, though the page may have gone.
  page.on('pageerror', (error) => /theme-default|outline/.test(error.stack) || complaints.push(`${path}: ${error.message}`))
  page.on('request', (request) => /^(data:|blob:)/.test(request.url()) || request.url().startsWith(origin)
    || complaints.push(`${path} requests ${request.url()}`))
  try {
    await page.goto(origin + path)
    if (options.javaScriptEnabled !== false) await page.waitForSelector('html.script')
    return await see(page)
  } finally {
    await context.close()
  }
}

const folderOf = (lang) => (lang === 'en' ? '' : `${lang}/`)
const stepPage = (step, lang = 'en') => `/${folderOf(lang)}${STEPS[step - 1]}/`
const steps = STEPS.map((_, i) => i + 1)
const stepsIn = (lang) => steps.filter((step) => existsSync(ROOT + readmeOf(step, lang)))

// The pages of the site at /, as they are served.
const htmlOf = (path) => readFileSync(fileOf(path), 'utf8')
const allPages = (base = '/') => readdirSync(BASES[base], { recursive: true })
  .filter((file) => file.endsWith('.html') && file !== '404.html')
  .map((file) => base + file.replace(/(^|\/)index\.html$/, '$1'))
const textPages = () => allPages().filter((path) => !/\/(diff\/\d|exercises\/\d|tests\/|bench\/.*html|book\/|LICENSE)/.test(path))

// What a page's program says of each of its lines.
const rowsOf = (page) => page.$$eval('.row', (rows) => rows.map((row) => ({
  text: row.querySelector('code').textContent, href: row.querySelector('a').href,
  step: Number(row.querySelector('small').textContent), isNew: row.classList.contains('new') })))

// The code of each excerpt of a page, by its address.
async function excerptsBehind(rows, page) {
  const found = {}
  for (const url of new Set(rows.map(({ href }) => href.split('#')[0]))) {
    Object.assign(found, await page.evaluate(async (url) => {
      const html = await (await fetch(url)).text()
      const there = new DOMParser().parseFromString(html, 'text/html')
      return Object.fromEntries([...there.querySelectorAll('.explained')].map((excerpt) =>
        [`${url}#${excerpt.id}`, excerpt.querySelector('pre').textContent.split('\n')]))
    }, url))
  }
  return found
}

// The lines whose link does not lead to an excerpt that has them, in the text of the step that added
// them. Blank lines and braces stand in no excerpt.
const wrongLines = (rows, excerpts) => rows.filter(({ text, href, step }) => {
  const brace = /^[\s{};]*$/.test(text)
  return !excerpts[href] || (!brace && !(excerpts[href].includes(text) && href.includes(STEPS[step - 1])))
})

// The tests

if (!process.env.MADE) {
  execFileSync('node', ['pages.js'], { cwd: ROOT + 'book' })
  for (const [base, out] of Object.entries(BASES)) build(base, out)
}
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
origin = `http://127.0.0.1:${server.address().port}`
const browser = await chromium.launch({ handleSIGTERM: false, args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  executablePath: process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync) })

// The program leads to the text

for (const base of Object.keys(BASES))
  for (const lang of LANGUAGES)
    for (const step of stepsIn(lang))
      test(`below ${base}, each line of step ${step} leads to the ${lang} text that has it`, () =>
        look(base.slice(0, -1) + stepPage(step, lang), {}, async (page) => {
          const rows = await rowsOf(page)
          assert.deepEqual(rows.map(({ text }) => text), programOf(step))
          assert.deepEqual(wrongLines(rows, await excerptsBehind(rows, page)), [])
        }))

test('a line that leads to a wrong place would be found', () => look(stepPage(6), {}, async (page) => {
  const rows = await rowsOf(page)
  const excerpts = await excerptsBehind(rows, page)
  for (const line of [1, 33, 110, 199]) {
    const planted = rows.map((row, i) => (i === line - 1 ? { ...row, href: rows[line + 40 - 1].href } : row))
    assert.deepEqual(wrongLines(planted, excerpts), [planted[line - 1]])
  }
}))

const ladder = [...read('README.md').matchAll(/^\| \[(\d)\].* \| (\d+) \| \+(\d+)\/-(\d+) \|$/gm)].map((row) => row.map(Number))

test('as many lines are new as the ladder says', async () => {
  assert.equal(ladder.length, STEPS.length)
  for (const [, step, lines, added] of ladder) {
    const rows = await look(stepPage(step), {}, rowsOf)
    assert.deepEqual([rows.length, rows.filter(({ isNew }) => isNew).length], [lines, added])
  }
})

test('a click on a line goes to its paragraph', () => look(stepPage(6), {}, async (page) => {
  await page.click('#L119 code')
  await page.waitForSelector('.explained.found:has-text("static void on_write")')
  assert.match(page.url(), /06-write-back\/#at-118$/)
  await page.waitForFunction(() => {
    const { top } = document.querySelector('.found').getBoundingClientRect()
    return top > 100 && top < 300
  })
}))

test('a click on a line of another step goes to its page', () => look(stepPage(6), {}, async (page) => {
  await page.click('#L33 code')
  await page.waitForSelector('.explained.found:has-text("perror(call)")')
  await page.waitForSelector('.row.lit:has-text("perror(call)")')
  assert.match(page.url(), /02-listen-socket\/#at-\d+$/)
}))

test('so does Enter, after the arrow keys', () => look(stepPage(6), {}, async (page) => {
  await page.focus('#L1 a')
  for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  assert.equal(await page.evaluate(() => document.activeElement.closest('.row').id), 'L9')
  await page.keyboard.press('Enter')
  await page.waitForURL(/02-listen-socket\/#at-/)
  await page.waitForSelector('.explained.found:has-text("netinet/in.h")')
}))

test('and without a script', () => look(stepPage(6), { javaScriptEnabled: false }, async (page) => {
  await page.click('#L33 a')
  await page.waitForURL(/02-listen-socket\/#at-/)
}))

// The text leads to the program

const lit = (page) => page.$$eval('.row.lit', (rows) => [rows[0]?.id, rows.at(-1)?.id])
const isLit = (page, first, last) => page.waitForFunction(([first, last]) => {
  const rows = [...document.querySelectorAll('.row.lit')]
  const pane = document.querySelector('.rows').getBoundingClientRect()
  const { top, bottom } = rows[0]?.getBoundingClientRect() ?? {}
  return rows[0]?.id === first && rows.at(-1).id === last && top >= pane.top && bottom <= pane.bottom
}, [first, last], { timeout: 5000 })

test('the excerpt that is read is lit up, and in sight', () => look(stepPage(6), {}, async (page) => {
  assert.deepEqual(await lit(page), [undefined, undefined])
  await page.mouse.move(5, 500)
  for (const [first, last] of Object.values(facts.pages[readmeOf(6, 'en')].excerpts)) {
    await page.$eval(`#at-${first}`, (excerpt) => excerpt.scrollIntoView({ block: 'center' }))
    await isLit(page, `L${first}`, `L${last}`)
  }
}))

test('so is the one under the pointer', () => look(stepPage(6), { viewport: { width: 1600, height: 2000 } }, async (page) => {
  await page.$eval('#at-118', (excerpt) => excerpt.scrollIntoView({ block: 'center' }))
  for (const [at, last] of [[118, 123], [20, 20], [118, 123]]) {
    const { x, y } = await page.locator(`#at-${at}`).boundingBox()
    await page.mouse.move(x + 20, y + 20)
    await isLit(page, `L${at}`, `L${last}`)
  }
}))

for (const width of [1600, 390])
  test(`each excerpt's link leads to its place, at ${width} px`, () =>
    look(stepPage(6), { viewport: { width, height: 800 } }, async (page) => {
      for (const [first, last] of Object.values(facts.pages[readmeOf(6, 'en')].excerpts)) {
        const link = page.locator(`#at-${first} a.place`)
        assert.equal(await link.textContent(), last > first ? `main.c:${first}–${last}` : `main.c:${first}`)
        await page.$$eval('.vp-doc .text details', (folds) => folds.forEach((fold) => { fold.open = true }))
        await link.click()
        await isLit(page, `L${first}`, `L${last}`)
        if (width < 1200) await page.click('.program summary')
      }
    }))

test('100 columns of the program are seen at 1600 px', () => look(stepPage(7), {}, async (page) => {
  const [seen, needed] = await page.$eval('.rows', (rows) => [rows.clientWidth, rows.scrollWidth])
  assert.ok(needed <= seen, `${needed} > ${seen}`)
}))

test('at 390 px the program is folded away, and opens', () =>
  look(stepPage(6), { viewport: { width: 390, height: 800 } }, async (page) => {
    await page.waitForSelector('#L1', { state: 'hidden' })
    await page.click('.program summary')
    await page.waitForSelector('#L1', { state: 'visible' })
    await page.click('#L119 a')
    await page.waitForSelector('#L1', { state: 'hidden' })
    assert.match(page.url(), /#at-118$/)
  }))

// Transcripts, pictures, differences

test('what the copy button copies is the commands', () => look(stepPage(6), {}, async (page) => {
  await page.locator('.terminal:has-text("sent.bin")').getByRole('button').click()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
    'head -c 32000000 /dev/urandom >sent.bin\nnc -N 127.0.0.1 10000 <sent.bin | cmp - sent.bin && echo the same\nrm sent.bin\n')
}))

test('what is selected in a terminal has no prompts', () => look(stepPage(6), {}, async (page) => {
  const selected = await page.locator('.terminal pre', { hasText: 'sent.bin' }).evaluate((terminal) => {
    getSelection().selectAllChildren(terminal)
    return getSelection().toString()
  })
  assert.match(selected, /^head -c/)
}))

for (const lang of LANGUAGES)
  test(`each caption of the ${lang} texts is a terminal's title`, () => {
    for (const step of stepsIn(lang)) {
      const captions = read(readmeOf(step, lang)).match(/^\*\*(Terminal|终端) \d\*\*/gm).length
      const titles = htmlOf(stepPage(step, lang)).match(/<figcaption>(Terminal|终端) \d/g).length
      assert.equal(titles, captions)
    }
  })

if (LANGUAGES.includes('zh-CN'))
  test('the end of a line is no space between Chinese words', () => {
    for (const step of stepsIn('zh-CN'))
      assert.deepEqual(htmlOf(stepPage(step, 'zh-CN')).match(/[\p{Script=Han}，。]\s+[\p{Script=Han}，。].{0,20}/gu) ?? [], [])
  })

const pictures = (page, mode, count) => page.waitForFunction(([mode, count]) => {
  const drawn = [...document.querySelectorAll(`.drawn[data-mode=${mode}] svg`)]
  return drawn.length === count && drawn.every((svg) => svg.getBoundingClientRect().height > 50)
}, [mode, count], { timeout: 20000 })

test('pictures are drawn, after navigation and a change of mode, too', () => look(stepPage(6), {}, async (page) => {
  await pictures(page, 'light', 2)
  await page.click('.VPDocFooter .prev')
  await page.waitForURL(/05-read-loop/)
  await pictures(page, 'light', 1)
  await page.locator('.VPSwitchAppearance:visible').click()
  await pictures(page, 'dark', 1)
}))

test('a difference has the lines that git says, in both forms', () => look('/diff/2-5.html', { javaScriptEnabled: false }, async (page) => {
  for (const form of ['split', 'unified']) {
    await page.check(`.form-${form}`)
    const lines = (sign) => page.$$eval(`.${form} .${sign}`, (cells) =>
      cells.filter((cell) => cell.checkVisibility()).map((cell) => cell.textContent))
    const git = execFileSync('sh', ['-c', 'git diff --no-index --no-ext-diff "$@" || true', 'git',
      ...[2, 5].map((step) => `${ROOT}${STEPS[step - 1]}/main.c`)], { encoding: 'utf8' }).split('\n').slice(4)
    const ofGit = (sign) => git.filter((line) => line[0] === sign).map((line) => line.slice(1))
    assert.deepEqual(await lines('ins'), ofGit('+'))
    assert.deepEqual(await lines('del'), ofGit('-'))
  }
}))

// All pages

for (const base of Object.keys(BASES))
  test(`below ${base}, every link leads somewhere`, () => {
    const broken = []
    let followed = 0
    const ids = Object.fromEntries(allPages(base).map((path) => [path, new Set([...htmlOf(path).matchAll(/ id="([^"]*)"/g)].map((match) => match[1]))]))
    for (const path of allPages(base))
      for (const [, href] of htmlOf(path).matchAll(/<(?:a|img|link|script)[^>]* (?:href|src)="([^"]*)"/g)) {
        if (/^(https?|data):/.test(href)) continue
        const { pathname, hash } = new URL(href.replaceAll('&amp;', '&'), `http://x${path}`)
        followed++
        if (!pathname.startsWith(base) || !existsSync(fileOf(pathname))
          || (hash && !ids[pathname]?.has(decodeURIComponent(hash.slice(1))))) broken.push(`${path}: ${href}`)
      }
    assert.deepEqual([...new Set(broken)], [])
    assert.ok(followed > 5000, `${followed}`)
  })

test('a call in the text leads to its row in the index', () => look(stepPage(6), {}, async (page) => {
  await page.locator('a.call', { hasText: 'bufferevent_write()' }).first().click()
  await page.waitForURL(/calls\.html#bufferevent_write$/)
  await page.waitForSelector('td.found:has-text("bufferevent_write()")')
}))

test('text and program are in a step\'s page before any script runs', () => {
  for (const step of steps) {
    const html = htmlOf(stepPage(step))
    assert.ok(html.indexOf('id="break-it"') < html.indexOf('id="L1"') && html.includes('id="break-it"'))
  }
})

test('without a script all of a step can be read, and its folds open', () =>
  look(stepPage(6), { javaScriptEnabled: false, viewport: { width: 390, height: 800 } }, async (page) => {
    for (const text of ['as many as you read', 'flowchart LR', 'static void on_write'])
      assert.ok(await page.getByText(text).first().isVisible(), text)
    assert.ok(await page.locator(`#L${programOf(6).length}`).isVisible())
    await page.locator('summary', { hasText: 'What happens' }).first().click()
    assert.ok(await page.getByText('tree-frog').last().isVisible())
  }))

test('no page scrolls sideways, at 390 to 1280 px', async () => {
  for (const width of [390, 768, 1280])
    await look('/', { viewport: { width, height: 800 } }, async (page) => {
      for (const path of allPages()) {
        await page.goto(origin + path)
        const all = await page.evaluate(() => document.documentElement.scrollWidth)
        assert.ok(all <= width, `${path}: ${all} > ${width}`)
      }
    })
})

const axe = readFileSync(ROOT + 'book/node_modules/axe-core/axe.min.js', 'utf8')
for (const colorScheme of ['light', 'dark'])
  for (const width of [1600, 390])
    test(`axe finds nothing, ${colorScheme}, ${width} px`, () =>
      look('/', { colorScheme, viewport: { width, height: 900 } }, async (page) => {
        const found = []
        for (const path of [...textPages(), '/diff/5-6.html', '/exercises/3.1-heartbeat.html']) {
          await page.goto(origin + path)
          await page.waitForSelector('html.script')
          await page.$$eval('.vp-doc details', (folds) => folds.forEach((fold) => { fold.open = true }))
          await page.evaluate(axe)
          const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }))
          found.push(...violations.map(({ id, nodes }) => `${path}: ${id} ${nodes.length}: ${nodes[0].html.slice(0, 200)}`))
        }
        assert.deepEqual(found, [])
      }))

test('a page is under 300 KB, gzipped, without the engine of its pictures', async () => {
  for (const path of [...steps.map((step) => stepPage(step)), '/', '/diff/1-7.html']) {
    const loaded = await look(path, {}, async (page) => {
      await page.waitForLoadState('networkidle')
      return page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname))
    })
    const files = new Set([path, ...loaded.filter((name) => !name.includes('/mermaid/'))].map(fileOf))
    const size = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)
    assert.ok(files.size > 3 && size < 300000, `${path}: ${size} bytes`)
    console.log(`  ${path}: ${Math.round(size / 1000)} KB`)
  }
})

const WORD = { en: 'half-close', 'zh-CN': '水位' }
for (const lang of LANGUAGES)
  test(`the search finds a word, ${lang}`, () => look(`/${folderOf(lang)}`, {}, async (page) => {
    await page.locator('.VPNavBarSearch button').first().click()
    await page.fill('.VPLocalSearchBox input', WORD[lang])
    await page.waitForSelector(`.VPLocalSearchBox .result[href^="/${folderOf(lang)}0"]`)
    await page.keyboard.press('Enter')
    await page.waitForURL(/0\d-.*#/)
  }))

for (const lang of LANGUAGES)
  test(`"next" leads through all steps, ${lang}`, () => look(`/${folderOf(lang)}`, {}, async (page) => {
    for (const step of stepsIn(lang)) {
      await page.click('.VPDocFooter .next')
      await page.waitForURL(origin + stepPage(step, lang))
    }
  }))

if (LANGUAGES.length > 1)
  test('a page leads to its twin in the other language', () => look(stepPage(6), {}, async (page) => {
    await page.click('.VPNavBar .twin')
    await page.waitForURL(origin + stepPage(6, 'zh-CN'))
    await page.click('.VPNavBar .twin')
    await page.waitForURL(origin + stepPage(6))
  }))

test('on paper there is the text, and then all of the program', () => look(stepPage(6), {}, async (page) => {
  await page.emulateMedia({ media: 'print' })
  const [nav, text, rows] = await page.evaluate(() => ['.VPNav', '.text', '.rows'].map((name) => {
    const { height, bottom, top } = document.querySelector(name).getBoundingClientRect()
    return { height, bottom, top }
  }))
  assert.equal(nav.height, 0)
  assert.ok(rows.top >= text.bottom && rows.height > 242 * 8)
}))

test('no page had an error, or asked for something from elsewhere', async () => {
  await look(stepPage(6), {}, (page) => page.waitForLoadState('networkidle'))
  assert.deepEqual(complaints, [])
})

// Making it

const COPY = ROOT + 'build/book-copy/'

// A copy of the repository with one program changed.
function copyWith(step, edit) {
  rmSync(COPY, { recursive: true, force: true })
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  for (const file of files.trim().split('\n')) cpSync(ROOT + file, COPY + file)
  execFileSync('git', ['init', '-q', COPY])
  symlinkSync(ROOT + 'book/node_modules', COPY + 'book/node_modules')
  change(step, edit)
  execFileSync('node', ['pages.js'], { cwd: COPY + 'book' })
}

function change(step, edit) {
  const main = `${COPY}${STEPS[step - 1]}/main.c`
  writeFileSync(main, edit(readFileSync(main, 'utf8')))
}

const vitepress = ['node_modules/vitepress/bin/vitepress.js']
const LIMIT = '#define MAX_UNSENT 65536'

test('a new line that no excerpt has fails the build', () => {
  copyWith(6, (text) => text.replace(LIMIT, `#define ANOTHER 1\n${LIMIT}`))
  const { status, stdout, stderr } = spawnSync('node', [...vitepress, 'build', '.'], { cwd: COPY + 'book', encoding: 'utf8' })
  assert.notEqual(status, 0)
  assert.match(stdout + stderr, /06-write-back\/README.md: no excerpt has line 20/)
})

test('what shows the pages while you write sees a changed program', async () => {
  copyWith(6, (text) => text)
  const serving = spawn('node', [...vitepress, 'dev', '.', '--host', '127.0.0.1'], { cwd: COPY + 'book' })
  try {
    const [, url] = await new Promise((started) => serving.stdout.on('data', (text) => {
      const match = String(text).replace(/\x1b\[\d+m/g, '').match(/(http:\/\/127\.0\.0\.1:\d+)/)
      if (match) started(match)
    }))
    const page = await browser.newPage()
    await page.goto(url + stepPage(6), { timeout: 120000 })
    await page.waitForSelector(`#L${programOf(6).length}`)
    change(6, (text) => text.replace('\n\n', '\n\n\n'))
    await page.waitForSelector(`#L${programOf(6).length + 1}`, { state: 'attached' })
  } finally {
    serving.kill()
    await once(serving, 'exit') // until then it writes into the copy
  }
})

after(async () => {
  rmSync(COPY, { recursive: true, force: true })
  await browser.close()
  server.close()
})
