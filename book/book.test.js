// usage: [MADE=1] node --test [--test-name-pattern WORDS] book/book.test.js (make check-book)
// Makes the site twice, at / and at /a/path/, and looks at it in Chromium. MADE=1: the site as it was
// made last. CHROMIUM names the browser if it is not chromium or chromium-browser.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { exercises } from './exercises.js'
import { ROOT, STEPS, facts, programOf, read, readmeOf, steps } from './ladder.js'
import { LANGUAGES } from './page.js'
import { browser as start } from './pictures.js'
import { fileOf as fileIn, serve } from './server.js'

const BASES = { '/': ROOT + 'build/book-test', '/a/path/': ROOT + 'build/book-below' }
const SITE = 'https://readers.example'
const REPOSITORY = 'https://code.example/somebody/libevent-steps.git'

const make = (more, cwd = ROOT) =>
  execFileSync('node', ['book/make.js'], {
    cwd,
    env: { ...process.env, ...more },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
if (!process.env.MADE) {
  make({ BASE: '/', OUT: BASES['/'], SITE: '', REPOSITORY: '' })
  make({ BASE: '/a/path/', OUT: BASES['/a/path/'], SITE, REPOSITORY })
}
const { origin, close } = await serve(BASES, false)
const browser = await start()
after(async () => {
  await browser.close()
  close()
})

// Looking

const complaints = [] // what no page may do

async function look(path, options, see) {
  const context = await browser.newContext({
    viewport: { width: 1600, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15000)
  page.on(
    'console',
    (message) => message.type() === 'error' && complaints.push(`${path}: ${message.text()}`),
  )
  page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`))
  page.on(
    'request',
    (request) =>
      /^(data:|blob:)/.test(request.url()) ||
      request.url().startsWith(origin) ||
      complaints.push(`${path} requests ${request.url()}`),
  )
  try {
    await page.goto(origin + path)
    return await see(page)
  } finally {
    await context.close()
  }
}

const folderOf = (lang) => (lang === 'en' ? '' : `${lang}/`)
const stepPage = (step, lang = 'en') => `/${folderOf(lang)}${STEPS[step - 1]}/`
const fileOf = (path) => fileIn(path, BASES)
const htmlOf = (path) => readFileSync(fileOf(path), 'utf8')
const allPages = (base = '/') =>
  readdirSync(BASES[base], { recursive: true })
    .filter((file) => file.endsWith('.html') && file !== '404.html')
    .map((file) => base + file.replace(/(^|\/)index\.html$/, '$1'))
const kinds = [
  '/',
  stepPage(3),
  stepPage(6),
  '/zh-CN/',
  stepPage(4, 'zh-CN'),
  '/docs/calls.html',
  '/exercises/',
  '/exercises/6.4-chat.html',
  '/zh-CN/exercises/3.1-heartbeat.html',
  '/diff/5-6.html',
  '/bench/',
]
const narrow = { viewport: { width: 390, height: 800 } }
const laptop = { viewport: { width: 1280, height: 800 } }
const textOf = (html) =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')

// What a page's program says of each of its lines.
const rowsOf = (path) =>
  [
    ...htmlOf(path).matchAll(
      /<div id="L\d+" class="row([^"]*)"><a href="([^"]*)"[^>]*><b>\d+<\/b> <small>(\d)<\/small><\/a><code[^>]*>(.*?)<\/code><\/div>/g,
    ),
  ].map(([, kind, href, step, code]) => ({
    text: textOf(code),
    href: href[0] === '#' ? path + href : href,
    step: Number(step),
    isNew: / new\b/.test(kind),
  }))

// The lines of the excerpt at each address of these.
function excerptsBehind(rows) {
  return Object.fromEntries(
    [...new Set(rows.map(({ href }) => href.split('#')[0]))].flatMap((path) =>
      [
        ...htmlOf(path).matchAll(
          /<div class="explained" id="([^"]*)"[^>]*>[^]*?<pre class="code"[^>]*>([^]*?)<\/pre>/g,
        ),
      ].map(([, id, code]) => [`${path}#${id}`, textOf(code).split('\n')]),
    ),
  )
}

// The lines whose link does not lead to an excerpt that has them, in the text of the step that added
// them. Blank lines and braces stand in no excerpt.
const wrongLines = (rows, excerpts) =>
  rows.filter(({ text, href, step }) => {
    const brace = /^[\s{};]*$/.test(text)
    return !excerpts[href] || (!brace && !(excerpts[href].includes(text) && href.includes(STEPS[step - 1])))
  })

// The program leads to the text

for (const base of Object.keys(BASES))
  for (const lang of LANGUAGES)
    test(`below ${base}, each line of each program leads to the ${lang} text that has it`, () => {
      for (const step of steps) {
        const rows = rowsOf(base.slice(0, -1) + stepPage(step, lang))
        assert.deepEqual(
          rows.map(({ text }) => text),
          programOf(step),
        )
        assert.deepEqual(wrongLines(rows, excerptsBehind(rows)), [])
      }
    })

test('a line that leads to a wrong place would be found', () => {
  const rows = rowsOf(stepPage(6))
  const excerpts = excerptsBehind(rows)
  for (const text of [
    '#include <stdio.h>',
    'perror(call)',
    'static void on_write',
    'event_base_free(base)',
  ]) {
    const n = rows.findIndex((row) => row.text.includes(text))
    const planted = rows.map((row, i) =>
      i === n ? { ...row, href: rows[n > 100 ? n - 90 : n + 90].href } : row,
    )
    assert.deepEqual(wrongLines(planted, excerpts), [planted[n]])
  }
})

test('as many lines are new as the ladder says', () => {
  const ladder = [...read('README.md').matchAll(/^\| \[(\d)\].* \| (\d+) \| \+(\d+)\/-(\d+) \|$/gm)].map(
    (row) => row.map(Number),
  )
  assert.equal(ladder.length, STEPS.length)
  for (const [, step, lines, added] of ladder) {
    const rows = rowsOf(stepPage(step))
    assert.deepEqual([rows.length, rows.filter(({ isNew }) => isNew).length], [lines, added])
  }
})

const lineOf = (step, text) => programOf(step).findIndex((line) => line.includes(text)) + 1

test('a click on a line goes to its paragraph', () =>
  look(stepPage(6), {}, async (page) => {
    await page.click(`#L${lineOf(6, 'static void on_write')} code`)
    await page.waitForSelector('.explained.found:has-text("static void on_write")')
    await page.waitForFunction(() => {
      const { top } = document.querySelector('.found').getBoundingClientRect()
      return top > 50 && top < 200
    })
  }))

test('a click on a line of another step goes to its page, and lights it there', () =>
  look(stepPage(6), {}, async (page) => {
    await page.click(`#L${lineOf(6, 'perror(call)')} code`)
    await page.waitForURL(/02-listen-socket\/#at-\d+$/)
    await page.waitForSelector('.explained.found:has-text("perror(call)")')
    await page.waitForSelector('.row.lit:has-text("perror(call)")')
  }))

test('so does Enter, after the arrow keys', () =>
  look(stepPage(6), {}, async (page) => {
    await page.focus('#L1 a')
    for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    assert.equal(await page.evaluate(() => document.activeElement.closest('.row').id), 'L9')
    await page.keyboard.press('Enter')
    await page.waitForURL(/#at-\d+$/)
  }))

test('and without a script', () =>
  look(stepPage(6), { javaScriptEnabled: false }, async (page) => {
    await page.click(`#L${lineOf(6, 'perror(call)')} a`)
    await page.waitForURL(/02-listen-socket\/#at-/)
  }))

// The text leads to the program

const excerptsOf = (step) => Object.values(facts.pages[readmeOf(step, 'en')].excerpts)
const isLit = (page, first, last) =>
  page.waitForFunction(
    ([first, last]) => {
      const rows = [...document.querySelectorAll('.row.lit')]
      const pane = document.querySelector('.rows').getBoundingClientRect()
      const { top, bottom } = rows[0]?.getBoundingClientRect() ?? {}
      return (
        rows[0]?.id === first && rows.at(-1).id === last && top >= pane.top - 1 && bottom <= pane.bottom
      )
    },
    [`L${first}`, `L${last}`],
  )
// Opens the folds around all figures, and waits until each can be stepped through.
async function loadFigures(page) {
  for (const story of await page.$$('figure.story')) {
    await story.evaluate((figure) => {
      for (let fold = figure.closest('details'); fold; fold = fold.parentElement.closest('details'))
        fold.open = true
      figure.scrollIntoView()
    })
    await page.waitForFunction((figure) => figure.querySelector('.told p:not(:empty)'), story)
  }
}
const readAt = (page, selector) =>
  page.evaluate((selector) => {
    const place = document.querySelector(selector)
    for (let fold = place.closest('details'); fold; fold = fold.parentElement.closest('details'))
      fold.open = true
    scrollTo(0, place.getBoundingClientRect().top + scrollY - innerHeight * 0.36)
  }, selector)

test('the excerpt that is read is lit, in sight, and marked', () =>
  look(stepPage(6), {}, async (page) => {
    await loadFigures(page)
    await page.mouse.move(5, 500)
    for (const [first, last] of excerptsOf(6)) {
      await readAt(page, `#at-${first}`)
      await isLit(page, first, last)
      assert.ok(await page.locator(`#at-${first}.reading`).count())
    }
  }))

test('so is the one under the pointer', () =>
  look(stepPage(6), { viewport: { width: 1600, height: 2000 } }, async (page) => {
    await loadFigures(page) // a page that grows makes the browser scroll to reach what it hovers on
    const [[a, b], [c, d]] = excerptsOf(6).slice(-2)
    await readAt(page, `#at-${a}`)
    for (const [first, last] of [
      [c, d],
      [a, b],
    ]) {
      await page.hover(`#at-${first}`)
      await isLit(page, first, last)
    }
  }))

// Loads the page again with its figures held back: calling what this returns lets them come, and waits for them.
async function holdFigures(page) {
  let release
  const gate = new Promise((resolve) => (release = resolve))
  await page.route(/\/story\/.*\.json$/, async (route) => {
    await gate
    await route.continue()
  })
  await page.reload()
  return async () => {
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    release()
    await page.waitForSelector('figure.story.live .told p:not(:empty)', { state: 'attached' })
    await page.waitForTimeout(300) // time for a scroll that nobody asked for
    return (await page.evaluate(() => document.documentElement.scrollHeight)) - height
  }
}

test('a figure that arrives above leaves the program to the pointer', () =>
  look(stepPage(6), { viewport: { width: 1600, height: 2000 } }, async (page) => {
    const [[a, b], [c, d]] = excerptsOf(6).slice(-2)
    const figuresCome = await holdFigures(page)
    await readAt(page, `#at-${a}`)
    await isLit(page, a, b)
    await page.hover(`#at-${c}`)
    await isLit(page, c, d)
    await figuresCome()
    await isLit(page, c, d)
  }))

test('a figure that arrives below leaves the program to what is read', () =>
  look(stepPage(6), {}, async (page) => {
    const figuresCome = await holdFigures(page)
    const id = await page.evaluate(() => {
      const figure = document.querySelector('figure.story')
      const before = [...document.querySelectorAll('main .explained')].findLast(
        (place) => place.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING,
      )
      scrollTo(0, figure.getBoundingClientRect().top + scrollY - innerHeight * 0.5)
      return before.id
    })
    await page.waitForSelector(`#${id}.reading`)
    await figuresCome()
    assert.equal(await page.locator('.reading').getAttribute('id'), id)
  }))

for (const options of [{}, narrow])
  test(`a page stays as long as it is when its figures come, and when they move, at ${options.viewport?.width ?? 1600} px`, async () => {
    for (const path of ['/', stepPage(3), stepPage(6), stepPage(3, 'zh-CN')])
      await look(path, options, async (page) => {
        const figuresCome = await holdFigures(page)
        await page.$eval('figure.story', (figure) => figure.scrollIntoView())
        assert.equal(await figuresCome(), 0, path)
        const heights = await page.$eval('figure.story.live', (figure) => {
          return Array.from({ length: 8 }, () => {
            figure.querySelector('[data-go=forward]').click()
            return figure.offsetHeight
          })
        })
        assert.equal(new Set(heights).size, 1, `${path}: ${heights}`)
      })
  })

test('a figure that plays takes the program only while it is read', () =>
  look(stepPage(6), {}, async (page) => {
    await loadFigures(page)
    await page.clock.install()
    const story = page.locator('figure.story.live').first()
    await story.locator('[data-go=play]').click()
    await page.waitForSelector('figure.story.reading')
    await page.mouse.move(5, 500)
    const [first, last] = excerptsOf(6).at(-1)
    await readAt(page, `#at-${first}`)
    await page.clock.runFor(100) // frames
    await isLit(page, first, last)
    const at = await story.getAttribute('data-at')
    await page.clock.runFor(20000)
    assert.notEqual(await story.getAttribute('data-at'), at)
    await isLit(page, first, last)
  }))

test('a line under the pointer marks the excerpt that has it', () =>
  look(stepPage(6), {}, async (page) => {
    const [first] = excerptsOf(6).at(-1)
    await page.$eval(`#L${first}`, (row) => row.scrollIntoView())
    await page.hover(`#L${first}`)
    await page.waitForSelector(`#at-${first}.pointed`)
  }))

for (const options of [{}, narrow])
  test(`an excerpt's link shows its place, and the following goes on, at ${options.viewport?.width ?? 1600} px`, () =>
    look(stepPage(6), options, async (page) => {
      await page.$$eval('main details', (folds) =>
        folds.forEach((fold) => {
          fold.open = true
        }),
      )
      const all = excerptsOf(6)
      for (const [n, [first, last]] of all.entries()) {
        const link = page.locator(`#at-${first} a.place`)
        assert.equal(await link.textContent(), last > first ? `main.c:${first}–${last}` : `main.c:${first}`)
        await link.scrollIntoViewIfNeeded()
        // what this scroll lights is lit in the next frame
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
        await link.click()
        await isLit(page, first, last)
        if (options === narrow) await page.click('.program summary')
        else {
          const other = all[n ? 0 : 1]
          await page.mouse.move(5, 500)
          await readAt(page, `#at-${other[0]}`)
          await isLit(page, ...other)
        }
      }
    }))

test('before the first excerpt the program shows main(), or what the step adds', async () => {
  for (const step of steps)
    await look(stepPage(step), {}, async (page) => {
      await page.waitForSelector('.row.lit')
      const [first, last] = await page.$$eval('.row.lit', (rows) =>
        [rows[0], rows.at(-1)].map((row) => Number(row.id.slice(1))),
      )
      await isLit(page, first, last)
      if (step === 1) assert.ok(first <= lineOf(1, 'main(') && last === programOf(1).length)
      else
        assert.ok(
          rowsOf(stepPage(step))
            .slice(first - 1, last)
            .every(({ isNew }) => isNew),
        )
    })
})

test('an experiment shows its edit in the program while it is read', () =>
  look(stepPage(3), {}, async (page) => {
    const lines = (selector) =>
      page.$$eval(selector, (rows) => rows.map((row) => row.querySelector('code').textContent))
    for (const change of await page.$$('.change[data-put]')) {
      const [cut, put] = await change.evaluate((block) =>
        ['.del', '.ins'].map((sign) =>
          [...block.querySelectorAll(sign)].map((line) => line.textContent.slice(1).replace(/\n$/, '')),
        ),
      )
      await change.evaluate((block) =>
        scrollTo(0, block.getBoundingClientRect().top + scrollY - innerHeight * 0.36),
      )
      await page.waitForFunction((block) => block.classList.contains('reading'), change)
      assert.deepEqual(
        [(await lines('.row.cut')).sort(), (await lines('.row.put')).sort()],
        [cut.sort(), put.sort()],
      )
    }
    await page.evaluate(() => scrollTo(0, 0))
    await page.waitForFunction(() => !document.querySelector('.row.cut, .row.put'))
  }))

test('an exercise lights the functions that it is about', () =>
  look(stepPage(3), {}, async (page) => {
    const { anchor } = facts.pages[readmeOf(3, 'en')].sections.find(({ exercise }) => exercise)
    await readAt(page, `[id="${anchor}"]`)
    await page.waitForSelector('.row.lit:has-text("on_interrupt(")')
  }))

test('the program is alive on the whole page', async () => {
  for (const step of steps.slice(1))
    await look(stepPage(step), {}, async (page) => {
      const [all, alive] = await page.evaluate(async () => {
        let [all, alive] = [0, 0]
        for (let y = 0; y < document.documentElement.scrollHeight - innerHeight; y += 300) {
          scrollTo(0, y)
          await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
          all++
          if (document.querySelector('.row:is(.lit, .cut, .put, .run)')) alive++
        }
        return [all, alive]
      })
      assert.ok(alive >= 0.98 * all, `step ${step}: ${alive} of ${all}`)
    })
})

test('a tab is as wide in the text as in the program', () =>
  look(stepPage(6), {}, async (page) => {
    const sizes = await page.$$eval('.explained .line, .row code', (lines) => [
      ...new Set(lines.map((line) => getComputedStyle(line).tabSize)),
    ])
    assert.equal(sizes.length, 1)
  }))

test('at 1280 px no excerpt and no line of the program is cut', async () => {
  for (const step of steps)
    await look(stepPage(step), laptop, async (page) => {
      await page.$$eval('main details', (folds) =>
        folds.forEach((fold) => {
          fold.open = true
        }),
      )
      assert.deepEqual(
        await page.$$eval('pre.code, .rows', (boxes) =>
          boxes.filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.textContent),
        ),
        [],
      )
    })
})

test('at 390 px the program is folded away, opens, and closes when it has led to the text', () =>
  look(stepPage(6), narrow, async (page) => {
    await page.waitForSelector('#L1', { state: 'hidden' })
    await page.click('.program summary')
    await page.waitForSelector('#L1', { state: 'visible' })
    await page.click(`#L${lineOf(6, 'static void on_write')} a`)
    await page.waitForSelector('#L1', { state: 'hidden' })
    assert.match(page.url(), /#at-\d+$/)
  }))

test('at 2560 px a step is in the middle', () =>
  look(stepPage(6), { viewport: { width: 2560, height: 1200 } }, async (page) => {
    const [left, right] = await page.evaluate(() => [
      document.querySelector('.side').getBoundingClientRect().left,
      innerWidth - document.querySelector('.program').getBoundingClientRect().right,
    ])
    assert.ok(Math.abs(left - right) < 40, `${left} and ${right}`)
  }))

// Transcripts, pictures, differences

test('what the copy button copies is the commands', () =>
  look(stepPage(6), {}, async (page) => {
    const terminal = page.locator('.terminal:has(button)', { hasText: 'cmp' }).first()
    await terminal.getByRole('button').click()
    const commands = await terminal.locator('kbd').allTextContents()
    await page.waitForFunction(
      async (all) => (await navigator.clipboard.readText()) === all,
      commands.join('\n') + '\n',
    )
    assert.ok(commands.length && !commands.some((line) => line.startsWith('$')))
  }))

test('what is selected in a terminal has no prompts', () =>
  look(stepPage(6), {}, async (page) => {
    const selected = await page
      .locator('.terminal pre', { hasText: '$ ' })
      .first()
      .evaluate((terminal) => {
        getSelection().selectAllChildren(terminal)
        return getSelection().toString()
      })
    assert.ok(selected && !selected.includes('$ '))
  }))

for (const lang of LANGUAGES)
  test(`each caption of the ${lang} texts is a terminal's title`, () => {
    for (const step of steps) {
      const captions = read(readmeOf(step, lang)).match(/^\*\*(Terminal|终端) \d\*\*/gm).length
      assert.equal(htmlOf(stepPage(step, lang)).match(/<figcaption>(Terminal|终端) \d/g).length, captions)
    }
  })

test('the end of a line is no space between Chinese words', () => {
  for (const step of steps)
    assert.deepEqual(
      htmlOf(stepPage(step, 'zh-CN'))
        .replace(/<script[^]*?<\/script>/g, '')
        .match(/[\p{Script=Han}，。]\s+[\p{Script=Han}，。].{0,20}/gu) ?? [],
      [],
    )
})

test('pictures are drawn when the book is made, fit their column, and can be read', async () => {
  for (const width of [390, 768, 1280, 1600])
    await look('/', { javaScriptEnabled: true, viewport: { width, height: 900 } }, async (page) => {
      for (const path of steps.flatMap((step) => LANGUAGES.map((lang) => stepPage(step, lang)))) {
        await page.goto(origin + path)
        const bad = await page.$$eval('.picture', (pictures) =>
          pictures
            .map((picture) => {
              const [svg] = [...picture.querySelectorAll('svg')].filter((svg) => svg.checkVisibility())
              const { width } = svg.getBoundingClientRect()
              return [
                width <= picture.clientWidth + 1,
                Math.round((160 * width) / svg.viewBox.baseVal.width) / 10,
                picture.textContent.trim().slice(0, 40),
              ]
            })
            .filter(([fits, size]) => !fits || size < 8),
        )
        assert.deepEqual(bad, [], `${path} at ${width}`)
      }
    })
})

test('a picture breaks no word, and no arrow strikes through the title of a group', async () => {
  for (const step of [2, 3])
    await look(stepPage(step), { viewport: { width: 1440, height: 900 } }, async (page) => {
      assert.doesNotMatch(await page.locator('.picture').last().innerText(), /callbac-|connecti-/)
      for (const title of await page.locator('.picture .wide .cluster-label').all())
        assert.ok(
          await title.evaluate(
            (title) =>
              title.compareDocumentPosition(title.closest('.root').querySelector('.edgePaths')) & 2 &&
              getComputedStyle(title.querySelector('p')).backgroundColor !== 'rgba(0, 0, 0, 0)',
          ),
        )
    })
})

test('a difference has no line that no program has', () => {
  for (const path of allPages().filter((path) => path.includes('/diff/')))
    assert.doesNotMatch(htmlOf(path), /<td>(-|0)|undefined/, path)
})

test('a long line of a terminal goes on below, and what stands in a first column is whole', async () => {
  for (const path of [stepPage(1), stepPage(3), '/exercises/'])
    await look(path, { viewport: { width: 1440, height: 900 } }, async (page) => {
      await page.$$eval('main details', (folds) => folds.forEach((fold) => (fold.open = true)))
      const cut = await page.$$eval('.terminal pre', (all) => all.filter((pre) => pre.scrollWidth > pre.clientWidth).length)
      const split = await page.$$eval('td:first-child code', (all) =>
        all.filter((code) => code.getClientRects().length > 1).length,
      )
      assert.deepEqual([cut, split], [0, 0], path)
    })
})

test("a chart's ground is the page's", async () => {
  for (const [colorScheme, dark] of [['light', false], ['light', true], ['dark', true]])
    await look('/bench/', { colorScheme, ...laptop }, async (page) => {
      await page.evaluate((dark) => document.documentElement.classList.toggle('dark', dark), dark)
      const chart = page.locator('main p > img').first()
      await chart.scrollIntoViewIfNeeded()
      const { x, y } = await chart.boundingBox()
      const shot = await page.screenshot({ clip: { x: x - 4, y: y + 4, width: 12, height: 2 } })
      const [out, inside] = await page.evaluate(async (png) => {
        const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob())
        const draw = new OffscreenCanvas(12, 2).getContext('2d')
        draw.drawImage(picture, 0, 0)
        return [1, 10].map((at) => [...draw.getImageData(at, 0, 1, 1).data])
      }, shot.toString('base64'))
      assert.deepEqual(inside, out, `${colorScheme} ${dark}`)
    })
})

test('the bar of the program is one line on a phone, and no excerpt stands beside its place', () =>
  look(stepPage(3), narrow, async (page) => {
    assert.ok((await page.locator('.program > summary').boundingBox()).height < 42)
    const widths = await page.$$eval('.explained > pre', (all) => all.map((pre) => pre.offsetWidth).filter(Boolean))
    assert.ok(Math.min(...widths) > 320, `${widths}`)
  }))

test('a difference has the lines that git says, in both forms, in colours', () =>
  look('/diff/2-5.html', { javaScriptEnabled: false }, async (page) => {
    const git = spawnSync(
      'git',
      ['diff', '--no-index', '--no-ext-diff', ...[2, 5].map((step) => `${STEPS[step - 1]}/main.c`)],
      { cwd: ROOT, encoding: 'utf8' },
    )
      .stdout.split('\n')
      .slice(4)
    const ofGit = (sign) => git.filter((line) => line[0] === sign).map((line) => line.slice(1))
    for (const form of ['split', 'unified']) {
      await page.check(`.form-${form}`)
      const lines = (sign) =>
        page.$$eval(`.${form} .${sign}`, (cells) =>
          cells.filter((cell) => cell.checkVisibility()).map((cell) => cell.textContent),
        )
      assert.deepEqual(await lines('ins'), ofGit('+'))
      assert.deepEqual(await lines('del'), ofGit('-'))
      assert.ok(
        new Set(
          await page.$$eval(`.${form} .ins i`, (words) =>
            words.map((word) => getComputedStyle(word).color),
          ),
        ).size > 3,
      )
    }
  }))

// The first page

test('the first page says what this is, how to get it, and where to begin', () =>
  look('/a/path/', {}, async (page) => {
    const seen = await page.locator('.hero').innerText()
    assert.match(seen, /libevent calls your functions/)
    assert.match(seen, RegExp(`git clone ${REPOSITORY}`))
    assert.ok(await page.locator(`.hero a[href="${REPOSITORY.replace('.git', '')}"]`).isVisible())
    await page.click('.hero .begin a')
    await page.waitForURL(/\/a\/path\/01-event-init\/$/)
  }))

test('without a repository that is known there is no command to clone one', () =>
  assert.ok(!htmlOf('/').includes('git clone ')))

test('the ladder is a picture of seven links that fits', async () => {
  for (const width of [390, 768, 1600])
    await look('/', { viewport: { width, height: 900 } }, async (page) => {
      const ends = await page.$$eval('.stairs li a', (links) =>
        links.map((link) => link.getBoundingClientRect().right),
      )
      assert.ok(ends.length === STEPS.length && Math.max(...ends) <= width)
    })
})

// Figures

const stories = allPages().filter((path) => htmlOf(path).includes('<figure class="story"'))
const figureOf = (page) => page.locator('figure.story.live').first()
const caption = (page) => figureOf(page).locator('.told p').innerText()
const needsStory = { skip: !stories.length && 'no figure is there yet' }

test('a figure is stepped through by keys, buttons and its skyline', needsStory, () =>
  look(stories[0], {}, async (page) => {
    await page.locator('figure.story').first().scrollIntoViewIfNeeded()
    const figure = figureOf(page)
    const first = await caption(page)
    await figure.focus()
    await page.keyboard.press('ArrowRight')
    const second = await caption(page)
    assert.notEqual(second, first)
    await figure.locator('[data-go=forward]').click()
    assert.notEqual(await caption(page), second)
    await figure.focus()
    await page.keyboard.press('Shift+ArrowRight')
    const at = Number(await figure.getAttribute('data-at'))
    assert.ok(at > 4, `a turn leads to ${at}`)
    assert.match(page.url(), RegExp(`:${at}$`))
    await page.keyboard.press('Home')
    assert.equal(await caption(page), first)
    const sky = await figure.locator('.sky').boundingBox()
    await figure.locator('.sky').click({ position: { x: sky.width - 4, y: 10 } })
    assert.ok(await figure.locator('[data-go=forward]').isDisabled())
    await figure.locator('[data-go=first]').click() // which is dead then, and would leave the keys to the page
    assert.ok(await figure.evaluate((figure) => figure === document.activeElement))
  }),
)

test('a figure plays, and stops at the next key', needsStory, () =>
  look(stories[0], { reducedMotion: 'no-preference' }, async (page) => {
    await page.locator('figure.story').first().scrollIntoViewIfNeeded()
    const figure = figureOf(page)
    await figure.focus()
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Space')
    await page.waitForFunction(() => Number(document.querySelector('.story.live').dataset.at) > 1)
    await page.keyboard.press('ArrowLeft')
    assert.equal(await figure.locator('[data-go=play]').innerText(), '▶')
  }),
)

test('nothing moves in a figure where motion is unwanted', needsStory, () =>
  look(stories[0], {}, async (page) => {
    await page.locator('figure.story').first().scrollIntoViewIfNeeded()
    const moves = await figureOf(page).evaluate(
      (figure) =>
        getComputedStyle(figure.querySelector('.stage').shadowRoot.querySelector('.p')).transitionDuration,
    )
    assert.equal(moves, '0s')
    assert.equal(await figureOf(page).locator('[data-go=play]').innerText(), '▶')
  }),
)

test('the address of a moment leads to it', needsStory, async () => {
  const [, name] = htmlOf(stories[0]).match(/<figure class="story" id="([\w-]+)"/)
  await look(`${stories[0]}#${name}:4`, {}, async (page) => {
    await page.waitForSelector(`#${name}[data-at="4"]`)
    assert.ok(
      await page.locator(`#${name}`).evaluate((figure) => figure.getBoundingClientRect().top < innerHeight),
    )
  })
})

test('a figure speaks both languages, has both themes, and fits at 390 px', needsStory, async () => {
  for (const path of stories)
    await look(path, { ...narrow, colorScheme: 'dark' }, async (page) => {
      await loadFigures(page)
      for (const story of await page.locator('figure.story').all()) {
        await story.scrollIntoViewIfNeeded()
        await story.locator('.told p').waitFor()
        assert.equal(
          /\p{Script=Han}/u.test(await story.locator('.told p').innerText()),
          path.includes('zh-CN'),
        )
        const [wide, ink] = await story.evaluate((figure) => [
          figure.scrollWidth <= 392,
          getComputedStyle(figure.querySelector('.stage').shadowRoot.querySelector('text')).fill,
        ])
        assert.ok(wide)
        assert.notEqual(ink, 'rgb(0, 0, 0)')
      }
    })
})

test(
  'a moment lights its line in the program beside it',
  { skip: !stories.some((path) => path.includes('0')) && 'no step has a figure yet' },
  async () => {
    for (const path of stories.filter((path) => /^\/0/.test(path)))
      await look(path, {}, async (page) => {
        const story = page.locator('figure.story[data-program*="main.c"]').first()
        if (!(await story.count())) return
        await story.scrollIntoViewIfNeeded()
        await story.locator('.told').waitFor()
        await story.focus()
        for (let i = 0; i < 12 && !(await page.locator('.rows .row.run').count()); i++)
          await page.keyboard.press('ArrowRight')
        assert.ok(await page.locator('.rows .row.run').count(), path)
      })
  },
)

test('a page without a figure loads nothing of them', () =>
  look('/docs/calls.html', {}, async (page) => {
    await page.waitForLoadState('networkidle')
    assert.ok(
      !(
        await page.evaluate(() =>
          performance
            .getEntriesByType('resource')
            .map(({ name }) => name)
            .join(),
        )
      ).includes('figure.js'),
    )
  }))

test('without a script a figure is a strip of all its moments', needsStory, () =>
  look(stories[0], { javaScriptEnabled: false }, async (page) => {
    const story = page.locator('figure.story').first()
    await story.locator('summary').click()
    assert.ok((await story.locator('.strip li img').count()) > 5)
    assert.ok(await story.locator('.strip li p').last().isVisible())
  }),
)

// Exercises

test('an exercise has a page with its goal, its points, a hint, an answer in colours, and what is wrong', async () => {
  for (const { folder } of exercises())
    for (const lang of LANGUAGES) {
      const html = htmlOf(`/${folderOf(lang)}exercises/${folder}.html`)
      assert.match(html, /<h1>(Exercise|练习) /, folder)
      assert.match(html, /<p>★/, folder)
      assert.match(html, /<details class="answer">[^]*?<span class="line d\d ins">[^]*?<i class="k/, folder)
      const wrong = [...html.matchAll(/<details class="wrong"[^]*?<\/details>/g)].map(([fold]) => fold)
      assert.equal(wrong.length, readdirSync(`${ROOT}exercises/${folder}/wrong`).length, folder)
      for (const fold of wrong) assert.match(fold, /class="line d\d (ins|del)"[^]*<q>.+<\/q>/, folder)
    }
})

test('the stages of a long exercise are a path, in both languages', () => {
  for (const lang of LANGUAGES) {
    const html = htmlOf(`/${folderOf(lang)}exercises/7.5-a-store.html`)
    const stages = [...html.match(/<ol class="path">[^]*?<\/ol>/)[0].matchAll(/href="#(stage-\d)"/g)].map(
      (match) => match[1],
    )
    assert.ok(stages.length >= 5)
    for (const stage of stages)
      assert.ok(html.includes(`<ol class="stage" id="${stage}"`) || html.includes(`id="${stage}" start`))
  }
})

test('each exercise in the table leads to an exercise, in its language', () => {
  for (const lang of LANGUAGES) {
    const links = [
      ...htmlOf(`/${folderOf(lang)}exercises/`).matchAll(
        /<a href="([^"]*)"><code>|<a href="([^"]*)">\d\.\d/g,
      ),
    ].map((match) => match[1] ?? match[2])
    const anchors = links.filter((href) => href.includes('#'))
    assert.equal(new Set(anchors).size, exercises().length)
    for (const href of [
      ...htmlOf(`/${folderOf(lang)}exercises/`).matchAll(/href="(\/[^"]*exercises\/\d[^"]*)"/g),
    ].map((match) => match[1]))
      assert.ok(href.startsWith(`/${folderOf(lang)}exercises/`), href)
  }
})

test('an exercise in a step leads to its page, which leads back, and on to the next exercise', () =>
  look(stepPage(3), {}, async (page) => {
    await page.getByRole('heading', { name: 'Exercise 3.2' }).locator('+ p a').click()
    await page.waitForURL(origin + '/exercises/3.2-give-up.html')
    await page.keyboard.press('ArrowRight')
    await page.waitForURL(origin + '/exercises/3.3-sigterm.html')
    await page.locator('.up a').click()
    await page.waitForURL((url) => url.pathname === stepPage(3))
  }))

// One knows where one is

test('a step says which of seven it is, and the arrow keys turn the page', () =>
  look(stepPage(3), {}, async (page) => {
    assert.match(await page.locator('.bar').innerText(), /Step 3 of 7/)
    await page.keyboard.press('ArrowRight')
    await page.waitForURL(origin + stepPage(4))
    await page.keyboard.press('ArrowLeft')
    await page.waitForURL(origin + stepPage(3))
  }))

test('they turn from one difference of neighbours to the next', () =>
  look('/diff/2-3.html', {}, async (page) => {
    await page.keyboard.press('ArrowRight')
    await page.waitForURL(origin + '/diff/3-4.html')
  }))

test('what was read to its end is remembered', () =>
  look(stepPage(1), {}, async (page) => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
    await page.waitForFunction(() => localStorage.read)
    await page.goto(origin + '/')
    assert.deepEqual(
      await page.$$eval('nav.way a.was-read', (links) => links.map((link) => link.textContent)),
      ['1'],
    )
  }))

test('where there is room, the contents stand beside the text; else the bar opens them', async () => {
  await look(stepPage(3), { viewport: { width: 1920, height: 1000 } }, async (page) =>
    assert.ok(await page.locator('.side .heads a').first().isVisible()),
  )
  for (const javaScriptEnabled of [true, false])
    await look(stepPage(3), { ...narrow, javaScriptEnabled }, async (page) => {
      assert.ok(!(await page.locator('.side').isVisible()))
      await page.click('.bar .menu')
      assert.ok(await page.locator('.side .heads a').first().isVisible())
      if (!javaScriptEnabled) return
      await page.mouse.click(380, 700) // beside them
      assert.ok(!(await page.locator('.side').isVisible()))
    })
})

test('a reader with a keyboard can skip to the program', () =>
  look(stepPage(3), {}, async (page) => {
    for (let i = 0; i < 2; i++) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    assert.ok(await page.evaluate(() => Boolean(document.activeElement.closest('.program'))))
  }))

test('the other language is the same place', () =>
  look(stepPage(6), {}, async (page) => {
    const head = () =>
      page.$$eval('main :is(h1, h2, h3)', (heads) =>
        heads.findLastIndex((head) => head.getBoundingClientRect().top < 120),
      )
    await readAt(page, '#look-underneath')
    const before = await head()
    await page.click('.bar .twin')
    await page.waitForURL(origin + stepPage(6, 'zh-CN'))
    await page.waitForFunction(() => scrollY > 1000)
    assert.ok(Math.abs((await head()) - before) <= 1 && before > 3)
  }))

test('so is the place of a figure, far below its heading', () =>
  look(stepPage(3), {}, async (page) => {
    const top = () => page.$eval('figure.story', (figure) => Math.round(figure.getBoundingClientRect().top))
    await readAt(page, 'figure.story')
    const before = await top()
    await page.$eval('.bar .twin', (twin) => twin.click())
    await page.waitForURL(origin + stepPage(3, 'zh-CN'))
    await page.waitForFunction(() => scrollY > 1000)
    assert.ok(Math.abs((await top()) - before) < 40, `${before} becomes ${await top()}`)
  }))

test('who comes back finds the program where it was', () =>
  look(stepPage(6), {}, async (page) => {
    await page.hover('.rows')
    await page.mouse.wheel(0, 600)
    await page.waitForFunction(() => {
      const { scrollTop } = document.querySelector('.rows')
      const still = scrollTop > 300 && scrollTop === window.before
      window.before = scrollTop
      return still
    })
    const top = await page.$eval('.rows', (rows) => rows.scrollTop)
    await page.goto(origin + '/')
    await page.goBack()
    await page.waitForFunction((top) => Math.abs(document.querySelector('.rows').scrollTop - top) < 60, top)
  }))

test('the Chinese pages speak Chinese', () => {
  for (const path of ['/zh-CN/', stepPage(3, 'zh-CN'), '/zh-CN/exercises/3.1-heartbeat.html']) {
    const html = htmlOf(path)
    const said = [
      html.match(/<header[^]*?<\/header>/)[0],
      html.match(/<nav class="side"[^]*?<\/nav>/)[0],
    ].join('')
    for (const word of ['Search', 'Exercises', 'Contents', 'Steps', 'More', 'Skip', 'On this page'])
      assert.ok(!textOf(said).includes(word), `${path}: ${word}`)
  }
})

for (const lang of LANGUAGES)
  test(`"next" leads through all steps, ${lang}`, () => {
    let path = `/${folderOf(lang)}`
    for (const step of steps) {
      path = htmlOf(path).match(/<a class="next" rel="next" href="([^"]*)"/)[1]
      assert.equal(path, stepPage(step, lang))
    }
  })

test('a page begins with its title, whatever its width: the contents stand beside it, or are in the menu', async () => {
  for (const width of [390, 1090, 1280, 1440, 1900, 2560])
    for (const path of kinds)
      await look(path, { viewport: { width, height: 900 } }, async (page) => {
        const top = await page.$eval('main h1', (title) => title.getBoundingClientRect().top)
        assert.ok(top < 300, `${path} at ${width} px: ${top}`)
        const ways = await page.$$eval('.side, a.menu', (all) => all.filter((one) => one.checkVisibility()).length)
        assert.equal(ways, 1, `${path} at ${width} px`)
      })
})

// The search

for (const [lang, word, where] of [
  ['en', 'bufferevent_setwatermark', /^Step|watermark/i],
  ['en', 'EAGAIN', /./],
  ['en', 'half-close', /./],
  ['zh-CN', '水位', /水位/],
])
  test(`the search finds ${word}, ${lang}, and a step's text first`, () =>
    look(`/${folderOf(lang)}`, {}, async (page) => {
      await page.keyboard.press('/')
      await page.fill('dialog input', word)
      await page.waitForSelector('dialog li a')
      assert.match(await page.locator('dialog li a').first().getAttribute('href'), /\/0\d-|questions/)
      await page.keyboard.press('Enter')
      await page.waitForURL(/0\d-|questions/)
    }))

test('a name with underscores is found as it is written, and shown so', () =>
  look('/', {}, async (page) => {
    for (const name of ['bufferevent_free', 'TIME_WAIT', 'EV_PERSIST']) {
      await page.keyboard.press('Control+k')
      await page.fill('dialog input', name)
      await page.waitForSelector(`dialog li a:has-text("${name}")`)
      const told = (await page.locator('dialog li a').allInnerTexts()).join(' ')
      assert.ok(!told.includes(name.replaceAll('_', '')), told)
      await page.keyboard.press('Escape')
    }
  }))

// What people type, and the question that answers it.
for (const [lang, typed, where] of [
  ['en', 'event loop exits after BEV_EVENT_ERROR', '#my-clients-loop-ends-by-itself'],
  ['en', 'is bufferevent_write thread safe', '#bufferevent_write-or-event_add-from-another-thread'],
  ['en', 'how to stop event loop from another thread', '#event_base_loopbreak-from-another-thread'],
  ['en', 'EPOLLERR EPOLLHUP', '#the-client-has-left'],
  ['en', 'read callback not called for remaining data', '#bufferevent_read-gives-me-only'],
  ['en', 'read timeout not firing', '#read-and-write-timeouts-dont-work'],
  ['zh-CN', '写完数据再关闭连接', '#怎样等最后一个字节发完再关闭'],
  ['zh-CN', '如何获取客户端IP', '#怎样得到客户端的-ip-地址'],
])
  test(`the search finds "${typed}", ${lang}, first, though not all of its words are there`, () =>
    look(`/${folderOf(lang)}`, {}, async (page) => {
      await page.keyboard.press('/')
      await page.fill('dialog input', typed)
      const href = await page.locator('dialog li a').first().getAttribute('href')
      assert.ok(decodeURIComponent(href).includes(`docs/questions/${where}`), href)
    }))

test('what the search shows of a text begins and ends with whole words, and is not empty', () =>
  look('/', {}, async (page) => {
    const texts = JSON.parse(readFileSync(fileOf('/search.en.json'), 'utf8')).map(({ text }) => ` ${text} `)
    for (const typed of ['SIGPIPE', 'connection', 'bufferevent_write', 'memory grows', 'level']) {
      await page.keyboard.press('Control+k')
      await page.fill('dialog input', typed)
      await page.waitForSelector('dialog li a') // the texts that it searches come first
      const shown = await page.locator('dialog li a > span').allInnerTexts()
      assert.ok(shown.length > 2, typed)
      for (const some of shown) {
        const bare = some.replace(/^…|…$/g, '')
        const around = texts.map((text) => text.slice(text.indexOf(bare) - 1).slice(0, bare.length + 2))
        assert.ok(bare && around.some((all) => all.slice(1, -1) === bare && /^\s.*\W$/.test(all)), `${typed}: ${some}`)
      }
      await page.keyboard.press('Escape')
    }
  }))

// All pages

for (const base of Object.keys(BASES))
  test(`below ${base}, every link leads somewhere`, () => {
    const broken = []
    let followed = 0
    const ids = Object.fromEntries(
      allPages(base).map((path) => [
        path,
        new Set([...htmlOf(path).matchAll(/ id="([^"]*)"/g)].map((match) => match[1])),
      ]),
    )
    for (const path of allPages(base))
      for (const [, href] of htmlOf(path).matchAll(/<(?:a|img|link|script)[^>]* (?:href|src)="([^"]*)"/g)) {
        if (/^(https?|data):/.test(href)) continue
        const { pathname, hash } = new URL(href.replaceAll('&amp;', '&'), `http://x${path}`)
        followed++
        if (
          !pathname.startsWith(base) ||
          !existsSync(fileOf(pathname)) ||
          (hash && !hash.startsWith('#svgView') && !ids[pathname]?.has(decodeURIComponent(hash.slice(1))))
        )
          broken.push(`${path}: ${href}`)
      }
    assert.deepEqual([...new Set(broken)], [])
    assert.ok(followed > 5000, `${followed}`)
  })

test('each page has a title and a description of its own, an icon, and its other language', () => {
  const seen = {}
  for (const path of allPages('/a/path/').filter((path) => !/\.(c|bats|py|bash|list)\.html$/.test(path))) {
    const html = htmlOf(path)
    const [title, description] = [/<title>(.+?)<\/title>/, /<meta name="description" content="(.+?)">/].map(
      (form) => html.match(form)?.[1],
    )
    assert.ok(title && description, path)
    seen[`${title} ${description}`] = [...(seen[`${title} ${description}`] ?? []), path]
    assert.match(html, RegExp(`<link rel="canonical" href="${SITE}${path}">`))
    assert.match(html, /<link rel="icon" href="\/a\/path\/icon.svg"/)
    assert.match(html, RegExp(`<meta property="og:image" content="${SITE}/a/path/card.png">`))
    const [twin] = html.match(/hreflang="zh-CN" href="([^"]*)"/)?.slice(1) ?? []
    if (twin && !path.includes('zh-CN')) assert.ok(existsSync(fileOf(twin.replace(SITE, ''))), twin)
  }
  assert.deepEqual(
    Object.values(seen).filter((paths) => paths.length > 1),
    [],
  )
  assert.ok(existsSync(fileOf('/a/path/card.png')))
  assert.match(
    htmlOf('/a/path/06-write-back/'),
    RegExp(`hreflang="zh-CN" href="${SITE}/a/path/zh-CN/06-write-back/"`),
  )
})

test('the site map has all pages, where it is known where they lie', () => {
  const map = readFileSync(`${BASES['/a/path/']}/sitemap.xml`, 'utf8')
  for (const path of allPages('/a/path/')) assert.ok(map.includes(`<loc>${SITE}${path}</loc>`), path)
  assert.ok(!existsSync(`${BASES['/']}/sitemap.xml`))
})

test('a call in the text leads to its row in the index', () =>
  look(stepPage(6), {}, async (page) => {
    await page.locator('a.call', { hasText: 'bufferevent_write()' }).first().click()
    await page.waitForURL(/calls\.html#bufferevent_write$/)
    await page.waitForSelector('td.found:has-text("bufferevent_write()")')
  }))

test("text and program are in a step's page before any script runs", () => {
  for (const step of steps) {
    const html = htmlOf(stepPage(step))
    assert.ok(html.indexOf('id="break-it"') < html.indexOf('id="L1"') && html.includes('id="break-it"'))
  }
})

test('without a script all of a step can be read, and its folds open', () =>
  look(stepPage(6), { ...narrow, javaScriptEnabled: false }, async (page) => {
    for (const text of ['as many as you read', 'high watermark', 'static void on_write'])
      assert.ok(await page.getByText(text).locator('visible=true').first().isVisible(), text)
    assert.ok(await page.locator(`#L${programOf(6).length}`).isVisible())
    const fold = page.locator('main details').first()
    await fold.locator('summary').click()
    assert.ok(await fold.locator(':scope > :nth-child(2)').isVisible())
  }))

test('no page scrolls sideways, at 390 to 1280 px, and no table of a text is cut', async () => {
  for (const width of [390, 768, 1280])
    await look('/', { viewport: { width, height: 800 }, javaScriptEnabled: true }, async (page) => {
      for (const path of allPages().filter((path) => !/(tests|tools|bench)\/.*\.html$/.test(path))) {
        await page.goto(origin + path, { waitUntil: 'domcontentloaded' })
        const [all, cut] = await page.evaluate(() => [
          document.documentElement.scrollWidth,
          [...document.querySelectorAll('.table')].filter(
            (table) => table.scrollWidth > table.clientWidth + 1,
          ).length,
        ])
        assert.ok(all <= width, `${path}: ${all} > ${width}`)
        assert.ok(!cut || /\/(bench|diff)\//.test(path), `${path} at ${width}: ${cut} tables are cut`)
      }
    })
})

const axe = readFileSync(ROOT + 'book/node_modules/axe-core/axe.min.js', 'utf8')
for (const width of [1600, 390])
  test(`axe finds nothing, light and dark, at ${width} px`, () =>
    look('/', { viewport: { width, height: 900 } }, async (page) => {
      const found = []
      for (const path of kinds) {
        await page.goto(origin + path)
        await page.$$eval('main details', (folds) =>
          folds.forEach((fold) => {
            fold.open = true
          }),
        )
        await page.evaluate(axe)
        for (const dark of [false, true]) {
          const violations = await page.evaluate(async (dark) => {
            document.documentElement.classList.toggle('dark', dark)
            dispatchEvent(new Event('theme'))
            return (await globalThis.axe.run({ resultTypes: ['violations'] })).violations
          }, dark)
          found.push(
            ...violations.map(
              ({ id, nodes }) =>
                `${path} ${dark ? 'dark' : 'light'}: ${id} ${nodes.length}: ${nodes[0].html.slice(0, 200)}`,
            ),
          )
        }
      }
      assert.deepEqual(found, [])
    }))

test('a page is under 300 KB in all, and needs fewer than 15 requests', async () => {
  for (const path of [
    ...steps.map((step) => stepPage(step)),
    '/',
    '/diff/1-7.html',
    '/exercises/7.3-slow-work.html',
  ]) {
    const loaded = await look(path, {}, async (page) => {
      await page.waitForLoadState('networkidle')
      return page.evaluate(() =>
        performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
      )
    })
    const files = [path, ...loaded].map(fileOf)
    const sent = (file) =>
      (/\.(woff2|png)$/.test(file) ? readFileSync(file) : gzipSync(readFileSync(file))).length
    const size = [...new Set(files)].reduce((sum, file) => sum + sent(file), 0)
    assert.ok(
      files.length > 3 && files.length < 15 && size < 300000,
      `${path}: ${size} bytes, ${files.length} requests`,
    )
    console.log(`${path}: ${Math.round(size / 1000)} KB, ${files.length} requests`)
  }
})

test('on paper there is the text, and then all of the program', () =>
  look(stepPage(6), { colorScheme: 'dark' }, async (page) => {
    await page.evaluate(() => {
      dispatchEvent(new Event('beforeprint'))
      dispatchEvent(new Event('scroll')) // a figure that comes now makes the page follow, too
    })
    await page.emulateMedia({ media: 'print' })
    await page.setViewportSize({ width: 794, height: 1100 })
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
    const [bar, text, rows] = await page.evaluate(() =>
      ['.bar', 'main', '.rows'].map((name) => {
        const { height, bottom, top } = document.querySelector(name).getBoundingClientRect()
        return { height, bottom, top }
      }),
    )
    assert.equal(bar.height, 0)
    assert.equal(await page.locator('.row.lit, .row.run, .reading').count(), 0)
    assert.ok(await page.$eval('.program', (program) => program.open))
    assert.ok(rows.top >= text.bottom - 60 && rows.height > programOf(6).length * 8)
    assert.equal(
      await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
      'rgb(253, 252, 250)',
    )
  }))

test('no page had an error, or asked for something from elsewhere', async () => {
  await look(stepPage(6), {}, (page) => page.waitForLoadState('networkidle'))
  assert.deepEqual(complaints, [])
})

// Making it

const COPY = ROOT + 'build/book-copy/'

// A copy of the repository, and its program of step 6 changed.
function copy() {
  rmSync(COPY, { recursive: true, force: true })
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  for (const file of files
    .trim()
    .split('\n')
    .filter((file) => existsSync(ROOT + file)))
    cpSync(ROOT + file, COPY + file)
  cpSync(ROOT + 'build/pictures', COPY + 'build/pictures', { recursive: true })
  execFileSync('git', ['init', '-q', COPY])
  symlinkSync(ROOT + 'book/node_modules', COPY + 'book/node_modules')
}
function change(edit) {
  const main = `${COPY}${STEPS[5]}/main.c`
  writeFileSync(main, edit(readFileSync(main, 'utf8')))
}

test('a new line that no excerpt has fails the build', () => {
  copy()
  change((text) => text.replace('#define MAX_UNSENT', '#define ANOTHER 1\n#define MAX_UNSENT'))
  const { status, stderr } = spawnSync('node', ['book/make.js'], {
    cwd: COPY,
    encoding: 'utf8',
    env: { ...process.env, OUT: '' },
  })
  assert.notEqual(status, 0)
  assert.match(stderr, /06-write-back\/README.*: no excerpt has line \d+: #define ANOTHER 1/)
})

test('what shows the pages while you write sees a changed program', async () => {
  copy()
  const serving = spawn('node', ['book/make.js', '--serve'], {
    cwd: COPY,
    env: { ...process.env, OUT: '', BASE: '' },
  })
  try {
    const url = await new Promise((started) =>
      serving.stdout.on('data', (text) => {
        const match = String(text).match(/http:\/\/127\.0\.0\.1:\d+/)
        if (match) started(match[0])
      }),
    )
    const page = await browser.newPage()
    await page.goto(url + stepPage(6))
    await page.waitForSelector(`#L${programOf(6).length}`)
    change((text) => text.replace('\n\n', '\n\n\n'))
    await page.waitForSelector(`#L${programOf(6).length + 1}`, { state: 'attached', timeout: 60000 })
    await page.close()
  } finally {
    serving.kill()
    await once(serving, 'exit') // until then it writes into the copy
    rmSync(COPY, { recursive: true, force: true })
  }
})
