// The first page: what this is, the loop in motion, the way in; then the text of the README.
import { BASE, REPOSITORY, addressFrom, exists } from './addresses.js'
import { escape } from './code.js'
import { figure } from './figures.js'
import { STEPS, facts, origins, read, readmeOf, steps } from './ladder.js'
import { addressOf } from './addresses.js'
import { render, terminal } from './markdown.js'
import { words } from './words.js'

const MOVING = 'story/figures/two-clients'

export function home(path, lang) {
  const w = words[lang]
  const svg = [`${MOVING}.${lang}.svg`, `${MOVING}.svg`].find(exists)
  const html = render(read(path).replace(/^.*\n/, '\n'), { lang, path })
  const moving =
    html.match(/<figure class="story"[^]*?<\/figure>\n/)?.[0] ?? (svg ? figure(BASE + svg, '', lang) : '')
  const [, intro, rest] = html
    .replace(moving, '')
    .replace(/<h1[^]*?<\/h1>/, '')
    .match(/^([^]*?)(<h2[^]*)$/)
  const clone = REPOSITORY
    ? terminal(
        `$ git clone ${REPOSITORY}\n$ cd ${REPOSITORY.replace(/\.git$/, '')
          .split('/')
          .pop()}\n`,
        { title: w.getIt },
        lang,
      )
    : ''
  return (
    `<section class="hero"><div><h1>${escape(facts.pages[path].title)}</h1>${w.opening.map((sentence) => `<p>${sentence}</p>`).join('')}` +
    `<p class="begin"><a href="${addressOf(readmeOf(1, lang))}">${w.begin}</a>${REPOSITORY ? ` <a class="second" href="${REPOSITORY.replace(/\.git$/, '')}">${w.repository}</a>` : ''}</p>${clone}</div>` +
    `<div class="moving">${moving}</div></section>${stairs(path, lang)}<div class="words">${intro.replace(/<figure class="picture"[^]*?<\/figure>/, '')}${rest}</div>`
  )
}

// The ladder: a stair for each step, as high as its program is long.
function stairs(path, lang) {
  const w = words[lang]
  const concepts = new Map(
    [...read(path).matchAll(/^\| \[(\d)\]\([^)]*\) \| (.*?) \|/gm)].map(([, step, concept]) => [
      Number(step),
      concept,
    ]),
  )
  const most = origins(STEPS.length).length
  return `<nav class="stairs" aria-label="${w.ladder}"><ol>${steps
    .map((step) => {
      const lines = origins(step)
      const added = lines.filter((origin) => origin.step === step).length
      return (
        `<li><a href="${addressOf(readmeOf(step, lang))}" data-page style="--old:${((100 * (lines.length - added)) / most).toFixed(1)}%;--new:${((100 * added) / most).toFixed(1)}%">` +
        `<span class="bar" aria-hidden="true"></span><b>${step}</b> ${escape(concepts.get(step)?.replaceAll('`', '') ?? facts.pages[readmeOf(step, lang)].title)} <small>${lines.length} <ins>+${added}</ins></small></a></li>`
      )
    })
    .join('')}</ol></nav>\n`
}
