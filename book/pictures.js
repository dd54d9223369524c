// Draws the Mermaid pictures when the book is made, so that a page needs no script for them. The browser
// draws each twice, for a wide and for a narrow column, and what was drawn is kept in build/pictures.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { escape } from './code.js'
import { ROOT } from './ladder.js'

const COLUMN = 640 // pixels: a wider picture is made smaller
const KEPT = ROOT + 'build/pictures/'
const file = (path) => readFileSync(fileURLToPath(new URL(path, import.meta.url)))
export const FONT =
  'node_modules/@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2'

export const browser = () =>
  chromium.launch({
    handleSIGTERM: false,
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
    executablePath:
      process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync),
  })

// Mermaid reckons with colours, so it is given some that nothing else has, and style.css has the real ones.
const COLOURS = {
  '#fe0101': '--box',
  '#fe0202': '--edge',
  '#fe0303': '--ink',
  '#fe0404': '--arrow',
  '#fe0505': '--page',
  '#fe0606': '--group',
  '#fe0707': '--rule',
  '#fe0808': '--note',
}
const [fill, edge, ink, arrow, page, group, rule, note] = Object.keys(COLOURS)
const LOOK = {
  startOnLoad: false,
  theme: 'base',
  htmlLabels: true,
  fontFamily: 'Text, serif',
  themeVariables: {
    fontSize: '16px',
    background: page,
    primaryColor: fill,
    mainBkg: fill,
    primaryBorderColor: edge,
    nodeBorder: edge,
    primaryTextColor: ink,
    secondaryColor: group,
    tertiaryColor: group,
    lineColor: arrow,
    textColor: ink,
    titleColor: ink,
    edgeLabelBackground: page,
    clusterBkg: group,
    clusterBorder: rule,
    actorBkg: fill,
    actorBorder: edge,
    actorTextColor: ink,
    actorLineColor: rule,
    signalColor: arrow,
    signalTextColor: ink,
    labelBoxBkgColor: fill,
    labelBoxBorderColor: edge,
    labelTextColor: ink,
    loopTextColor: ink,
    noteBkgColor: note,
    noteTextColor: ink,
    noteBorderColor: edge,
    activationBkgColor: group,
    activationBorderColor: rule,
  },
}
const subGraphTitleMargin = { top: 0, bottom: 20 }
const FORMS = {
  wide: {
    flowchart: { nodeSpacing: 28, rankSpacing: 34, padding: 10, wrappingWidth: 170, subGraphTitleMargin },
    sequence: {
      actorMargin: 36,
      diagramMarginX: 8,
      width: 124,
      height: 44,
      messageMargin: 30,
      mirrorActors: false,
    },
  },
  narrow: {
    flowchart: { nodeSpacing: 10, rankSpacing: 16, padding: 5, wrappingWidth: 90, subGraphTitleMargin },
    sequence: {
      actorMargin: 8,
      width: 74,
      height: 54,
      messageMargin: 30,
      boxMargin: 4,
      wrapPadding: 2, // so that "callbacks" fits
      mirrorActors: false,
      wrap: true,
    },
  },
}

const drawn = new Map() // form and source -> SVG
const nameOf = (form, source) =>
  createHash('sha1')
    .update(JSON.stringify([LOOK, FORMS[form], source]))
    .digest('hex')
    .slice(0, 16)

// In a narrow column, what goes from left to right may be narrower from top to bottom.
const standing = (source) =>
  source
    .replace(/^(flowchart|graph) (LR|RL)/m, '$1 TB')
    .replace(/^(\s*)direction (LR|RL)/gm, '$1direction TB')
const widthOf = (svg) => Number(svg.match(/max-width: ([\d.]+)px/)[1])

export async function drawAll(sources) {
  mkdirSync(KEPT, { recursive: true })
  let there
  for (const source of new Set(sources))
    for (const form of Object.keys(FORMS)) {
      const kept = KEPT + nameOf(form, source) + '.svg'
      if (!existsSync(kept)) {
        there ??= await drawer()
        const ways = []
        for (const how of form === 'wide' ? ['wide', 'narrow'] : ['narrow'])
          for (const way of [source, standing(source)]) ways.push(await there.draw(way, how))
        const narrowest = [...ways].sort((a, b) => widthOf(a) - widthOf(b))[0]
        writeFileSync(kept, (form === 'wide' && ways.find((svg) => widthOf(svg) <= COLUMN)) || narrowest)
      }
      drawn.set(form + source, readFileSync(kept, 'utf8'))
    }
  await there?.browser.close()
}

async function drawer() {
  const opened = await browser()
  const sheet = await opened.newPage()
  await sheet.setContent(
    `<style>@font-face{font-family:Text;src:url(data:font/woff2;base64,${file(FONT).toString('base64')})}body{font:16px/1.5 Text}</style><p>ready</p>`,
  )
  await sheet.evaluate(() => document.fonts.load('16px Text'))
  await sheet.addScriptTag({ content: file('node_modules/mermaid/dist/mermaid.min.js').toString() })
  let n = 0
  const draw = async (source, form) => {
    const svg = await sheet.evaluate(
      async ([id, source, look]) => {
        globalThis.mermaid.initialize(look)
        const drawing = document.createElement('div')
        drawing.innerHTML = (await globalThis.mermaid.render(id, source)).svg
        // The title of a group stands on the arrows, not below them.
        for (const group of drawing.querySelectorAll('.root'))
          group.append(...group.querySelectorAll(':scope > .clusters .cluster-label'))
        return drawing.innerHTML
      },
      [`m${n++}`, source, { ...LOOK, ...FORMS[form] }],
    )
    return Object.entries(COLOURS).reduce((text, [colour, name]) => {
      const parts = [254, 0, 0].map((_, i) => parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16)).join(', ?')
      return text.replaceAll(RegExp(`${colour}|rgba?\\(${parts}(, ?[\\d.]+)?\\)`, 'gi'), `var(${name})`)
    }, svg)
  }
  return { browser: opened, draw }
}

let count = 0
export function picture(source, told) {
  const forms = Object.keys(FORMS).map((form) => {
    const id = `picture-${count++}`
    const svg = drawn.get(form + source)
    if (!svg) throw Error(`not drawn: ${source}`)
    const old = svg.match(/ id="(\w+)"/)[1]
    return `<div class="${form}" style="max-width:${widthOf(svg)}px">${svg.replaceAll(RegExp(`\\b${old}\\b`, 'g'), id)}</div>`
  })
  return `<figure class="picture" role="img" aria-label="${escape(source.match(/^\s*accDescr: (.*)$/m)?.[1] ?? told)}">${forms.join('')}</figure>\n`
}
