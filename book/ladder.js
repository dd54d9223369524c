// The steps' programs: which lines each step adds, and which excerpt explains a line.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const STEPS = readdirSync(ROOT).filter((name) => /^0\d-/.test(name)).sort()

export const read = (path) => readFileSync(ROOT + path, 'utf8')
export const linesOf = (text) => text.replace(/\n$/, '').split('\n')
export const programOf = (step) => linesOf(read(`${STEPS[step - 1]}/main.c`))
export const readmeOf = (step, lang) => `${STEPS[step - 1]}/README${lang === 'en' ? '' : '.' + lang}.md`

// The hunks from one step to another, as make diff-N has them: { old, new } are numbers of lines.
export function hunks(from, to, context = 0) {
  const diff = spawnSync('git', ['diff', '--no-index', '--no-ext-diff', '--no-color', `-U${context}`,
    ...[from, to].map((step) => `${STEPS[step - 1]}/main.c`)], { cwd: ROOT, encoding: 'utf8' })
  if (diff.status !== 1) throw Error(`git diff from step ${from} to ${to}: ${diff.stderr}`)
  return linesOf(diff.stdout).reduce((result, line) => {
    const head = line.match(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/)
    if (head) {
      // Of a hunk without lines on a side, git gives the line before.
      const start = (first, count) => Number(first) + (count === '0' ? 1 : 0)
      result.push({ head: line, old: start(head[1], head[2]), new: start(head[3], head[4]), lines: [] })
    } else if (result.length) {
      result.at(-1).lines.push(line)
    }
    return result
  }, [])
}

// For each line of a step's program, the step that added it, and its number there.
export function origins(step) {
  const here = programOf(step).map((_, i) => ({ step, line: i + 1 }))
  if (step === 1) return here
  const before = origins(step - 1)
  let n = 0 // how many lines of this step are done
  let old = 0
  for (const hunk of [...hunks(step - 1, step), { new: here.length + 1, lines: [] }]) {
    while (n < hunk.new - 1) here[n++] = before[old++]
    n += hunk.lines.filter((line) => line[0] === '+').length
    old += hunk.lines.filter((line) => line[0] === '-').length
  }
  return here
}

// Where an excerpt stands in a program: the numbers of its first and its last line.
export function placeOf(excerpt, program, whose) {
  const lines = linesOf(excerpt)
  const found = [...program.keys()].filter((i) => lines.every((line, n) => program[i + n] === line))
  if (found.length !== 1)
    throw Error(`${whose}: an excerpt stands ${found.length} times in the program:\n${excerpt}`)
  return { first: found[0] + 1, last: found[0] + lines.length }
}

// The excerpts of a step's text.
export function excerptsOf(path, program) {
  return [...read(path).matchAll(/^```c\n([^]*?)^```$/gm)]
    .map(([, excerpt]) => placeOf(excerpt, program, path))
}

// For each line of a step's program: the step whose text explains it, and the excerpt's first line.
export function explanations(step, lang) {
  const texts = STEPS.map((_, i) => {
    const program = programOf(i + 1)
    const path = existsSync(ROOT + readmeOf(i + 1, lang)) ? readmeOf(i + 1, lang) : readmeOf(i + 1, 'en')
    return { program, path, excerpts: excerptsOf(path, program), origins: origins(i + 1) }
  })
  function explain({ step, line }) {
    const { program, path, excerpts, origins } = texts[step - 1]
    const excerpt = excerpts.find(({ first, last }) => first <= line && line <= last)
    const text = program[line - 1]
    if (excerpt) return { step, at: excerpt.first }
    if (!/^[\t {};]*$/.test(text)) throw Error(`${path}: no excerpt has line ${line}: ${text}`)
    return explain(origins[line - 1 + (text ? -1 : 1)]) // a brace: what it closes; blank: what follows
  }
  return texts[step - 1].origins.map(explain)
}
