// Draws the pictures, with an engine that is loaded from this site when a page has one.
const COLOURS = {
  light: { background: '#ffffff', primaryColor: '#e8f1fb', primaryBorderColor: '#0a5fb4', primaryTextColor: '#1f2328',
    lineColor: '#57606a', textColor: '#1f2328', titleColor: '#1f2328', edgeLabelBackground: '#ffffff', clusterBkg: '#f6f8fa',
    clusterBorder: '#8c959f', noteBkgColor: '#fff3c4', noteTextColor: '#1f2328', noteBorderColor: '#bf8700' },
  dark: { darkMode: true, background: '#0d1117', primaryColor: '#16324f', primaryBorderColor: '#79b8ff',
    primaryTextColor: '#e6edf3', lineColor: '#b0b0ba', textColor: '#e6edf3', titleColor: '#e6edf3', edgeLabelBackground: '#0d1117',
    clusterBkg: '#161b22', clusterBorder: '#6e7681', noteBkgColor: '#4a3b0a', noteTextColor: '#e6edf3', noteBorderColor: '#d29922' },
}

let engine

export async function draw(dark, folder) {
  const figures = [...document.querySelectorAll('figure.picture')]
  if (!figures.length) return
  engine ??= import(/* @vite-ignore */ folder + 'mermaid.esm.min.js')
  const { default: mermaid } = await engine
  const mode = dark ? 'dark' : 'light'
  mermaid.initialize({ startOnLoad: false, theme: 'base', themeVariables: COLOURS[mode], fontFamily: 'inherit' })
  for (const [n, figure] of figures.entries()) {
    const { svg } = await mermaid.render(`picture-${n}`, figure.querySelector('pre').textContent)
    figure.querySelector('.drawn')?.remove()
    figure.insertAdjacentHTML('beforeend',
      `<div class="drawn" role="img" data-mode="${mode}">${svg}</div>`)
    const drawn = figure.lastChild
    drawn.setAttribute('aria-label', figure.dataset.told)
    drawn.tabIndex = 0 // it scrolls where it has no room: smaller than this its words can't be read
    const picture = drawn.firstElementChild
    picture.style.minWidth = `${parseFloat(picture.style.maxWidth) * 0.6}px`
  }
}
