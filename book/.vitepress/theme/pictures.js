// Draws the pictures, with an engine that is loaded from this site when a page has one.
let engine

export async function draw(dark, folder) {
  const figures = [...document.querySelectorAll('figure.picture')]
  if (!figures.length) return
  engine ??= import(/* @vite-ignore */ folder + 'mermaid.esm.min.js')
  const { default: mermaid } = await engine
  mermaid.initialize({ startOnLoad: false, theme: dark ? 'dark' : 'neutral', fontFamily: 'inherit' })
  for (const [n, figure] of figures.entries()) {
    const { svg } = await mermaid.render(`picture-${n}`, figure.querySelector('pre').textContent)
    figure.querySelector('.drawn')?.remove()
    figure.insertAdjacentHTML('beforeend',
      `<div class="drawn" role="img" data-mode="${dark ? 'dark' : 'light'}">${svg}</div>`)
    figure.lastChild.setAttribute('aria-label', figure.dataset.told)
  }
}
