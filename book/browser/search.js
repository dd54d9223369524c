// The search: loaded when it is asked for.
import MiniSearch from './minisearch.js'

let box
let all

// Chinese has no spaces: each two characters that stand together are a word, and the last one alone is the
// beginning of one. A name with underscores is a word, and so is each of its parts.
const HAN = /^\p{Script=Han}/u
const tokenize = (text) =>
  (
    text.match(/\p{Script=Han}+|[^\p{Script=Han}\s\p{P}\p{S}]+(_+[^\p{Script=Han}\s\p{P}\p{S}]+)*/gu) ?? []
  ).flatMap((word) => (HAN.test(word) ? [...word].map((one, n, all) => one + (all[n + 1] ?? '')) : word))
const withParts = (text) =>
  tokenize(text).flatMap((word) => (word.includes('_') ? [word, ...word.split(/_+/)] : word))

// What questions are made of, whatever they ask for: not looked for, unless there is nothing else.
const ASKING = new RegExp(
  `怎么办?|怎样|如何|什么|为何|可以|能否|是否|吗|呢|的|了|\\b(${(
    'a after an and are as at be before but by can could do does for from has have how i if in into is it its ' +
    "me my no not of on or should so that the there this to was what when where which who why will with you your " +
    "can't doesn't don't isn't won't"
  ).replaceAll(' ', '|')})(?![\\w'])`,
  'gi',
)
function asked(text) {
  const words = tokenize(text.replace(ASKING, ' ')).filter((word) => !HAN.test(word) || word.length > 1)
  return words.length ? words : tokenize(text)
}

// The ending of an English word does not count: close, closes, closed, closing.
const stem = (word) =>
  word.includes('_')
    ? word.toLowerCase()
    : word
        .toLowerCase()
        .replace(/([a-z]{2}[a-rt-z])s$/, '$1')
        .replace(/([a-z]{3})(ing|ed|e)$/, '$1')

export async function ask(base, lang, words) {
  box ??= make(words)
  box.showModal()
  const input = box.querySelector('input')
  input.select()
  if (!all) {
    const sections = await (await fetch(`${base}search.${lang}.json`)).json()
    all = new MiniSearch({
      idField: 'url',
      fields: ['title', 'page', 'text'],
      storeFields: ['title', 'page', 'text', 'weight'],
      tokenize: withParts,
      processTerm: stem,
      searchOptions: { tokenize: asked },
    })
    all.addAll(sections)
  }
  input.oninput = () => list(box.querySelector('ol'), input.value, words)
  input.oninput()
}

function make(words) {
  document.body.insertAdjacentHTML(
    'beforeend',
    '<dialog class="search"><form method="dialog"><input type="search" autocomplete="off"></form><ol></ol></dialog>',
  )
  const dialog = document.querySelector('dialog.search')
  const input = dialog.querySelector('input')
  input.placeholder = words.searchFor
  input.setAttribute('aria-label', words.searchFor)
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close())
  dialog.addEventListener('keydown', (event) => {
    const links = [...dialog.querySelectorAll('a')]
    const n = links.indexOf(document.activeElement) + { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!Number.isNaN(n)) {
      event.preventDefault()
      ;(links[n] ?? input).focus()
    }
    if (event.key === 'Enter' && event.target === input) {
      event.preventDefault()
      links[0]?.click()
    }
  })
  return dialog
}

// The 130 characters that show most of what was asked. They begin with a sentence where that shows as much,
// else with a word or behind a Chinese mark, and end with a word.
function excerpt(body, terms) {
  const lower = body.toLowerCase()
  let best = { shows: -1, at: 0 }
  for (const { 1: before, index } of body.matchAll(/(^|[.!?:] |[。！？；：，、\s])\S/g)) {
    const at = index + before.length
    const shown = lower.slice(at, at + 130)
    const shows = terms.filter((term) => shown.includes(term)).length + (/^[，、\s]$/.test(before) ? 0 : 0.5)
    if (shows > best.shows) best = { shows, at }
  }
  const [shown] = body.slice(best.at).match(/^.{0,130}(?!\w)|^.{130}/)
  return `${best.at ? '…' : ''}${shown.trim()}${best.at + shown.length < body.length ? '…' : ''}`
}

function list(place, text, words) {
  const found = all
    .search(text, {
      prefix: true,
      fuzzy: (word) => (word.length > 4 && /^\w+$/.test(word) ? 0.15 : false),
      boost: { title: 4 },
      boostDocument: (url, word, { weight }) => weight,
    })
    .slice(0, 12)
  place.replaceChildren(
    ...found.map(({ id, title, page, text: body, terms }) => {
      const item = document.createElement('li')
      item.innerHTML = '<a><b></b> <small></small><span></span></a>'
      const [link, head, where, some] = item.querySelectorAll('a, b, small, span')
      link.href = id
      link.onclick = () => place.closest('dialog').close()
      head.textContent = title
      where.textContent = page === title ? '' : page
      some.textContent = excerpt(body, terms)
      return item
    }),
  )
  if (!found.length && text) place.textContent = words.nothing
}
