// `npm run check`: format, lint and module boundaries (biome), types (tsc), unused code (knip), side by side.
// Plain JavaScript that Node 20 can start; the tools themselves find Node 24 by PATH.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const checks = [
  { name: 'format, lint, boundaries', command: ['biome', 'check', '--error-on-warnings', '--max-diagnostics=50', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types of the page', command: ['tsc', '-p', 'ui'] },
  { name: 'unused code', command: ['knip'] },
]

/** Runs one check to its end, holding its output back so that those of two checks do not mix. */
function start({ name, command: [program, ...args] }) {
  const startedMs = performance.now()
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('error', (error) => chunks.push(Buffer.from(`${error.message}\n`)))
    child.on('close', (code) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
      const passed = code === 0
      if (!passed) process.stdout.write(Buffer.concat(chunks))
      process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`)
      resolve(passed)
    })
  })
}

const results = await Promise.all(checks.map(start))
if (results.includes(false)) {
  process.stdout.write('`npm run fix` repairs formatting, import order and what else is safe to repair.\n')
  process.exitCode = 1
}
