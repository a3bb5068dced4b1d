import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** One import (or call) of a file, and a part of the sentence that refuses it; null where it is allowed. */
const cases: [file: string, line: string, sentence: string | null][] = [
  ['src/problem.ts', "export * from './app.ts'", 'ground floor'],
  ['src/log.ts', "export * from './store/store.ts'", 'ground floor'],
  ['src/config.ts', "export * from './problem.ts'", null],
  ['src/engine/a.ts', "export * from '../sync/plan.ts'", 'an engine knows nothing of the modules that use it'],
  ['src/engine/b.ts', "export * from '../app.ts'", 'an engine knows nothing of the modules that use it'],
  ['src/sync/e1.ts', "export * from '../accounts.ts'", 'knows neither them nor the emulator'],
  ['src/accounts.ts', "export * from './server/server.ts'", 'the facade knows nothing of the faces'],
  ['src/engine/c.ts', "export * from '@duckdb/node-api'", null],
  ['src/engine/d.ts', "export const read = (c: { stream(q: string): void }) => c.stream('x')", 'materialise it'],
  ['src/engine/e.ts', "export const read = (c: { run(q: string): void }) => c.run('x')", null],
  ['src/destination/a.ts', "export type * from '../sync/plan.ts'", 'destinations and the store know nothing'],
  [
    'src/destination/zendesk/a.ts',
    "export * from '../../emulator/index.ts'",
    'destinations and the store know nothing',
  ],
  ['src/destination/zendesk/b.ts', "export * from '../destination.ts'", null],
  ['src/store/a.ts', "export * from '@duckdb/node-api'", 'DuckDB belongs to'],
  ['src/project/a.ts', "export * from '../app.ts'", 'knows neither them nor the emulator'],
  ['src/audience/a.ts', "export * from '../cli/main.ts'", 'told from tables and queries alone'],
  ['src/audience/c.ts', "export * from '../sync/plan.ts'", 'told from tables and queries alone'],
  ['src/audience/d.ts', "export * from '../engine/duckdb.ts'", 'import engine.ts instead'],
  ['src/audience/b.ts', "export * from '../engine/engine.ts'", null],
  ['ui/a.ts', "export * from '../src/problem.ts'", 'The page knows the API alone'],
  ['ui/pages/home/a.ts', "export * from '../../api/call.ts'", null],
  ['src/schedule.ts', "export * from './server/http.ts'", 'knows neither them nor the emulator'],
  ['src/access/a.ts', "export * from '../control/control.ts'", 'knows neither them nor the emulator'],
  ['src/control/a.ts', "export * from '../server/server.ts'", 'the control is what faces call'],
  ['src/control/b.ts', "export * from 'kysely'", 'Databases belong to'],
  ['src/control/c.ts', "export * from '../app.ts'\nexport * from '../store/store.ts'", null],
  ['src/sync/a.ts', "export * from '../destination/zendesk/index.ts'", 'never one of them'],
  ['src/sync/b.ts', "export * from '../engine/duckdb.ts'", 'never one of them'],
  ['src/sync/c.ts', "export * from '@duckdb/node-api'", 'ask the ledger'],
  ['src/sync/d.ts', "export * from '../emulator/index.ts'", 'sync is used by app.ts'],
  ['src/sync/e.ts', "export const load = () => import('../app.ts')", 'sync is used by app.ts'],
  ['src/sync/f.ts', "export * from '../destination/destination.ts'", null],
  ['src/sync/ledger/a.ts', "export * from '@duckdb/node-api'", null],
  ['src/sync/ledger/b.ts', "export { readFileSync } from 'node:fs'", "drops DuckDB's lock"],
  ['src/sync/ledger/c.ts', "import { open } from 'node:fs/promises'\nexport const f = open", "drops DuckDB's lock"],
  ['src/sync/ledger/d.ts', "import { stat } from 'node:fs/promises'\nexport const f = stat", null],
  [
    'src/sync/ledger/e.ts',
    'export const read = (c: { streamAndReadAll(): void }) => c.streamAndReadAll()',
    'materialise',
  ],
  ['src/emulator/a.ts', "export * from '../sync/plan.ts'", 'shares no code with what is tested against it'],
  ['src/emulator/b.ts', "export * from '../destination/zendesk/users.ts'", 'shares no code'],
  ['src/emulator/c.ts', "export * from '../problem.ts'", null],
  ['src/app.ts', "export * from './cli/main.ts'", 'the facade knows nothing of the faces'],
  ['src/cli/a.ts', "export * from '../app.ts'\nexport * from '../emulator/index.ts'", null],
  ['src/cli/b.ts', "export * from '@duckdb/node-api'", 'ask app.ts'],
  ['src/sync/a.test.ts', "export * from '../emulator/index.ts'", null],
]

interface Report {
  diagnostics: { category: string; message: unknown; location: { path: unknown } }[]
}

let folder: string
let report: Report

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskside-boundaries-'))
  for (const name of ['biome.json', '.gitignore', 'scripts']) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  for (const [file, line] of cases) {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), `${line}\n`)
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', 'src', 'ui']
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  report = JSON.parse(stdout) as Report
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

test.each(cases)('%s: %s', (file, _, sentence) => {
  const found = report.diagnostics
    .filter(
      ({ category, location }) =>
        /noRestrictedImports|plugin/.test(category) && JSON.stringify(location.path).includes(`${file}"`),
    )
    .map(({ message }) => JSON.stringify(message))
  if (sentence === null) expect(found).toEqual([])
  else expect(found.join('\n')).toContain(sentence)
})
