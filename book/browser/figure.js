// A figure in motion: its moments one after another, by keys, by buttons, by itself, or by its skyline.
const SVG = 'http://www.w3.org/2000/svg'
const still = matchMedia('(prefers-reduced-motion: reduce)')
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const marked = (text) =>
  escape(text)
    .replace(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replace(/`(.+?)`/g, '<code>$1</code>')

export async function step(figure, words) {
  const response = await fetch(figure.dataset.story)
  if (!response.ok) return // the moving picture stays
  const story = await response.json()
  const { moments, width, height, looks } = story
  const name = figure.id
  figure.querySelector('img').hidden = true
  figure.classList.add('live')
  figure.tabIndex = 0
  figure.setAttribute('role', 'group')
  const part = (selector) => figure.querySelector(selector)

  // The drawing has a style of its own, which must not reach the page.
  const stage = part('.stage')
  const inside = stage.attachShadow({ mode: 'open' })
  inside.innerHTML =
    `<style>:host{${story.light}}:host(.dark){${story.dark}}svg{display:block;width:100%;height:auto}.p{transition:transform .5s cubic-bezier(.3,.8,.3,1)}` +
    `@media(prefers-reduced-motion:reduce){.p{transition:none}}${story.style}</style><svg class="story" viewBox="0 0 ${width} ${height}" role="img"><g>${story.stage}</g><g class="parts"></g></svg>`
  const parts = new Map() // what is there already moves, what is new appears where it is
  const shade = () => stage.classList.toggle('dark', document.documentElement.classList.contains('dark'))
  shade()
  addEventListener('theme', shade)

  // How high each thread is: in your code, in libevent, in the kernel.
  const threads = [...new Set(moments.flatMap((moment) => Object.keys(moment.parts)))]
    .filter((key) => key.startsWith('thread'))
    .sort()
  const level = (moment, thread) => {
    const y = moment.parts[thread]?.[2] ?? height
    return y < 108 ? 0 : y < 208 ? 1 : 2
  }
  const isTurn = moments.map(
    (moment, i) => i === 0 || (level(moment, threads[0]) === 2 && level(moments[i - 1], threads[0]) < 2),
  )

  let i = Math.min(moments.length, Number(location.hash.match(RegExp(`^#${name}:(\\d+)$`))?.[1] ?? 1)) - 1
  let timer

  function draw() {
    const moment = moments[i]
    for (const [key, g] of parts)
      if (!moment.parts[key]) {
        g.remove()
        parts.delete(key)
      }
    for (const [key, [look, x, y]] of Object.entries(moment.parts)) {
      let g = parts.get(key)
      if (!g) {
        g = document.createElementNS(SVG, 'g')
        g.setAttribute('class', 'p')
        parts.set(key, g)
        inside.querySelector('.parts').append(g)
      }
      if (g.look !== look) g.innerHTML = looks[(g.look = look)]
      g.style.transform = `translate(${x}px,${y}px)`
    }
    for (const [key, g] of parts)
      if (key.startsWith('thread'))
        g.parentNode.lastChild === g || threads.length > 1 || g.parentNode.append(g)
    inside.querySelector('svg').setAttribute('aria-label', moment.caption.replaceAll('**', ''))
    part('.told p').innerHTML = marked(moment.caption)
    part('.at').textContent = `${i + 1} ${words.of} ${moments.length}`
    part('[data-go=first]').disabled = part('[data-go=back]').disabled = i === 0
    part('[data-go=forward]').disabled = i === moments.length - 1
    figure.dataset.at = i + 1
    skyline()
    peek()
  }

  function skyline() {
    const rows = threads.length > 1 ? threads : [threads[0] ?? ''] // a chart has none
    const [unit, tall] = [600 / moments.length, rows.length > 1 ? 16 : 54]
    const y = (row, l) => row * tall + 8 + l * (rows.length > 1 ? 5 : 19)
    const sky = part('.sky')
    sky.innerHTML =
      isTurn
        .map((turn, k) =>
          turn && k ? `<path class="turn" d="M${k * unit} 0V${rows.length * tall + 6}"/>` : '',
        )
        .join('') +
      `<rect x="${i * unit}" width="${unit}" height="${rows.length * tall + 6}" class="here"/>` +
      rows
        .map(
          (thread, row) =>
            `<path class="way" d="${moments.map((moment, k) => `${k ? 'L' : 'M'}${k * unit + 3} ${y(row, level(moment, thread))}L${(k + 1) * unit - 3} ${y(row, level(moment, thread))}`).join('')}"/>`,
        )
        .join('')
  }

  // Where the threads are in the program: beside the text, or, where there is no room, below the figure.
  const running = () => Object.values(moments[i].lines).map((place) => Number(place.split(':').pop()))
  function light() {
    const { program } = figure.dataset
    if (program)
      dispatchEvent(new CustomEvent('story', { detail: { at: figure, run: running(), rows: [], program } }))
  }
  function peek() {
    if (!part('.peek')) return // an experiment's program is not here
    const run = running()
    const near = [...new Set(run.slice(0, 1).flatMap((n) => [n - 1, n, n + 1]))].filter(
      (n) => n in story.code,
    )
    part('.peek').innerHTML = near
      .map(
        (n) =>
          `<div class="row${run.includes(n) ? ' run' : ''}"><b>${n}</b><code>${story.code[n]}</code></div>`,
      )
      .join('')
  }
  figure.addEventListener('light', light)

  function go(to, byHand = true) {
    i = Math.max(0, Math.min(moments.length - 1, to))
    draw()
    // What plays out of sight leaves the program to what is read.
    if (byHand || figure.matches('.reading')) light()
    if (byHand) history.replaceState(history.state, '', `#${name}:${i + 1}`)
  }
  const turn = (by) => {
    let k = i + by
    while (k > 0 && k < moments.length - 1 && !isTurn[k]) k += by
    return k
  }
  function play(on = !timer) {
    clearTimeout(timer)
    timer = null
    part('[data-go=play]').textContent = on ? '❚❚' : '▶'
    part('[data-go=play]').setAttribute('aria-label', on ? words.pause : words.play)
    if (!on) return
    light()
    const next = () => {
      timer = setTimeout(
        () => {
          if (i === moments.length - 1) return play(false)
          go(i + 1, false)
          next()
        },
        1200 + moments[i].caption.length * (/[^\x00-\xff]/.test(moments[i].caption.slice(0, 2)) ? 65 : 24),
      )
    }
    if (i === moments.length - 1) go(0, false)
    next()
  }
  const hands = { first: () => go(0), back: () => go(i - 1), forward: () => go(i + 1), play: () => play() }
  figure.addEventListener('click', ({ target, clientX }) => {
    const button = target.closest('[data-go]')
    if (button && button.dataset.go !== 'play') play(false)
    if (button) hands[button.dataset.go]()
    if (button?.disabled) figure.focus({ preventScroll: true }) // else the keys are the page's
    const sky = target.closest('.sky')
    if (sky) {
      const { left, width: wide } = sky.getBoundingClientRect()
      play(false)
      go(Math.floor(((clientX - left) / wide) * moments.length))
    }
  })
  const inSight = () => {
    const { top, bottom } = figure.getBoundingClientRect()
    return (
      figure.contains(document.activeElement) || (top < innerHeight * 0.45 && bottom > innerHeight * 0.55)
    )
  }
  addEventListener(
    'keydown',
    (event) => {
      const { key, shiftKey, target } = event
      const free = document.activeElement === document.body || figure.contains(target)
      if (!free || event.altKey || event.ctrlKey || event.metaKey || !inSight()) return
      const to = {
        ArrowRight: shiftKey ? turn(1) : i + 1,
        ArrowLeft: shiftKey ? turn(-1) : i - 1,
        Home: figure.contains(target) ? 0 : undefined,
        End: figure.contains(target) ? moments.length - 1 : undefined,
      }[key]
      if (to !== undefined) {
        play(false)
        go(to)
      } else if (key === ' ' && figure.contains(target) && !target.closest('button')) play()
      else return
      event.preventDefault()
    },
    { capture: true },
  )
  addEventListener('hashchange', () => {
    const at = location.hash.match(RegExp(`^#${name}:(\\d+)$`))
    if (at) go(at[1] - 1, false)
  })
  draw()
  if (figure.closest('.moving') && !still.matches) play(true)
}
