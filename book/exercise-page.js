// An exercise's page: the task as the step's text has it, how to begin, and, folded, an answer and the
// answers that are wrong.
import { BASE, addressFrom, addressOf } from './addresses.js'
import { escape } from './code.js'
import { answerOf, glance, taskOf, wrongAnswers } from './exercises.js'
import { functionsAround, linesOf, read, readmeOf } from './ladder.js'
import { changed, render, terminal } from './markdown.js'
import { words } from './words.js'

export function exercisePage(exercise, lang) {
  const w = words[lang]
  const { folder, number, step } = exercise
  const task = taskOf(exercise, lang)
  const text = linesOf(read(task.path)).slice(task.line, task.end - 1)
  // Empty lines before it, so that the facts' numbers of lines hold.
  const body = render('\n'.repeat(task.line) + text.join('\n'), { lang, path: task.path })
  return (
    `<p class="up"><a href="${addressOf(readmeOf(step, lang))}#${task.anchor}">${w.toStep(step)}</a></p><h1>${escape(task.title)}</h1>` +
    staged(body, w) +
    `<h2 id="start">${w.start}</h2>` +
    terminal(`$ make start-${number}\n$ make exercise-${number}\n`, {}, lang) +
    `<p><a href="${BASE}exercises/${folder}/check.bats.html">${w.check}</a></p>` +
    answer(exercise, w) +
    wrong(folder, w)
  )
}

// Where the points of each list begin with the name of a stage, the stages are a path.
function staged(html, w) {
  const names = []
  const lists = html.replace(/<ol(?: start="\d+")?>\n(?:<li>[^]*?<\/li>\n)+<\/ol>/g, (list) => {
    const [name, ...others] = new Set([...list.matchAll(/<li>([^:：<]*)/g)].map((match) => match[1]))
    if (others.length || (!list.includes(`<li>${name}:`) && !list.includes(`<li>${name}：`))) return list
    names.push(name)
    return list
      .replace('<ol', `<ol class="stage" id="stage-${names.length}"`)
      .replace(/<li>[^:：<]*[:：]\s*/g, '<li>')
  })
  const path = names.map((name, i) => `<li><a href="#stage-${i + 1}">${name}</a></li>`).join('')
  return names.length < 3
    ? html
    : lists.replace('</p>\n', `</p>\n<nav aria-label="${w.path}"><ol class="path">${path}</ol></nav>\n`)
}

function answer({ number, step }, w) {
  const { told, hunks } = answerOf(number)
  const html = hunks.map(({ at, lines }) => {
    const first = lines.findIndex((line) => line[0] !== ' ')
    const [name, begin] = functionsAround(step, [at + first])[0] ?? []
    const code = `<code>${escape(name ?? '')}</code>`
    return `<p class="where">${!name ? `main.c:${at}` : begin === at + first ? w.above(code) : w.inside(code)}</p>${changed(lines, 'c')}`
  })
  return `<details class="answer"><summary>${w.answer}</summary>${w.answerOnly && `<p>${w.answerOnly}</p>`}<div lang="en">${render(told, { lang: 'en' })}</div>${html.join('')}</details>\n`
}

function wrong(folder, w) {
  return (
    `<h2 id="wrong">${w.wrong}</h2>` +
    wrongAnswers(folder)
      .map(
        ({ told, message, hunks }) =>
          `<details class="wrong" lang="en"><summary>${escape(told.split('\n')[0])}</summary>${told.includes('\n') ? render(told, { lang: 'en' }) : ''}` +
          hunks.map((hunk) => changed(glance(hunk), 'c')).join('') +
          `<p class="says">${w.says}: <q>${escape(message ?? '')}</q></p></details>\n`,
      )
      .join('')
  )
}
