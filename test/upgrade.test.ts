import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type App, openApp } from '../src/app.ts'
import { type Emulator, type Seed, startEmulator } from '../src/emulator/index.ts'
import { loadProject } from '../src/project/load.ts'
import { Database } from '../src/sync/ledger/database.ts'
import { noRows, type RecordRow } from '../src/sync/report.ts'
import accounts from './upgrade/format-1/accounts.json' with { type: 'json' }

const saved = fileURLToPath(new URL('upgrade/format-1/', import.meta.url))
const RUNS = { north: '20261121-234926-7115ce', south: '20261121-234929-e3c066' }
const WAITING_PLAN = '20261121-234932-eccc31'
const KILLED_RUN = '20261121-234937-209e7b'
/** How long ago the state was left: its plan could still be executed. */
const AGE_HOURS = 1

const open: { dir: string; emulators: Emulator[] }[] = []
afterEach(async () => {
  for (const { dir, emulators } of open.splice(0)) {
    for (const emulator of emulators) await emulator.close()
    await rm(dir, { recursive: true, force: true })
  }
})

interface OldProject {
  dir: string
  north: Emulator
  south: Emulator
  settings(destination: Record<string, unknown>): Promise<void>
  withApp<T>(work: (app: App) => Promise<T>): Promise<T>
  run(orchestration: string, planId?: string): ReturnType<App['run']>
  /** Rows of the writes of people since the last `clearCalls`. */
  written(account: Emulator): Record<string, unknown>[]
}

/** The saved project as if it had just been left, with its accounts as they were then. */
async function unpack(): Promise<OldProject> {
  const dir = await mkdtemp(join(tmpdir(), 'deskside-test-'))
  const account = async (name: 'north' | 'south') => {
    const emulator = await startEmulator({
      plan: 'unlimited',
      jobLatencyMs: [0, 0],
      singularUpsertLimits: false,
      subdomain: name,
      warn: () => {},
    })
    emulator.seed({ user_fields: accounts.user_fields, users: accounts.users[name] } as unknown as Seed)
    return emulator
  }
  const north = await account('north')
  const south = await account('south')
  open.push({ dir, emulators: [north, south] })
  await mkdir(join(dir, '.deskside', 'runs'), { recursive: true, mode: 0o700 })
  for (const name of await readdir(saved, { recursive: true })) {
    if (/\.(csv|sql)$/.test(name)) await copyFile(join(saved, name), join(dir, name))
    if (name.endsWith('.gz'))
      await writeFile(join(dir, '.deskside', name.slice(0, -3)), gunzipSync(await readFile(join(saved, name))))
  }
  await moveState(dir, { north, south })
  const settings = async (changed: Record<string, unknown>) =>
    await writeFile(join(dir, 'deskside.yml'), projectText({ north, south }, changed))
  await settings({})
  const env = { NORTH_SECRET: north.clientSecret, SOUTH_SECRET: south.clientSecret }
  const withApp = async <T>(work: (app: App) => Promise<T>): Promise<T> => {
    const app = await openApp(await loadProject(dir, env))
    try {
      return await work(app)
    } finally {
      await app.close()
    }
  }
  for (const one of [north, south]) one.clearCalls()
  return {
    dir,
    north,
    south,
    settings,
    withApp,
    run: (orchestration, planId) =>
      withApp((app) =>
        app.run(orchestration, { sample: null, full: false, live: false, planId: planId ?? null, approve: false }),
      ),
    written: (emulator) =>
      emulator
        .calls({ path: '/users/' })
        .filter((call) => call.method !== 'GET')
        .flatMap((call) => (call.body as { users?: Record<string, unknown>[] }).users ?? [{ call: call.path }]),
  }
}

/** Where the accounts are now, when it was, and the job that was in flight as a job of the account that there is now. */
async function moveState(dir: string, emulators: { north: Emulator; south: Emulator }) {
  const { north } = emulators
  const answer = await fetch(`${north.url}/api/v2/users/create_or_update_many`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${north.email}/token:${north.apiToken}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(accounts.inFlight.body),
  })
  const { job_status } = (await answer.json()) as { job_status: { id: string } }
  await withLedger({ dir }, async (db) => {
    expect(await db.first('SELECT format FROM meta')).toEqual({ format: 1 })
    for (const name of ['north', 'south'] as const)
      await db.run('UPDATE accounts SET origin = $2 WHERE origin = $1', [accounts.origins[name], emulators[name].url])
    await db.run('UPDATE journal SET job = $2 WHERE job = $1', [accounts.inFlight.job, job_status.id])
    const moved = `+ (now()::TIMESTAMP - INTERVAL ${AGE_HOURS} HOUR - (SELECT max(started_at) FROM workflows))`
    await db.run(
      `UPDATE workflows SET started_at = started_at ${moved}, planned_at = planned_at ${moved}, ended_at = ended_at ${moved}`,
    )
  })
}

function projectText(emulators: { north: Emulator; south: Emulator }, changed: Record<string, unknown>): string {
  const names = ['north', 'south'] as const
  const each = <T>(value: (name: (typeof names)[number]) => T) =>
    Object.fromEntries(names.map((name) => [name, value(name)]))
  return stringify({
    name: 'format-1',
    database: {
      tables: {
        northerners: { path: 'north.csv', types: 'text' },
        southerners: { path: 'south.csv', types: 'text' },
      },
    },
    credentials: each((name) => ({
      type: 'zendesk_oauth',
      client_id: emulators[name].clientId,
      client_secret: `\${${name.toUpperCase()}_SECRET}`,
    })),
    destinations: each((name) => ({
      plugin: 'zendesk',
      credential: name,
      subdomain: name,
      base_url: emulators[name].url,
      limits: { users_per_second: 'none', api_budget: 'none' },
      ...changed,
    })),
    queries: each((name) => `${name}.sql`),
    orchestrations: each((name) => ({ query: name, destination: name })),
  })
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const brief = ({ row, external_id, outcome, code, field }: RecordRow) => [row, external_id, outcome, code, field]

describe('a project of the first release (I12)', () => {
  it('opens: runs with their counts, the rows of a run with every outcome, warnings, the changes of a plan', async () => {
    const project = await unpack()
    await project.withApp(async (app) => {
      expect((await app.workflows()).map(({ run_id, status, rows }) => [run_id, status, rows])).toEqual([
        [KILLED_RUN, 'running', { ...noRows(), total: 17, pending: 17 }],
        [WAITING_PLAN, 'waiting', { ...noRows(), total: 6, pending: 6 }],
        [RUNS.south, 'completed', { ...noRows(), total: 6, created: 6 }],
        [
          RUNS.north,
          'completed_with_alerts',
          { ...noRows(), total: 12, created: 7, updated: 1, rejected: 2, failed: 1, merged: 1 },
        ],
      ])
      const records = await all(app.records(RUNS.north, { outcome: null, warnings: false }))
      expect(records.map(brief)).toEqual([
        [1, 'N-1', 'created', null, null],
        [2, 'N-2', 'created', null, null],
        [3, 'N-2', 'merged', null, null],
        [4, 'N-3', 'created', null, null],
        [5, 'N-4', 'rejected', 'missing_name', 'name'],
        [6, 'N-5', 'rejected', 'invalid_email', 'email'],
        [7, 'N-6', 'created', null, null],
        [8, 'N-6', 'failed', 'zendesk.refused', null],
        [9, 'N-7', 'created', null, null],
        [10, 'N-8', 'updated', null, null],
        [11, null, 'created', null, null],
        [12, 'n-9', 'created', null, null],
      ])
      expect(records[7]?.reason).toBe('Email: taken@example.com is already being used by another user')
      const warnings = await all(app.records(RUNS.north, { outcome: null, warnings: true }))
      expect(warnings.map(({ row, code, value }) => [row, code, value])).toEqual([
        [4, 'invalid_phone', '12'],
        [9, 'unknown_option', 'platinum'],
      ])
      const killed = await all(app.records(KILLED_RUN, { outcome: 'pending', warnings: false }))
      expect(killed.map(({ row }) => row)).toEqual([2, 3, 9, 10, 16, 17])
      const changes = await all(app.changes(WAITING_PLAN))
      expect(changes.map(({ kind, external_id, email, fields }) => [kind, external_id, email, fields.length])).toEqual([
        ['update', 'S-4', null, 1],
        ['email', 'S-5', 'south5.new@example.com', 1],
        ['create', 'S-7', 'south7@example.com', 3],
      ])
      // What these runs did not record yet is empty, and no error.
      expect(await all(app.exits(RUNS.north))).toEqual([])
      expect(await all(app.conflicts(WAITING_PLAN))).toEqual([])
    })
  })

  it('goes on: what was in flight is found out, and nothing that was delivered is sent again (I3, I5)', async () => {
    const project = await unpack()
    const summary = await project.run('north')
    expect(summary).toMatchObject({ status: 'completed_with_alerts', problem: null, exited: 0 })
    expect(summary.rows).toEqual({
      ...noRows(),
      total: 17,
      updated: 2,
      unchanged: 7,
      rejected: 2,
      failed: 1,
      merged: 5,
    })
    const refused = { external_id: 'N-6', email: 'taken@example.com', skip_verify_email: true }
    expect(project.written(project.north)).toEqual([
      { external_id: 'N-1', email: 'ann.three@example.com', skip_verify_email: true },
      refused,
      { external_id: 'N-10', email: 'kim.three@example.com', skip_verify_email: true },
      refused,
    ])
    const killed = (await project.withApp((app) => app.workflows())).find(({ run_id }) => run_id === KILLED_RUN)
    expect(killed).toMatchObject({
      status: 'stopped',
      rows: { total: 17, created: 1, updated: 2, unchanged: 5, rejected: 2, failed: 0, merged: 3, pending: 4 },
    })
    const emails = (key: string) => project.north.state({ external_id: key }).users[0]?.emails
    expect(emails('N-1')).toEqual(['ann@example.com', 'ann.two@example.com', 'ann.three@example.com'])
    expect(emails('N-10')).toEqual(['kim@example.com', 'kim.two@example.com', 'kim.three@example.com'])
    project.north.clearCalls()
    expect((await project.run('north')).rows).toMatchObject({ unchanged: 9, failed: 1, pending: 0 })
    expect(project.written(project.north)).toEqual([refused, refused])
  })

  it('refuses its waiting plan, and a new run sends what that plan would have', async () => {
    const project = await unpack()
    const shown = await project.withApp((app) => all(app.changes(WAITING_PLAN)))
    await expect(project.run('south', WAITING_PLAN)).rejects.toMatchObject({ code: 'plan.stale', effect: 'none' })
    expect(project.written(project.south)).toEqual([])
    expect(await project.run('south')).toMatchObject({
      status: 'completed',
      rows: { ...noRows(), total: 6, created: 1, updated: 2, unchanged: 3 },
    })
    expect(project.written(project.south).map((user) => user.external_id)).toEqual(
      shown.map(({ external_id }) => external_id),
    )
    project.south.clearCalls()
    expect((await project.run('south')).rows).toEqual({ ...noRows(), total: 6, unchanged: 6 })
    expect(project.written(project.south)).toEqual([])
  })

  it('takes nobody for gone at first, because old runs did not say whom they held', async () => {
    const project = await unpack()
    await project.settings({ on_exit: 'delete', guards: { max_exits_percent: 'none' } })
    const people = () =>
      project.south
        .state({ role: 'end-user' })
        .users.map((user) => user.external_id)
        .sort()
    // S-6 left before the upgrade.
    expect(await project.run('south')).toMatchObject({ status: 'completed', exited: 0 })
    expect(people()).toEqual(['S-1', 'S-2', 'S-3', 'S-4', 'S-5', 'S-6', 'S-7'])
    await writeFile(join(project.dir, 'south.sql'), "SELECT * FROM southerners WHERE external_id <> 'S-1'")
    expect(await project.run('south')).toMatchObject({ status: 'completed', exited: 1 })
    expect(people()).toEqual(['S-2', 'S-3', 'S-4', 'S-5', 'S-6', 'S-7'])
  })

  it('opens after an upgrade that was killed half-way', async () => {
    const project = await unpack()
    await withLedger(project, async (db) => {
      await db.run('ALTER TABLE workflows ADD COLUMN query_digest VARCHAR')
      await db.run('ALTER TABLE delivered_1 ADD COLUMN _ours BOOLEAN DEFAULT false')
    })
    expect(await project.withApp((app) => app.workflows())).toHaveLength(4)
    expect(await project.run('south')).toMatchObject({ status: 'completed', rows: { unchanged: 3 } })
    await withLedger(project, async (db) => {
      const { format } = (await db.first<{ format: number }>('SELECT format FROM meta')) ?? { format: 0 }
      expect(format).toBeGreaterThan(1)
    })
  })

  it('a file of a newer release is refused with a sentence, and stays as it is', async () => {
    const project = await unpack()
    await withLedger(project, (db) => db.run('UPDATE meta SET format = 99'))
    await expect(project.withApp((app) => app.workflows())).rejects.toMatchObject({
      code: 'project.newer',
      message: expect.stringMatching(/^The project's state has format 99; this release knows formats up to \d+\.$/),
      effect: 'none',
    })
    await expect(project.run('north')).rejects.toMatchObject({ code: 'project.newer' })
    expect(project.north.calls({}).concat(project.south.calls({}))).toEqual([])
    await withLedger(project, async (db) => expect(await db.first('SELECT format FROM meta')).toEqual({ format: 99 }))
  })
})

/** The ledger's file as it is, without an upgrade. */
async function withLedger(project: { dir: string }, work: (db: Database) => Promise<void>): Promise<void> {
  const state = join(project.dir, '.deskside')
  const db = await Database.open(join(state, 'ledger.duckdb'), { memoryMib: 200, tempDir: join(state, 'tmp') })
  try {
    await work(db)
  } finally {
    await db.close()
  }
}
