import { h, nextTick, onMounted, watch } from 'vue'
import { useData, useRoute, withBase } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { arrive, listen } from './step.js'
import { draw } from './pictures.js'
import './style.css'

// The same page in the other language, if there is one.
function Twin() {
  const { frontmatter } = useData()
  return frontmatter.value.twins?.map(({ name, lang, url }) => h('a', { class: 'twin', href: withBase(url), lang }, name))
}

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null,
    { 'nav-bar-content-after': () => h(Twin), 'nav-screen-content-after': () => h(Twin) }),
  setup() {
    const route = useRoute()
    const { isDark } = useData()
    onMounted(() => {
      listen(() => isDark.value)
      const update = () => nextTick(() => { arrive(); draw(isDark.value, withBase('/mermaid/')) })
      watch(() => route.data, update, { immediate: true })
      watch(isDark, () => draw(isDark.value, withBase('/mermaid/')))
    })
  },
}
