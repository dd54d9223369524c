// The figures in motion. story/ makes a moving picture of each, and its moments beside it as JSON.
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { BASE, exists } from './addresses.js'
import { coloured, escape } from './code.js'
import { ROOT, linesOf, read } from './ladder.js'
import { words } from './words.js'

const made = new Map() // address -> what stands there: makes them after all pages

export const filesOfFigures = () => made

// The figure of a picture, if there are moments beside it. Without a script it is a strip of all moments.
export function figure(address, told, lang) {
  const path = address.slice(BASE.length)
  const json = path.replace(/\.svg$/, '.json')
  if (!path.endsWith('.svg') || !exists(json)) return
  const story = JSON.parse(read(json))
  const name = path.match(/([^/]+?)(\.[\w-]+)?\.svg$/)[1]
  made.set(path, read(path))
  made.set(
    json,
    JSON.stringify({
      ...story,
      light: variables(story.light),
      dark: variables(story.dark),
      code: code(story),
    }),
  )
  made.set(path.replace(/\.svg$/, '.strip.svg'), strip(story))
  const w = words[lang]
  const threads = new Set(story.moments.flatMap(({ parts }) => Object.keys(parts).filter((key) => key.startsWith('thread')))).size
  const longest = story.moments.map(({ caption }) => caption).reduce((a, b) => (b.length > a.length ? b : a))
  const f = w.figure
  const moments = story.moments
    .map(
      ({ caption }, i) =>
        `<li><img loading="lazy" alt="" width="${story.width}" height="${story.height}" ` +
        `src="${BASE}${path.replace(/\.svg$/, '.strip.svg')}#svgView(viewBox(0,${i * story.height},${story.width},${story.height}))">` +
        `<p>${marked(caption)}</p></li>`,
    )
    .join('')
  return (
    `<figure class="story" id="${name}" data-story="${BASE}${json}" data-program="${escape(story.experiment ? '' : story.program)}" aria-label="${escape(story.title)}">` +
    `<img src="${address}" alt="${escape(told)}" width="700" height="${Math.round((700 * (story.height + 109)) / story.width)}">` +
    // What figure.js fills: here already, so that the page doesn't grow when it comes.
    `<figcaption><b>${escape(story.title)}</b><span class="at">1 ${f.of} ${story.moments.length}</span></figcaption><div class="stage" style="aspect-ratio:${story.width}/${story.height}"></div>` +
    `<div class="told" aria-live="polite"><p></p><span aria-hidden="true">${marked(longest)}</span></div>${story.experiment ? '' : '<div class="peek"></div>'}` +
    `<svg class="sky" role="img" aria-label="${f.turns}" viewBox="0 0 600 ${threads > 1 ? threads * 16 + 6 : 60}"></svg><div class="hands">` +
    `<button data-go="first" aria-label="${f.first}">⇤</button><button data-go="back" aria-label="${f.back}">←</button>` +
    `<button data-go="forward" class="main">${f.forward} →</button><button data-go="play" aria-label="${f.play}">▶</button><small>${f.keys}</small></div>` +
    `<noscript><details><summary>${w.allMoments}</summary><ol class="strip">${moments}</ol></details></noscript></figure>\n`
  )
}

export const marked = (caption) =>
  escape(caption)
    .replace(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replace(/`(.+?)`/g, '<code>$1</code>')

const variables = (colours) =>
  Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';')

// The program's lines at which a thread is in the story, and some around each: their HTML by number.
function code({ program, moments, experiment }) {
  if (experiment) return {}
  const all = linesOf(readFileSync(ROOT + program, 'utf8'))
  const html = coloured(all.join('\n'), 'c')
  const wanted = moments
    .flatMap(({ lines }) => Object.values(lines))
    .map((place) => Number(place.split(':').pop()))
  return Object.fromEntries(
    wanted
      .flatMap((n) => [n - 1, n, n + 1])
      .filter((n) => html[n - 1] !== undefined)
      .map((n) => [n, html[n - 1]]),
  )
}

// All moments, one below the other.
function strip({ width, height, light, dark, style, stage, looks, moments }) {
  const pictures = moments.map(
    ({ parts }, i) =>
      `<g transform="translate(0 ${i * height})"><use href="#stage"/>` +
      Object.values(parts)
        .map(([look, x, y]) => `<use href="#l${look}" x="${x}" y="${y}"/>`)
        .join('') +
      '</g>',
  )
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="story" viewBox="0 0 ${width} ${height * moments.length}"><style>:root{${variables(light)}}` +
    `@media(prefers-color-scheme:dark){:root{${variables(dark)}}}${style}</style><defs><g id="stage">${stage}</g>` +
    looks.map((look, i) => `<g id="l${i}">${look}</g>`).join('') +
    `</defs>${pictures.join('')}</svg>\n`
  )
}
