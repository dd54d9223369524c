// The steps' programs: which step added a line, and which excerpt explains it. The facts are the
// checker's: tests/pages/facts.py says what they are.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export let facts
export function learn() {
  facts = JSON.parse(execFileSync(ROOT + 'tests/pages/facts.py', { maxBuffer: 1e8 }))
}
learn()

export const STEPS = facts.folders
export const steps = STEPS.map((_, i) => i + 1)
export const read = (path) => readFileSync(ROOT + path, 'utf8')
export const linesOf = (text) => text.replace(/\n$/, '').split('\n')
export const programOf = (step) => linesOf(read(`${STEPS[step - 1]}/main.c`))

// A text in this language if there is one, else in English.
export function textIn(name, lang) {
  return existsSync(`${ROOT}${name}.${lang}.md`) ? `${name}.${lang}.md` : `${name}.md`
}
export const readmeOf = (step, lang) => textIn(`${STEPS[step - 1]}/README`, lang)

// The changes from one step to another: which lines go, and which come in their place.
export const changes = (from, to) =>
  facts.hunks[`${from}-${to}`].map(([old, gone, now, come]) => ({ old, gone, now, come }))

// For each line of a step's program, the step that added it, and its number there.
export function origins(step) {
  if (step === 1) return programOf(1).map((_, i) => ({ step, line: i + 1 }))
  const lines = origins(step - 1)
  for (const { now, gone, come } of changes(step - 1, step))
    lines.splice(now - 1, gone, ...Array.from({ length: come }, (_, i) => ({ step, line: now + i })))
  return lines
}

// For each line of a step's program: the step whose text explains it, and the excerpt's first line.
export function explanations(step, lang) {
  const texts = steps.map((n) => ({ path: readmeOf(n, lang), program: programOf(n), origins: origins(n) }))
  function explain({ step, line }) {
    const { path, program, origins } = texts[step - 1]
    const excerpt = Object.values(facts.pages[path].excerpts).find(
      ([first, last]) => first <= line && line <= last,
    )
    const text = program[line - 1]
    if (excerpt) return { step, at: excerpt[0] }
    if (!/^[\t {};]*$/.test(text)) throw Error(`${path}: no excerpt has line ${line}: ${text}`)
    return explain(origins[line - 1 + (text ? -1 : 1)]) // a brace: what it closes; blank: what follows
  }
  return texts[step - 1].origins.map(explain)
}

// The functions and structs that have one of these lines.
export const functionsAround = (step, lines) =>
  facts.functions[step - 1].filter(([, first, last]) => lines.some((line) => first <= line && line <= last))
