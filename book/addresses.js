// Where on the site things are.
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { ROOT, facts } from './ladder.js'
import { exerciseAt } from './exercises.js'

export const BASE = process.env.BASE || '/'
export const SITE = (process.env.SITE ?? '').replace(/\/$/, '') // such as https://name.github.io, if it is known
export const REPOSITORY = process.env.REPOSITORY ?? '' // the address of the repository, if it is known

const isText = (path) => path in facts.pages

// The page of a text, or of another file. 06-write-back/README.zh-CN.md is zh-CN/06-write-back/index.html.
export function pageOf(path) {
  const lang = facts.pages[path]?.language ?? 'en'
  const bare = lang === 'en' ? path : `${lang}/${path.replace(`.${lang}.md`, '.md')}`
  return isText(path) ? bare.replace(/README\.md$/, 'index.md').replace(/\.md$/, '.html') : `${path}.html`
}
// Where the page in that language is.
export const at = (lang, page) => (lang === 'en' ? page : `${lang}/${page}`)
export const urlOf = (page) => BASE + page.replace(/(^|\/)index\.html$/, '$1')
export const addressOf = (path) => urlOf(pageOf(path))
export const addressOfExercise = (folder, lang) => urlOf(at(lang, `exercises/${folder}.html`))

// Where a link in a text leads to: a text, a picture, or a file. The words of the link are asked where
// they name an exercise.
export function addressFrom(text, target, told, lang) {
  const [path, anchor] = target.split('#')
  const there = path ? normalize(join(dirname(text), path)).replace(/\/$/, '') : text
  if (there.endsWith('.svg')) return BASE + there
  const exercise = exerciseAt(there)
  if (exercise) return addressOfExercise(exercise, lang)
  const page = isText(there) ? there : isText(join(there, 'README.md')) ? join(there, 'README.md') : there
  const named =
    /^\d\.\d+$/.test(told) &&
    facts.pages[page]?.sections.find(({ exercise, number }) => exercise && number === told)
  return addressOf(page) + (named ? `#${named.anchor}` : anchor ? `#${anchor}` : '')
}

export const exists = (path) => existsSync(ROOT + path)
