// The two panes of a step's page: the text and its program lead to each other.
const wide = () => matchMedia('(min-width: 1200px)')

const program = () => document.querySelector('.program')
const excerpts = () => [...document.querySelectorAll('.explained')]

export function listen(isDark) {
  addEventListener('click', onClick)
  addEventListener('pointerover', onPointer)
  addEventListener('focusin', onPointer)
  addEventListener('keydown', onKey)
  addEventListener('scroll', onScroll, { passive: true })
  addEventListener('hashchange', mark)
  addEventListener('beforeprint', () => {
    document.documentElement.classList.remove('dark') // paper is white
    document.querySelectorAll('.vp-doc details').forEach((fold) => { fold.open = true })
  })
  addEventListener('afterprint', () => document.documentElement.classList.toggle('dark', isDark()))
  wide().addEventListener('change', fold)
}

// A page has come.
export function arrive() {
  document.documentElement.classList.add('script')
  fold()
  mark()
  onScroll()
}

function fold() {
  if (program()) program().open = wide().matches
}

// Shows the place that the address names: :target does not follow a script's navigation.
function mark() {
  document.querySelectorAll('.found').forEach((place) => place.classList.remove('found'))
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (place?.matches('.explained, td')) {
    place.classList.add('found')
    const around = place.closest('details:not([open])')
    if (around) {
      around.open = true
      place.scrollIntoView()
    }
  }
  if (place?.matches('.explained')) show(...rowsOf(place))
  if (place?.matches('.row')) {
    program().open = true
    show(place, place)
  }
}

function onClick(event) {
  const { target } = event
  const toProgram = target.closest('a.place')
  const row = target.closest('.row')
  const copy = target.closest('button.commands')
  if (toProgram) {
    event.preventDefault()
    program().open = true
    show(...rowsOf(toProgram.closest('.explained')), true)
  } else if (copy) {
    copyCommands(copy)
  } else if (row) {
    if (!target.closest('a') && getSelection().isCollapsed) row.querySelector('a').click()
    else if (target.closest('a')) fold()
  }
}

// The arrow keys walk along the lines, so that Tab need not.
function onKey(event) {
  const row = event.target.closest?.('.row')
  const next = row && { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key]
  if (!next) return
  event.preventDefault()
  row.querySelector('a').tabIndex = -1
  next.querySelector('a').tabIndex = 0
  next.querySelector('a').focus()
}

function onPointer({ target }) {
  const excerpt = target.closest?.('.explained')
  if (excerpt) show(...rowsOf(excerpt))
}

// Being read is the last excerpt that begins in the upper half.
let waiting
function onScroll() {
  waiting ??= requestAnimationFrame(() => {
    waiting = null
    if (!program() || program().matches(':hover, :focus-within')) return
    const read = document.querySelector('.explained:hover') ?? excerpts().findLast((excerpt) => {
      const { top, height } = excerpt.getBoundingClientRect()
      return height && top < innerHeight / 2
    })
    if (read) show(...rowsOf(read))
  })
}

const rowsOf = ({ dataset }) => [dataset.first, dataset.last].map((n) => document.getElementById(`L${n}`))

let shown
function show(first, last, focus = false) {
  if (first !== shown || focus) {
    shown = first
    document.querySelectorAll('.row.lit').forEach((row) => row.classList.remove('lit'))
    for (let row = first; ; row = row.nextElementSibling) {
      row.classList.add('lit')
      if (row === last) break
    }
    const rows = first.parentElement
    rows.scrollTo({ top: first.offsetTop - rows.clientHeight / 3, behavior: calm() ? 'auto' : 'smooth' })
  }
  if (focus) first.querySelector('a').focus({ preventScroll: true })
}

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches

async function copyCommands(button) {
  const commands = [...button.closest('.terminal').querySelectorAll('kbd')].map((line) => line.textContent)
  await navigator.clipboard.writeText(commands.join('\n') + '\n')
  button.classList.add('copied')
  setTimeout(() => button.classList.remove('copied'), 2000)
}
