// The exercises: what they change, and how people go wrong. An answer is a patch of the step's program,
// a wrong answer a patch of the answer; each begins with words.
import { readdirSync } from 'node:fs'
import { ROOT, STEPS, facts, linesOf, programOf, read, readmeOf } from './ladder.js'

const folders = () =>
  readdirSync(`${ROOT}exercises`)
    .filter((name) => /^\d\.\d+-/.test(name))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
export const numberOf = (folder) => folder.match(/^\d\.\d+/)[0]

// The name of an exercise's folder, if this path is one.
export const exerciseAt = (path) => folders().find((name) => path === `exercises/${name}`)

// [{ folder, number, step, stars }]
export const exercises = () =>
  folders().map((folder) => ({
    folder,
    number: numberOf(folder),
    step: Number(folder[0]),
    stars: read(`exercises/${folder}/check.bats`).match(/^# (★+)$/m)?.[1] ?? '',
  }))

// Where a step's text describes it: the first line, the line after the last, the title, the anchor.
export function taskOf({ number, step }, lang) {
  const path = readmeOf(step, lang)
  const { sections } = facts.pages[path]
  const n = sections.findIndex((section) => section.exercise && section.number === number)
  if (n < 0) return
  const end = sections.slice(n + 1).find(({ level }) => level <= 3)?.line ?? linesOf(read(path)).length + 1
  return { path, ...sections[n], end }
}

// { told, message, hunks: [{ at, lines }] }: at is the number of the first line as the patch has it.
function patch(path) {
  const lines = linesOf(read(path))
  const start = lines.findIndex((line) => /^(diff --git |--- )/.test(line))
  const head = lines.slice(0, start).join('\n').trim()
  const hunks = []
  for (const line of lines.slice(start)) {
    const at = line.match(/^@@ -(\d+)/)?.[1]
    if (at) hunks.push({ at: Number(at), lines: [] })
    else if (hunks.length && /^[ +-]|^$/.test(line)) hunks.at(-1).lines.push(line || ' ')
  }
  const message = head.match(/^The message says: (.*)$/m)?.[1]
  return { told: head.replace(/^The message says: .*$/m, '').trim(), message, hunks }
}

// An answer, and the lines of the step's program that it changes or adds to.
export function answerOf(number) {
  const { folder, step } = exercises().find((exercise) => exercise.number === number) ?? {}
  if (!folder) return
  const program = programOf(step)
  const answer = patch(`exercises/${folder}/answer.patch`)
  const touches = answer.hunks.flatMap((hunk) => {
    const old = hunk.lines.filter((line) => line[0] !== '+').map((line) => line.slice(1))
    const places = [...program.keys()].filter((i) => old.every((line, k) => program[i + k] === line))
    let n = places.sort((a, b) => Math.abs(a - hunk.at) - Math.abs(b - hunk.at))[0] ?? hunk.at - 1
    return hunk.lines.flatMap((line) => (line[0] === '+' ? [n] : line[0] === '-' ? [++n] : (n++, [])))
  })
  return { ...answer, folder, touches: [...new Set(touches)] }
}

export const wrongAnswers = (folder) =>
  readdirSync(`${ROOT}exercises/${folder}/wrong`)
    .sort()
    .map((name) => ({ name: name.replace('.patch', ''), ...patch(`exercises/${folder}/wrong/${name}`) }))

// A hunk with one line around each change, for what it is a glance at.
export function glance({ lines }) {
  const near = (i) => lines.slice(Math.max(0, i - 1), i + 2).some((line) => line[0] !== ' ')
  return lines.filter((_, i) => near(i))
}

export const stepOf = (number) => STEPS[number[0] - 1]
