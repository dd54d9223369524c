// The program beside a step's text, and the differences between two steps.
import { addressOf } from './addresses.js'
import { block, coloured, depth } from './code.js'
import { STEPS, changes, explanations, facts, origins, programOf, read, readmeOf } from './ladder.js'
import { words } from './words.js'

const highlighted = (step) => coloured(programOf(step).join('\n'), 'c')

// Where one begins to look: main() of the first step, else the most that a step adds at one place.
function start(step) {
  if (step === 1) return facts.functions[0].find(([name]) => name === 'main()').slice(1)
  const { now, come } = changes(step - 1, step).reduce((a, b) => (b.come > a.come ? b : a))
  return [now, now + come - 1]
}

// The whole program of a step. The gutter leads from each line to the text that explains it.
export function program(step, lang) {
  const w = words[lang]
  const from = origins(step)
  const added = from.filter((origin) => origin.step === step).length
  const targets = explanations(step, lang)
  const lines = highlighted(step).map((line, i) => {
    const target = targets[i]
    const href = (target.step === step ? '' : addressOf(readmeOf(target.step, lang))) + `#at-${target.at}`
    const by = from[i].step
    const first = by !== from[i - 1]?.step ? ' first' : '' // of those that this step added
    return (
      `<div id="L${i + 1}" class="row${by === step ? ' new' : ''}${first}">` +
      `<a href="${href}" tabindex="${i ? -1 : 0}" title="${w.addedBy(by)}"><b>${i + 1}</b> <small>${by}</small></a>` +
      `<code class="${depth(line)}">${line}</code></div>`
    )
  })
  return (
    `<aside class="beside" aria-label="${w.program}"><details class="program" id="program" open data-program="${STEPS[step - 1]}/main.c" data-start="${start(step).join('-')}">` +
    `<summary><b>${STEPS[step - 1]}/main.c</b> ${w.lines(from.length, added)}</summary>` +
    `<div class="rows">${lines.join('')}</div></details></aside>\n`
  )
}

// The server of the old walkthrough beside the one that does the same today.
export function oldAndNew(lang) {
  const pair = ['tests/walkthrough/server.c', `${STEPS[5]}/main.c`].map(
    (path) => `<div><p class="where"><code>${path}</code></p>${block(read(path), 'c')}</div>`,
  )
  return `<h2 id="side-by-side">${words[lang].sideBySideOf}</h2><div class="pair">${pair.join('')}</div>\n`
}

const sum = (numbers) => numbers.reduce((a, b) => a + b)
const count = (from, to) =>
  `+${sum(changes(from, to).map(({ come }) => come))} −${sum(changes(from, to).map(({ gone }) => gone))}`

// A table of all differences.
export function differences(lang, address) {
  const w = words[lang]
  const numbers = STEPS.map((_, i) => i + 1)
  const cell = (from, to) =>
    `<td>${from < to ? `<a href="${address(from, to)}">${count(from, to)}</a>` : ''}</td>`
  return (
    `<h1>${w.diffs}</h1><p>${w.diffsTold}</p><div class="table" tabindex="0"><table><tr><td></td>${numbers
      .slice(1)
      .map((to) => `<th>${w.to} ${to}</th>`)
      .join('')}</tr>` +
    numbers
      .slice(0, -1)
      .map(
        (from) =>
          `<tr><th>${w.from} ${from}</th>${numbers
            .slice(1)
            .map((to) => cell(from, to))
            .join('')}</tr>`,
      )
      .join('') +
    '</table></div>\n'
  )
}

// A difference in two forms, of which style.css shows one; around each change three lines.
export function difference(from, to, lang, address) {
  const w = words[lang]
  const [old, now] = [highlighted(from), highlighted(to)]
  const cells = (number, sign, html) => `<td>${number}</td><td class="${sign}"><code>${html}</code></td>`
  const none = '<td></td><td class="none"></td>'
  let [split, unified] = ['', '']
  const head = (o, n) => {
    split += `</tbody><tbody><tr><th colspan="4" scope="rowgroup">main.c:${o} → main.c:${n}</th></tr>`
    unified += `</tbody><tbody><tr><th colspan="3" scope="rowgroup">main.c:${o} → main.c:${n}</th></tr>`
  }
  let [o, n] = [-3, -3] // the lines that come next
  const upTo = (end) => {
    for (; o < end && o <= old.length; o++, n++) {
      if (o < 1) continue
      split += `<tr>${cells(o, 'same', old[o - 1])}${cells(n, 'same', now[n - 1])}</tr>`
      unified += `<tr><td>${o}</td>${cells(n, 'same', now[n - 1])}</tr>`
    }
  }
  for (const { old: first, gone, now: there, come } of changes(from, to)) {
    if (first - o > 6) {
      upTo(o + 3)
      ;[o, n] = [Math.max(1, first - 3), Math.max(1, there - 3)]
      head(o, n)
    }
    upTo(first)
    for (let i = 0; i < Math.max(gone, come); i++)
      split += `<tr>${i < gone ? cells(o + i, 'del', old[o + i - 1]) : none}${i < come ? cells(n + i, 'ins', now[n + i - 1]) : none}</tr>`
    for (let i = 0; i < gone; i++, o++)
      unified += `<tr><td>${o}</td><td></td><td class="del"><code>${old[o - 1]}</code></td></tr>`
    for (let i = 0; i < come; i++, n++) unified += `<tr><td></td>${cells(n, 'ins', now[n - 1])}</tr>`
  }
  upTo(o + 3)
  const body = (rows) => `<table>${rows.replace('</tbody>', '')}</tbody></table>`
  const numbers = STEPS.map((_, i) => i + 1)
  const choice = (name, among, pair) =>
    `${name} ${among
      .map((step) =>
        pair(step).join() === [from, to].join()
          ? `<b>${step}</b>`
          : `<a href="${address(...pair(step))}">${step}</a>`,
      )
      .join(' ')}`
  return (
    `<h1>${w.stepToStep(from, to)}</h1><p>${choice(
      w.from,
      numbers.filter((step) => step < to),
      (step) => [step, to],
    )}, ` +
    `${choice(
      w.to,
      numbers.filter((step) => step > from),
      (step) => [from, step],
    )} · ${count(from, to)}</p>` +
    `<div class="diff"><p class="choice"><label><input type="radio" name="form" class="form-split" checked> ` +
    `${w.sideBySide}</label> <label><input type="radio" name="form" class="form-unified"> ${w.unified}</label></p>` +
    `<div class="scroll split" tabindex="0">${body(split)}</div><div class="scroll unified" tabindex="0">${body(unified)}</div></div>\n`
  )
}
