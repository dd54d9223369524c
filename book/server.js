// Serves the pages: while one writes, and to the tests.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname } from 'node:path'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
}
const RELOAD = '<script>new EventSource("/changed").onmessage = () => location.reload()</script>'

// The file that is served at a path; bases: { '/base/': folder }
export function fileOf(path, bases) {
  const base = Object.keys(bases)
    .sort((a, b) => b.length - a.length)
    .find((base) => path.startsWith(base))
  return (
    base &&
    `${bases[base]}/${decodeURIComponent(path.slice(base.length))}${path.endsWith('/') ? 'index.html' : ''}`
  )
}

export async function serve(bases, live = true) {
  const listeners = new Set()
  const server = createServer(({ url }, response) => {
    const path = url.split('?')[0]
    if (path === '/changed') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      listeners.add(response)
      return
    }
    const file = fileOf(path, bases)
    if (!file || !existsSync(file) || statSync(file).isDirectory()) return response.writeHead(404).end()
    const type = TYPES[extname(file)] ?? 'application/octet-stream'
    response
      .writeHead(200, { 'content-type': type })
      .end(live && type.startsWith('text/html') ? readFileSync(file, 'utf8') + RELOAD : readFileSync(file))
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => server.close(),
    changed: () => listeners.forEach((response) => response.write('data: changed\n\n')),
  }
}
