import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type OwnApp, openApp } from '../src/app.ts'
import { type BackupSource, backUp, restoreBackup, verifyBackup } from '../src/control/backup.ts'
import { loadProject } from '../src/project/load.ts'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

const people = (note: string): SourceRow[] =>
  Array.from({ length: 250 }, (_, index) => ({
    external_id: `k${index}`,
    email: `p${index}@example.com`,
    name: `Person ${index}`,
    notes: note,
  }))

const plain = { sample: null, full: false, live: false, planId: null, approve: false }
const noStore = async (): Promise<never> => {
  throw new Error('The backup has no control store.')
}

let bench: Bench
let parent: string
let backup: string
beforeEach(async () => {
  bench = await openBench()
  await bench.write(people('first'))
  parent = await mkdtemp(join(tmpdir(), 'deskside-backup-'))
  backup = join(parent, 'backup')
})
afterEach(async () => {
  await bench.close()
  await rm(parent, { recursive: true })
})

const envOf = () => ({ CLIENT_SECRET: bench.emulator.clientSecret })

async function withProject<T>(dir: string, work: (app: OwnApp) => Promise<T>): Promise<T> {
  const app = await openApp(await loadProject(dir, envOf()))
  try {
    return await work(app)
  } finally {
    await app.close()
  }
}

function sourceOf(app: OwnApp, more: Partial<BackupSource> = {}): BackupSource {
  const now = () => new Date('2026-11-27T08:00:00.000Z')
  return { projectDir: bench.dir, env: {}, app, store: null, keyFile: null, version: '0.1.0', now, ...more }
}

const back = () => withProject(bench.dir, (app) => backUp(sourceOf(app), backup))

/** Restores and puts the source beside it, which no backup holds. */
async function restored(): Promise<string> {
  const into = join(parent, 'restored')
  await restoreBackup(backup, into, noStore)
  await writeFile(join(into, 'people.csv'), await readFile(join(bench.dir, 'people.csv')))
  return into
}

describe('after a first load, a backup and its restore', () => {
  test('an unchanged run of the restored project sends nothing (I5)', async () => {
    await bench.run()
    await back()
    const into = await restored()
    bench.emulator.clearCalls()
    const summary = await withProject(into, (app) => app.run('people', plain))
    expect(summary).toMatchObject({ status: 'completed', rows: { total: 250, unchanged: 250 } })
    expect(bench.writes()).toEqual([])
  })

  test('a change is sent to exactly who changed, and the rows of the old run can still be listed', async () => {
    const { run_id } = await bench.run()
    await back()
    const into = await restored()
    const rows = people('first')
    rows[7]!.notes = 'second'
    await bench.write(rows)
    await writeFile(join(into, 'people.csv'), await readFile(join(bench.dir, 'people.csv')))
    await withProject(into, async (app) => {
      expect((await app.run('people', plain)).rows).toMatchObject({ updated: 1, unchanged: 249 })
      const listed = await Array.fromAsync(app.records(run_id, { outcome: 'created', warnings: false }))
      expect(listed).toHaveLength(250)
    })
  })

  test('a plan that waited can be run', async () => {
    const { plan_id } = await bench.plan()
    await back()
    const summary = await withProject(await restored(), (app) => app.run('people', { ...plain, planId: plan_id }))
    expect(summary).toMatchObject({ status: 'completed', rows: { created: 250 } })
  })
})

test('a backup that is made while a run is stopped half-way goes on where that was, and nobody is sent twice as new', async () => {
  const halt = new AbortController()
  const summary = await withProject(bench.dir, async (app) => {
    let made: Promise<unknown> | null = null
    const ended = await app.run('people', plain, {
      signal: halt.signal,
      onEvent: (event) => {
        if (event.type !== 'step' || event.step !== 'deliver' || made !== null) return
        // The plan is attached by the run now.
        made = backUp(sourceOf(app), backup)
        halt.abort()
      },
    })
    await made
    return ended
  })
  expect(summary.status).toBe('stopped')
  // In the place where it was: elsewhere the tables are other files, and a new workflow settles what the old one has left.
  const source = await readFile(join(bench.dir, 'people.csv'))
  for (const name of await readdir(bench.dir)) await rm(join(bench.dir, name), { recursive: true })
  await restoreBackup(backup, bench.dir, noStore)
  await writeFile(join(bench.dir, 'people.csv'), source)
  const again = await bench.run()
  expect(again).toMatchObject({ run_id: summary.run_id, status: 'completed' })
  expect(bench.users()).toHaveLength(250)
})

test('what it holds is its owner’s alone, named in the manifest, and no secret', async () => {
  await bench.run()
  await mkdir(join(bench.dir, '.deskside'), { recursive: true })
  await writeFile(join(bench.dir, '.deskside', 'secret.key'), 'the key')
  const manifest = await back()
  const files = (await readdir(backup, { recursive: true })).sort()
  expect(manifest.files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['project/deskside.yml', 'project/people.sql', 'state/ledger.duckdb']),
  )
  expect(files).not.toContain('secret.key')
  for (const { path } of manifest.files) {
    const mode = (await stat(join(backup, path))).mode & 0o777
    expect([path, mode]).toEqual([path, 0o600])
    expect((await readFile(join(backup, path))).includes(bench.emulator.clientSecret)).toBe(false)
  }
  expect(await verifyBackup(backup)).toEqual(manifest)
})

test('with the key asked for, it comes along and back', async () => {
  const keyFile = join(parent, 'the.key')
  await writeFile(keyFile, 'the key')
  await withProject(bench.dir, (app) => backUp(sourceOf(app, { keyFile }), backup))
  expect(await readFile(join(await restored(), '.deskside', 'secret.key'), 'utf8')).toBe('the key')
})

test('lines of the control store come back as they were, whatever characters they hold', async () => {
  const lines = ['{"version":1}', '{"table":"meta","row":{"name":"a\u2028b"}}', '{"table":"meta","row":{"name":"c"}}']
  async function* dump() {
    yield* lines
  }
  await withProject(bench.dir, (app) => backUp(sourceOf(app, { store: { dump } }), backup))
  const got: string[] = []
  const store = {
    restore: async (from: AsyncIterable<string>) => {
      for await (const line of from) got.push(line)
    },
    close: async () => {},
  }
  await restoreBackup(backup, join(parent, 'restored'), async () => store)
  expect(got).toEqual(lines)
})

describe('what is no whole backup is refused, and nothing is restored', () => {
  const cases: [string, (manifest: { files: { path: string }[] }) => Promise<unknown>][] = [
    ['has no manifest', () => rm(join(backup, 'manifest.json'))],
    ['was cut off', () => truncate(join(backup, 'state/ledger.duckdb'), 4096)],
    ['was altered', () => appendFile(join(backup, 'project/people.sql'), ' ')],
    [
      'has one letter changed',
      () =>
        writeFile(
          join(backup, 'project/people.sql'),
          'SELECT * FROM people ORDER BY CAST(_row AS INTEGER)'.toLowerCase(),
        ),
    ],
    ['lacks a file', () => rm(join(backup, 'project/people.sql'))],
    ['has a file too many', () => writeFile(join(backup, 'state/runs/other.duckdb'), '')],
    ['has a torn manifest', () => truncate(join(backup, 'manifest.json'), 40)],
    [
      'names a file outside',
      async (manifest) => {
        manifest.files.push({ ...manifest.files[0]!, path: '../evil' })
        await writeFile(join(backup, 'manifest.json'), JSON.stringify(manifest))
      },
    ],
  ]
  // Made once, of a project that has run; each case spoils a copy of it.
  let whole: string
  beforeAll(async () => {
    const its = await openBench()
    await its.write(people('first'))
    whole = await mkdtemp(join(tmpdir(), 'deskside-backup-'))
    await its.withApp(async (app) => {
      await app.run('people', plain)
      await backUp({ ...sourceOf(app), projectDir: its.dir }, join(whole, 'backup'))
    })
    await its.close()
  })
  afterAll(() => rm(whole, { recursive: true }))

  test.each(cases)('a backup that %s', async (_, spoil) => {
    await cp(join(whole, 'backup'), backup, { recursive: true })
    await spoil(JSON.parse(await readFile(join(backup, 'manifest.json'), 'utf8')))
    const into = join(parent, 'restored')
    await expect(restoreBackup(backup, into, noStore)).rejects.toMatchObject({ code: 'backup.broken' })
    expect(await readdir(parent)).not.toContain('restored')
  })
})

test('a backup of a newer layout is refused as such', async () => {
  const manifest = await back()
  // Without uploads, older releases can restore it too.
  expect(manifest.format).toBe(1)
  await writeFile(join(backup, 'manifest.json'), JSON.stringify({ ...manifest, format: 3 }))
  await expect(verifyBackup(backup)).rejects.toMatchObject({ code: 'project.newer' })
})

test('neither a backup nor a restore touches a folder that holds something', async () => {
  await back()
  await expect(back()).rejects.toMatchObject({ code: 'store.not_empty' })
  await expect(restoreBackup(backup, bench.dir, noStore)).rejects.toMatchObject({ code: 'store.not_empty' })
  expect(await readdir(bench.dir)).toContain('people.csv')
})

test('a restore whose control store refuses leaves the folder empty', async () => {
  async function* dump() {
    yield '{}'
  }
  await withProject(bench.dir, (app) => backUp(sourceOf(app, { store: { dump } }), backup))
  const into = join(parent, 'restored')
  await expect(restoreBackup(backup, into, noStore)).rejects.toThrow('The backup has no control store.')
  expect(await readdir(into)).toEqual([])
})
