// `npm run build` (and every `npm pack`): src/ as plain JavaScript with declarations in dist/, because Node refuses to
// strip types below node_modules. Left out are tests, contract suites and what serves only them (test-*.ts); files that are
// not TypeScript are copied beside their module.

import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
  shell: process.platform === 'win32',
})
if (status !== 0) process.exit(1)

cpSync(join(root, 'src'), dist, {
  recursive: true,
  filter: (path) => !path.endsWith('.ts') && !path.includes('fixtures'),
})

/** tsc renames what is imported; a module that is started or read by its path must be renamed here. */
const modulePath = /new URL\((['"])(\.{1,2}\/[^'"]+)\.ts\1, import\.meta\.url\)/g
const leftOver = /['"`](?:\.{1,2}\/)?[\w./-]+\.ts['"`]/

for (const name of readdirSync(dist, { recursive: true })) {
  const path = join(dist, name)
  if (!name.endsWith('.js') || !statSync(path).isFile()) continue
  const text = readFileSync(path, 'utf8').replace(modulePath, 'new URL($1$2.js$1, import.meta.url)')
  const line = text.split('\n').find((each) => leftOver.test(each) && !/^\s*(\/\/|\*)/.test(each))
  if (line !== undefined) {
    process.stderr.write(
      `build: dist/${name} names a TypeScript file, which the package does not have: ${line.trim()}\n` +
        "Write it as new URL('./x.ts', import.meta.url), which the build understands.\n",
    )
    process.exit(1)
  }
  writeFileSync(path, text)
}
