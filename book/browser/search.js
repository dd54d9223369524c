// The search: loaded when it is asked for.
import MiniSearch from './minisearch.js'

let box
let all

// Chinese has no spaces: each character is a word. A name with underscores is one word.
const tokenize = (text) =>
  text.match(/\p{Script=Han}|[^\p{Script=Han}\s\p{P}\p{S}]+(_+[^\p{Script=Han}\s\p{P}\p{S}]+)*/gu) ?? []

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
      tokenize,
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

function list(place, text, words) {
  const found = all
    .search(text, {
      prefix: true,
      fuzzy: (word) => (word.length > 4 && /^\w+$/.test(word) ? 0.15 : false),
      combineWith: 'AND',
      boost: { title: 4, page: 2 },
      boostDocument: (url, word, { weight }) => weight,
    })
    .slice(0, 12)
  place.replaceChildren(
    ...found.map(({ id, title, page, text: body, terms }) => {
      const at = Math.max(
        0,
        Math.min(...terms.map((term) => body.toLowerCase().indexOf(term)).filter((n) => n >= 0)) - 40,
      )
      const item = document.createElement('li')
      item.innerHTML = '<a><b></b> <small></small><span></span></a>'
      const [link, head, where, some] = item.querySelectorAll('a, b, small, span')
      link.href = id
      link.onclick = () => place.closest('dialog').close()
      head.textContent = title
      where.textContent = page === title ? '' : page
      some.textContent = `${at ? '…' : ''}${body.slice(at || 0, (at || 0) + 130)}…`
      return item
    }),
  )
  if (!found.length && text) place.textContent = words.nothing
}
