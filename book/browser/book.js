// What a page does in the browser: the program follows the text, keys turn the page, what was read is
// remembered. Figures and the search are loaded where they are wanted.
const root = document.documentElement
const { base, words: told } = document.body.dataset
const words = JSON.parse(told)
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches
const wide = matchMedia('(min-width: 1100px)')
const $ = (selector) => document.querySelector(selector)
const $$ = (selector) => [...document.querySelectorAll(selector)]

// The program beside the text

const program = $('.program')
const pane = $('.rows')
const row = (n) => document.getElementById(`L${n}`)

// What the program shows: { at: an element of the text, rows: [[first, last]], cut, put, run }
let shown
let paper = false // being printed: nothing is read there
function show(view) {
  if (
    !program ||
    paper ||
    (shown &&
      JSON.stringify(view.rows) === JSON.stringify(shown.rows) &&
      view.at === shown.at &&
      JSON.stringify(view.run) === JSON.stringify(shown.run))
  )
    return
  shown = view
  $$('.row.put').forEach((line) => line.remove())
  $$('.row.lit, .row.cut, .row.run').forEach((line) => line.classList.remove('lit', 'cut', 'run'))
  $$('.reading').forEach((place) => place.classList.remove('reading'))
  view.at?.classList.add('reading')
  for (const [first, last] of view.rows ?? [])
    for (let n = first; n <= last; n++) row(n)?.classList.add('lit')
  for (const n of view.cut ?? []) row(n).classList.add('cut')
  for (const [before, html, deep] of view.put ?? []) {
    const line = document.createElement('div')
    line.className = 'row put'
    line.innerHTML = `<a><b>+</b></a><code class="${deep}">${html}</code>`
    row(before).before(line)
  }
  for (const n of view.run ?? []) row(n)?.classList.add('run')
  reveal($('.row:is(.run, .cut, .put, .lit)'))
}

function reveal(line) {
  if (!line || !pane.clientHeight) return // folded away
  const { top, bottom } = line.getBoundingClientRect()
  const seen = pane.getBoundingClientRect()
  if (top > seen.top + 60 && bottom < seen.bottom - 120 && !line.matches('.lit')) return
  pane.scrollTo({ top: line.offsetTop - pane.clientHeight / 3, behavior: calm() ? 'auto' : 'smooth' })
}

const pairs = (text) => text.split(' ').map((pair) => pair.split('-').map(Number))

function viewOf(place) {
  if (place.dataset.rows) return { at: place, rows: pairs(place.dataset.rows) }
  const lines = [...place.querySelectorAll('.line')]
  const html = (i) => lines[i].innerHTML.replace(/^<b>.<\/b>/, '').replace(/\n$/, '')
  const put = place.dataset.put
    .split(' ')
    .filter(Boolean)
    .map((pair) => pair.split(':').map(Number))
    .map(([before, i]) => [before, html(i), lines[i].classList[1]])
  return { at: place, cut: place.dataset.cut.split(' ').filter(Boolean).map(Number), put }
}

// Being read is the last place above the line that the eye is at; at the end of a page the eye goes down.
const places = () =>
  $$('main [data-rows], main [data-put], main figure.story[data-at]').filter((place) => place.offsetParent)
let eyed // the place that the eye was at
function read() {
  const end = root.scrollHeight - innerHeight
  const down = Math.min(1, Math.max(0, (scrollY - end + innerHeight) / innerHeight))
  const eye = innerHeight * (0.38 + 0.55 * down)
  const place = scrollY > 60 && places().findLast((place) => place.getBoundingClientRect().top < eye)
  // A page that grows above the window scrolls, too, but nobody reads on: what the pointer rests on stays.
  const rests = place === eyed && shown?.at?.matches(':hover')
  eyed = place
  if (rests) return
  if (place && place.matches('.story')) place.dispatchEvent(new Event('light'))
  else show(place ? viewOf(place) : { rows: pairs(program.dataset.start) })
}

let waiting
function follow() {
  waiting ??= requestAnimationFrame(() => {
    waiting = null
    if (program && !pane.matches(':hover')) read()
    if (scrollY + innerHeight > root.scrollHeight - 400) remember()
  })
}
if (program) {
  // A thread that is in no callback is in the loop.
  const loops = $$('.row[id]')
    .filter((line) => line.textContent.includes('event_base_dispatch('))
    .map((line) => Number(line.id.slice(1)))
  addEventListener(
    'story',
    ({ detail }) =>
      detail.program === program.dataset.program &&
      show({ ...detail, run: detail.run.length ? detail.run : loops }),
  )
  // A line under the pointer shows which excerpt has it.
  pane.addEventListener('pointerover', ({ target }) => {
    const n = Number(target.closest('.row[id]')?.id.slice(1))
    $$('.pointed').forEach((place) => place.classList.remove('pointed'))
    if (n)
      $$('.explained')
        .filter((place) => pairs(place.dataset.rows).some(([a, b]) => a <= n && n <= b))
        .forEach((place) => place.classList.add('pointed'))
  })
  pane.addEventListener('pointerleave', () =>
    $$('.pointed').forEach((place) => place.classList.remove('pointed')),
  )
}
addEventListener('pointerover', ({ target }) => {
  const place = program && target.closest?.('main .explained, main .change[data-put]')
  if (place) show(viewOf(place))
})
addEventListener('scroll', follow, { passive: true })

const fold = () => {
  if (program && !paper) program.open = wide.matches
}
wide.addEventListener('change', fold)
fold()

// Shows the place that the address names.
function mark() {
  $$('.found').forEach((place) => place.classList.remove('found'))
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  for (
    let around = place?.closest('details:not([open])');
    around;
    around = around.parentElement.closest('details:not([open])')
  ) {
    around.open = true
    place.scrollIntoView()
  }
  if (place?.matches('.explained, td')) place.classList.add('found')
  if (program && place?.matches('.explained')) show(viewOf(place))
  if (program && place?.matches('.row'))
    show({ rows: [[Number(place.id.slice(1)), Number(place.id.slice(1))]] })
}
addEventListener('hashchange', mark)

addEventListener('click', (event) => {
  const { target } = event
  const toProgram = target.closest('a.place')
  const line = target.closest('.row[id]')
  const copy = target.closest('button.commands')
  if (!target.closest('.side, a.menu') || target.closest('.heads a')) root.classList.remove('contents')
  if (toProgram && program) {
    event.preventDefault()
    program.open = true
    const view = viewOf(toProgram.closest('.explained'))
    shown = null
    show(view)
    if (!event.detail) row(view.rows[0][0]).querySelector('a').focus({ preventScroll: true }) // from the keyboard
  } else if (copy) {
    const commands = [...copy.closest('.terminal').querySelectorAll('kbd')].map((line) => line.textContent)
    navigator.clipboard.writeText(commands.join('\n') + '\n').then(() => {
      copy.classList.add('copied')
      setTimeout(() => copy.classList.remove('copied'), 2000)
    })
  } else if (line && getSelection().isCollapsed) {
    if (!target.closest('a')) line.querySelector('a').click()
    else fold()
  } else if (target.closest('a.twin')) {
    sessionStorage.place = nearest() // the other language has the same places
  } else if (target.closest('button.theme')) {
    localStorage.theme = root.classList.toggle('dark') ? 'dark' : 'light'
    dispatchEvent(new Event('theme'))
  } else if (target.closest('button.search')) {
    search()
  } else if (
    target.closest('a.menu, a.close') ||
    (target.closest('.side a') && !target.closest('.heads a'))
  ) {
    if (target.closest('a.menu, a.close')) event.preventDefault()
    root.classList.toggle(
      'contents',
      Boolean(target.closest('a.menu')) && !root.classList.contains('contents'),
    )
  }
})

// Which heading, excerpt, terminal or figure is read: its number, and how far below it the window begins.
const landmarks = () =>
  $$('main :is(h1, h2, h3, .explained, .terminal, .story)').filter((place) => !place.closest('details'))
function nearest() {
  const heads = landmarks()
  const n = Math.max(
    0,
    heads.findLastIndex((head) => head.getBoundingClientRect().top < 120),
  )
  return `${n} ${heads[n].getBoundingClientRect().top}`
}
if (sessionStorage.place) {
  const [n, top] = sessionStorage.place.split(' ').map(Number)
  sessionStorage.removeItem('place')
  const head = landmarks()[n]
  if (head && !location.hash)
    scrollTo({ top: head.getBoundingClientRect().top + scrollY - Math.max(top, -400), behavior: 'instant' })
}

// The program stays where it was when one comes back.
addEventListener('pagehide', () => {
  if (pane) sessionStorage[`pane ${location.pathname}`] = pane.scrollTop
})

// Keys

addEventListener('keydown', (event) => {
  const { key, target } = event
  if (event.ctrlKey && key === 'k') return (event.preventDefault(), search())
  if (event.altKey || event.ctrlKey || event.metaKey || target.closest('input, textarea, select, dialog'))
    return
  const line = target.closest('.row[id]')
  const next =
    line &&
    { ArrowDown: row(Number(line.id.slice(1)) + 1), ArrowUp: row(Number(line.id.slice(1)) - 1) }[key]
  if (next) {
    // the arrow keys walk along the lines, so that Tab need not
    event.preventDefault()
    line.querySelector('a').tabIndex = -1
    next.querySelector('a').tabIndex = 0
    next.querySelector('a').focus()
  } else if (key === '/') {
    event.preventDefault()
    search()
  } else if (key === 'Escape') {
    root.classList.remove('contents')
  } else if (!event.defaultPrevented && !event.shiftKey && !target.closest('pre, .table, .rows, .story')) {
    $({ ArrowLeft: 'a.prev', ArrowRight: 'a.next' }[key] ?? 'nothing')?.click()
  }
})

// What was read to its end is remembered, in this browser.
const wasRead = () => JSON.parse(localStorage.read ?? '[]')
const pathOf = (url) => new URL(url, location).pathname.replace(base, '/')
function remember() {
  const here = pathOf(location.href)
  if (!wasRead().includes(here)) localStorage.read = JSON.stringify([...wasRead(), here])
}
for (const link of $$('a[data-page]'))
  if (wasRead().includes(pathOf(link.href))) {
    link.classList.add('was-read')
    link.setAttribute('aria-description', words.wasRead)
  }

// Figures, search, paper

const stories = $$('figure.story')
if (stories.length) {
  const seen = new IntersectionObserver(
    (entries) =>
      entries
        .filter(({ isIntersecting }) => isIntersecting)
        .forEach(({ target }) => {
          seen.unobserve(target)
          import('./figure.js')
            .then(({ step }) => step(target, words))
            .then(follow) // it is lit if it is read
        }),
    { rootMargin: '600px' },
  )
  stories.forEach((story) => seen.observe(story))
  const [, name] = location.hash.match(/^#([\w-]+):\d+$/) ?? []
  if (name) document.getElementById(name)?.scrollIntoView({ block: 'center' })
}

async function search() {
  const { ask } = await import('./search.js')
  ask(base, root.lang, words)
}

addEventListener('beforeprint', () => {
  root.classList.remove('dark') // paper is white
  show({})
  paper = true
  $$('main details, details.program').forEach((fold) => {
    fold.open = true
  })
})
addEventListener('afterprint', () => {
  paper = false
  root.classList.toggle(
    'dark',
    (localStorage.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) ===
      'dark',
  )
  fold()
  follow()
})

mark()
follow()
const before = sessionStorage[`pane ${location.pathname}`]
if (pane && before && performance.getEntriesByType('navigation')[0]?.type === 'back_forward')
  requestAnimationFrame(() => pane.scrollTo(0, Number(before)))
