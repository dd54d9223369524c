import { existsSync } from 'node:fs'
import { defineConfig } from 'vitepress'
import { ROOT, STEPS } from '../ladder.js'
import { book } from '../markdown.js'
import { LANGUAGES, PAGES, follow, titleOf, urlOfText } from '../pages.js'
import { words } from '../words.js'

const base = process.env.BASE || '/'

// The texts in the order in which they are read.
function links(lang) {
  const text = (name) => {
    const path = [`${name}.${lang}.md`, `${name}.md`].find((path) => existsSync(ROOT + path))
    return { text: titleOf(path), link: urlOfText(name, lang) }
  }
  return {
    steps: STEPS.map((step) => text(`${step}/README`)),
    more: [text('exercises/README'), { text: words[lang].diffs, link: `${lang === 'en' ? '' : '/' + lang}/diff/` },
      text('docs/calls'), text('docs/glossary'), text('docs/questions/README'),
      text('docs/debugging'), text('docs/from-1.4'), text('bench/README')],
    start: text('README'),
  }
}

function themeConfig(lang) {
  const w = words[lang]
  const { start, steps, more } = links(lang)
  return {
    nav: [{ text: w.steps, items: steps }, { ...more[0], text: w.exercises },
      { text: w.more, items: more.slice(1) }],
    sidebar: [start, { text: w.steps, items: steps }, { text: w.more, items: more }],
    outline: [2, 3],
    ...w.theme,
  }
}

const locales = Object.fromEntries(LANGUAGES.map((lang) => [lang === 'en' ? 'root' : lang, {
  label: words[lang].name, lang, title: links(lang).start.text, description: words[lang].description,
  themeConfig: themeConfig(lang),
}]))

export default defineConfig({
  srcDir: PAGES,
  outDir: process.env.OUT || ROOT + 'build/book',
  cacheDir: ROOT + 'build/book-cache',
  base,
  locales,
  router: { prefetchLinks: false },
  vite: { plugins: [{ name: 'follow', configureServer: follow }] },
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  vue: { template: { compilerOptions: { whitespace: 'preserve' } } }, // tabs in the programs
  markdown: {
    attrs: { disable: true },
    linkify: false,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (md) => book(md, base),
  },
  themeConfig: {
    i18nRouting: false, // not every page has a twin: theme/index.js links to it
    search: {
      provider: 'local',
      options: {
        locales: { 'zh-CN': { translations: words['zh-CN'].search } },
        _render(text, env, md) {
          const html = md.render(text, env)
          return env.frontmatter?.search === false ? '' : html.replace(/<details class="program"[^]*/, '')
        },
        miniSearch: {
          // Chinese has no spaces: each character is a word.
          options: { tokenize: (text) => text.match(/\p{Script=Han}|[^\p{Script=Han}\s\p{P}\p{S}]+(_+[^\p{Script=Han}\s\p{P}\p{S}]+)*/gu) ?? [] },
          searchOptions: { combineWith: 'AND' },
        },
      },
    },
  },
})
