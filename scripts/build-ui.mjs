// Builds the web page into dist/ui: bundled, compressed beforehand, and not larger than it may be. Does nothing when it is built already from
// the same files, so that `npm run demo` and `npm test` may begin with it. docs/design/ui.md tells the limits.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'dist/ui')
const stampPath = join(folder, '.built-from')
const limitsKb = { script: 230, styles: 45 }

/** Changes with every file that the page is made of, and with the versions of what is built into it. */
function stamp() {
  const hash = createHash('sha256')
  const files = globSync('ui/**/*', { cwd: root }).filter((file) => statSync(join(root, file)).isFile())
  for (const file of [...files.sort(), 'package-lock.json', 'scripts/build-ui.mjs'])
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function build() {
  const { status, error } = spawnSync('vite', ['build', '--config', 'ui/vite.config.ts', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (error !== undefined || status !== 0) {
    process.stderr.write('build: the web page could not be built; see the message above.\n')
    process.exit(1)
  }
}

/** Smaller copies beside what browsers fetch, made once instead of at each request. */
function compress() {
  for (const file of globSync('**/*.{js,css,svg}', { cwd: folder })) {
    const path = join(folder, file)
    const text = readFileSync(path)
    writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }))
    writeFileSync(
      `${path}.br`,
      brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }),
    )
  }
}

/** What is fetched before the first page is usable, in kB as gzip. */
function firstLoad() {
  const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8'))
  const chunks = new Set()
  const add = (name) => {
    if (chunks.has(name)) return
    chunks.add(name)
    for (const imported of manifest[name].imports ?? []) add(imported)
  }
  add('index.html')
  add('pages/home/home.tsx')
  const kb = (files) => files.reduce((sum, file) => sum + statSync(join(folder, `${file}.gz`)).size, 0) / 1_000
  const all = [...chunks].map((name) => manifest[name])
  const styles = new Set(all.flatMap(({ css = [] }) => css))
  return { script: kb([...all.map(({ file }) => file), 'colour-scheme.js']), styles: kb([...styles]) }
}

const wanted = stamp()
if (!existsSync(stampPath) || readFileSync(stampPath, 'utf8') !== wanted) {
  build()
  compress()
  const sizes = firstLoad()
  rmSync(join(folder, '.vite'), { recursive: true })
  for (const [what, limit] of Object.entries(limitsKb)) {
    process.stderr.write(`build: ${what} of the first load ${sizes[what].toFixed(1)} kB gzip of at most ${limit}\n`)
    if (sizes[what] <= limit) continue
    process.stderr.write(`build: load a part of it later, with lazy() or import(): docs/design/ui.md, "Size".\n`)
    process.exit(1)
  }
  writeFileSync(stampPath, wanted)
}
