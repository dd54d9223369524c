// The frame around each page: what browsers and search engines are told, the bar, the contents, the way on.
import { BASE, SITE, addressOf, at, urlOf } from './addresses.js'
import { escape } from './code.js'
import { STEPS, facts, readmeOf, steps, textIn } from './ladder.js'
import { words } from './words.js'

export const LANGUAGES = Object.keys(words)

// Texts for readers have a Chinese twin, or lie in docs/; the others are for those who write them.
const readers = (lang) =>
  Object.keys(facts.pages)
    .filter(
      (path) =>
        facts.pages[path].language === 'en' &&
        (facts.pages[path].twin || path.startsWith('docs/')) &&
        path !== 'README.md' &&
        !STEPS.some((step) => path.startsWith(step)),
    )
    .sort(
      (a, b) =>
        b.startsWith('exercises') - a.startsWith('exercises') ||
        b.startsWith('docs') - a.startsWith('docs') ||
        a.localeCompare(b),
    )
    .map((path) => textIn(path.replace(/\.md$/, ''), lang))

// In the order in which they are read: [{ title, url, step? }]
export function contents(lang) {
  const text = (path) => ({ title: facts.pages[path].title, url: addressOf(path) })
  const [exercises, ...rest] = readers(lang).map(text)
  return {
    home: text(textIn('README', lang)),
    steps: steps.map((step) => ({ ...text(readmeOf(step, lang)), step })),
    more: [exercises, { title: words[lang].diffs, url: urlOf(at(lang, 'diff/index.html')) }, ...rest],
  }
}

const link = ({ title, url }, here, extra = '') =>
  `<a href="${url}"${url === here ? ' aria-current="page"' : ''}${extra}>${escape(title)}</a>`

// { lang, page, title, description, body, step?, sections?, twins, kind, among? }: among are the pages that it
// stands between, [{ title, url }], if it is none of contents().
export function frame({ lang, page, title, description, body, step, sections = [], twins, kind = 'text', among }) {
  description = description.replace(/\s+/g, ' ')
  const w = words[lang]
  const url = urlOf(page)
  const all = contents(lang)
  const order = among ?? [all.home, ...all.steps, ...all.more]
  const n = order.findIndex((one) => one.url === url)
  const [previous, next] = n < 0 ? [] : [order[n - 1], order[n + 1]]
  const heads = sections
    .map(
      ({ level, title, anchor }) =>
        `<li class="h${level}"><a href="#${anchor}">${escape(title.replaceAll('`', ''))}</a></li>`,
    )
    .join('')
  const contentsOf = (list) =>
    list
      .map(
        (one) =>
          `<li>${link(one, url, ' data-page')}${one.url === url && heads ? `<ol class="heads">${heads}</ol>` : ''}</li>`,
      )
      .join('')
  const absolute = (address) => SITE + address
  const alternates = [{ lang, url }, ...twins]
    .map((twin) => `<link rel="alternate" hreflang="${twin.lang}" href="${absolute(twin.url)}">`)
    .join('')
  const whole = title === all.home.title ? title : `${title} | ${all.home.title}`
  const way = (to, name, key) =>
    to
      ? `<a class="${key}" rel="${key}" href="${to.url}"><small>${name}</small>${escape(to.title)}</a>`
      : '<span></span>'
  return `<!doctype html>
<html lang="${lang}" class="${kind}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(whole)}</title>
<meta name="description" content="${escape(description)}">
<meta property="og:title" content="${escape(title)}"><meta property="og:description" content="${escape(description)}"><meta property="og:type" content="article">
<meta property="og:image" content="${absolute(`${BASE}card.png`)}"><meta property="og:locale" content="${lang.replace('-', '_')}">
${SITE ? `<link rel="canonical" href="${absolute(url)}"><meta property="og:url" content="${absolute(url)}">` : ''}${twins.length ? alternates : ''}
<link rel="icon" href="${BASE}icon.svg" type="image/svg+xml">
<script>document.documentElement.classList.add('script');(localStorage.theme||(matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light'))==='dark'&&document.documentElement.classList.add('dark')</script>
<link rel="stylesheet" href="${BASE}style.css"><script type="module" src="${BASE}book.js"></script>
</head>
<body data-base="${BASE}" data-words="${escape(JSON.stringify({ ...w.figure, searchFor: w.searchFor, nothing: w.nothing, wasRead: w.wasRead }))}">
<a class="skip" href="#text">${w.toText}</a>${step ? `<a class="skip" href="#program">${w.toProgram}</a>` : ''}
<header class="bar"><a class="menu" href="#contents" aria-label="${w.contents}"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1 3h14M1 8h14M1 13h14"/></svg></a>
<a class="brand" href="${all.home.url}" aria-label="${escape(all.home.title)}"><img src="${BASE}icon.svg" alt="" width="26" height="26"><span>${escape(all.home.title)}</span></a>
<nav class="way" aria-label="${w.steps}">${all.steps.map((one) => link({ ...one, title: String(one.step) }, url, ` data-page title="${escape(one.title)}"`)).join('')}</nav>
${step ? `<span class="place">${w.stepOf(step, STEPS.length)}</span>` : ''}
<div class="tools"><a class="exercises" href="${all.more[0].url}">${w.exercises}</a><button class="search" aria-keyshortcuts="/"><span>${w.search}</span> <kbd>/</kbd></button>
${twins.map((twin) => `<a class="twin" href="${twin.url}" lang="${twin.lang}" hreflang="${twin.lang}">${words[twin.lang].name}</a>`).join('')}
<button class="theme" aria-label="${w.theme}"><svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.2"/><path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z"/></svg></button></div></header>
<div class="sheet">
<nav class="side" id="contents" aria-label="${w.contents}"><a class="close" href="#text" aria-label="${w.toText}">✕</a>
<ol>${contentsOf([all.home])}</ol><p>${w.steps}</p><ol>${contentsOf(all.steps)}</ol><p>${w.more}</p><ol>${contentsOf(all.more)}</ol>${n < 0 && heads ? `<p>${w.onThisPage}</p><ol>${heads}</ol>` : ''}</nav>
<main id="text">${body}
${previous || next ? `<nav class="on" aria-label="${w.next}">${way(previous, w.previous, 'prev')}${way(next, w.next, 'next')}<p class="keys">${w.keys}</p></nav>` : ''}</main>
${step ? '<!--program-->' : ''}</div>
</body></html>
`
}
