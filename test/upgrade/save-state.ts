/**
 * Saves the state that the present release leaves behind, for every later release to open: `node test/upgrade/save-state.ts DIR`.
 *
 * Three orchestrations on two emulated accounts leave runs of every outcome and ending, a plan that waits, people who left, alerts, an
 * undo that has paused its orchestration, and at last a process that was killed with a batch in flight. What the release itself answers
 * about all that goes beside it, so that a later one can be asked the same.
 */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { type App, type Control, openApp } from '../../src/app.ts'
import { binPath } from '../../src/cli/context.ts'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { loadProject } from '../../src/project/load.ts'
import type { RunSummary, WorkflowEvent } from '../../src/sync/report.ts'
import { inherited } from '../cli-child.ts'
import { answersOf } from './answers.ts'

const target = process.argv[2]
if (target === undefined) throw new Error('Usage: node test/upgrade/save-state.ts DIR')

const user_fields = [
  { key: 'city', type: 'text' as const },
  {
    key: 'tier',
    type: 'dropdown' as const,
    custom_field_options: ['gold', 'silver'].map((value) => ({ name: value, value })),
  },
]

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: variables of deskside.yml
const destination = (name: string) => ({
  plugin: 'zendesk',
  credential: name,
  subdomain: name,
  base_url: `\${${name.toUpperCase()}_URL}`,
  limits: { users_per_second: 'none', api_budget: 'none' },
})
const credential = (name: string) => ({
  type: 'zendesk_oauth',
  client_id: 'deskside_emulator',
  client_secret: `\${${name.toUpperCase()}_SECRET}`,
})
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: variables of deskside.yml

// JSON is YAML.
const project = {
  name: 'saved',
  database: {
    tables: Object.fromEntries(
      ['north', 'south', 'west'].map((name) => [name, { path: `${name}.csv`, types: 'text' }]),
    ),
  },
  credentials: { north: credential('north'), south: credential('south') },
  destinations: {
    north: destination('north'),
    south: { ...destination('south'), tags: 'add', on_exit: 'clear_fields', guards: { max_exits_percent: 'none' } },
  },
  queries: { north: 'north.sql', south: 'south.sql', west: 'west.sql' },
  orchestrations: {
    north: { query: 'north', destination: 'north' },
    south: { query: 'south', destination: 'south' },
    west: { query: 'west', destination: 'south' },
  },
}

type Row = (string | null)[]

const dir = await mkdtemp(join(tmpdir(), 'deskside-saved-'))
const accounts = { north: await account('north'), south: await account('south') }
const env = {
  NORTH_URL: accounts.north.url,
  NORTH_SECRET: accounts.north.clientSecret,
  SOUTH_URL: accounts.south.url,
  SOUTH_SECRET: accounts.south.clientSecret,
}

async function account(name: string): Promise<Emulator> {
  const emulator = await startEmulator({ plan: 'unlimited', jobLatencyMs: [0, 0], subdomain: name, warn: () => {} })
  emulator.seed({ user_fields })
  return emulator
}

async function source(name: string, columns: string[], rows: Row[]): Promise<void> {
  const line = (cells: Row) => `${cells.map((cell) => (cell === null ? '' : `"${cell}"`)).join(',')}\n`
  const numbered = rows.map((row, index) => [String(index + 1), ...row])
  await writeFile(join(dir, `${name}.csv`), [['_row', ...columns], ...numbered].map(line).join(''))
}

const query = (name: string, where = '') =>
  writeFile(join(dir, `${name}.sql`), `SELECT * FROM ${name}${where} ORDER BY CAST(_row AS INTEGER)\n`)

async function withApp<T>(work: (app: App) => Promise<T>): Promise<T> {
  const app = await openApp(await loadProject(dir, env))
  try {
    return await work(app)
  } finally {
    await app.close()
  }
}

const run = (orchestration: string, control: Control = {}, planId: string | null = null): Promise<RunSummary> =>
  withApp((app) => app.run(orchestration, { sample: null, full: false, live: false, planId, approve: false }, control))

function expectStatus(summary: RunSummary, status: RunSummary['status']): RunSummary {
  if (summary.status === status) return summary
  throw new Error(`The run should be ${status}: ${JSON.stringify(summary)}`)
}

/** People come, change and leave; somebody vanishes from the account; a run is taken back. */
async function south(): Promise<void> {
  const columns = ['external_id', 'email', 'name', 'tags', 'user_fields.city']
  const person = (n: number, city: string): Row => [
    `S-${n}`,
    `south${n}@example.com`,
    `South ${n}`,
    n % 2 ? 'crm' : 'crm vip',
    city,
  ]
  await source(
    'south',
    columns,
    [1, 2, 3, 4, 5, 6].map((n) => person(n, 'Rome')),
  )
  expectStatus(await run('south'), 'completed')
  await source(
    'south',
    columns,
    [1, 2, 3, 4, 5].map((n) => person(n, n > 2 ? 'Oslo' : 'Rome')),
  )
  const vanish = (event: WorkflowEvent) => {
    if (event.type === 'step' && event.step === 'settle') accounts.south.deleteUser({ external_id: 'S-5' })
  }
  const second = expectStatus(await run('south', { onEvent: vanish }), 'completed_with_alerts')
  const undo = await withApp((app) => app.undo(second.run_id))
  expectStatus(await run('south', {}, undo.plan.plan_id), 'completed')
}

/** A completed run, and a plan of what has changed since that nobody has run. */
async function west(): Promise<void> {
  const columns = ['external_id', 'email', 'name', 'phone']
  const people: Row[] = [1, 2, 3].map((n) => [`W-${n}`, `west${n}@example.com`, `West ${n}`, `+1415555013${n}`])
  await source('west', columns, people)
  expectStatus(await run('west'), 'completed')
  await source('west', columns, [
    ['W-1', 'west1@example.com', 'West One', '+14155550131'],
    ['W-2', 'west2.new@example.com', 'West 2', null],
    ...people.slice(2),
    ['W-4', 'west4@example.com', 'West 4', null],
  ])
  await withApp((app) => app.plan('west', { sample: null, full: false, live: false }))
}

/** Rows of every outcome; runs that ended in a problem and that were stopped. */
async function north(): Promise<void> {
  accounts.north.seed({
    users: [
      { name: 'Somebody', email: 'taken@example.com' },
      { name: 'Hal', email: 'hal@example.com', external_id: 'N-8', notes: 'met by an agent' },
    ],
  })
  const people: Row[] = [
    ['N-1', 'ann@example.com', 'Ann Example', '+14155550132', 'first note', 'Rome', 'gold'],
    ['N-2', 'ben@example.com', 'Ben Example', null, null, 'Oslo', 'gold'],
    ['N-2', 'ben.two@example.com', 'Ben Example', null, null, 'Oslo', 'gold'],
    ['N-3', 'cid@example.com', 'Cid Example', '12', null, 'Oslo', 'gold'],
    ['N-4', 'dan@example.com', null, null, null, 'Oslo', 'gold'],
    ['N-5', 'eve at example', 'Eve Example', null, null, 'Oslo', 'gold'],
    ['N-6', 'fay@example.com', 'Fay Example', null, null, 'Oslo', 'gold'],
    ['N-6', 'taken@example.com', 'Fay Example', null, null, 'Oslo', 'gold'],
    ['N-7', 'gus@example.com', 'Gus Example', null, null, 'Oslo', 'platinum'],
    ['N-8', 'hal@example.com', 'Hal Example', null, null, 'Oslo', 'gold'],
    [null, 'ida@example.com', 'Ida Example', null, null, 'Bergen', null],
  ]
  const columns = ['external_id', 'email', 'name', 'phone', 'notes', 'user_fields.city', 'user_fields.tier']
  await source('north', columns, people)
  expectStatus(await run('north'), 'completed_with_alerts')
  await query('north', " WHERE error('broken')")
  expectStatus(await run('north'), 'error')
  await query('north')
  const ann = (email: string): Row => ['N-1', email, 'Ann Example', '+14155550132', 'second note', 'Rome', 'gold']
  const kim = (email: string): Row => ['N-10', email, 'Kim Example', null, null, 'Oslo', 'gold']
  const more = [
    ...['ann', 'ann.two', 'ann.three'].map((name) => ann(`${name}@example.com`)),
    ...people.slice(1),
    ...['kim', 'kim.two', 'kim.three'].map((name) => kim(`${name}@example.com`)),
  ]
  const stop = new AbortController()
  await source('north', columns, more.slice(0, -1))
  const stopped = run('north', {
    signal: stop.signal,
    onEvent: (event) => (event.type === 'planned' ? stop.abort() : undefined),
  })
  expectStatus(await stopped, 'stopped')
  // Another query: the next run does not go on with the stopped one but closes it.
  await query('north', ' WHERE true')
  await source('north', columns, more)
}

/** Kills a run of north whose second batch is in flight: its job id is in the journal, because it was asked for. */
async function kill(): Promise<{ job: string; body: unknown }> {
  const { north } = accounts
  north.clearCalls()
  north.faults({ kind: 'job_stuck', skip: 1, times: 'always' })
  const child = spawn(binPath, ['run', 'north', '--project', dir, '--json'], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const inFlight = () => north.calls({ method: 'POST', path: 'users/create_or_update_many' })[1]
  const isAskedFor = () => {
    const job = inFlight()?.jobId
    return job !== undefined && north.calls({ method: 'GET', path: job }).length > 0
  }
  for (let turn = 0; !isAskedFor(); turn++) {
    if (turn > 3_000 || child.exitCode !== null) throw new Error('There never was a second batch in flight.')
    await delay(10)
  }
  child.kill('SIGKILL')
  await ended
  north.clearFaults()
  return { job: inFlight()?.jobId ?? '', body: inFlight()?.body }
}

/** What a fresh emulator is seeded with to be the account again. */
function people(emulator: Emulator): object[] {
  return emulator.state({ role: 'end-user' }).users.map(({ emails, email, ...user }) => ({
    ...Object.fromEntries(
      ['id', 'name', 'external_id', 'phone', 'notes', 'details', 'tags', 'user_fields'].map((key) => [key, user[key]]),
    ),
    email,
    emails: emails.filter((one) => one !== email),
  }))
}

await writeFile(join(dir, 'deskside.yml'), `${JSON.stringify(project, null, 2)}\n`)
for (const name of ['north', 'south', 'west']) await query(name)
await west()
await south()
// The plan before is out of date by now, because of what south has delivered to the same account.
await withApp((app) => app.plan('west', { sample: null, full: false, live: false }))
await north()
const inFlight = await kill()
await rm(target, { recursive: true, force: true })
await mkdir(join(target, 'state', 'runs'), { recursive: true })
// As the kill has left it, before anybody opens it again.
for (const name of await readdir(join(dir, '.deskside'), { recursive: true })) {
  if (!/\.(duckdb|wal)$/.test(name)) continue
  await writeFile(join(target, 'state', `${name}.gz`), gzipSync(await readFile(join(dir, '.deskside', name))))
}
for (const name of await readdir(dir)) {
  if (/\.(csv|sql|yml)$/.test(name)) await cp(join(dir, name), join(target, name))
}
const saved = {
  origins: { north: accounts.north.url, south: accounts.south.url },
  user_fields,
  users: { north: people(accounts.north), south: people(accounts.south) },
  inFlight,
}
await writeFile(join(target, 'accounts.json'), `${JSON.stringify(saved, null, 2)}\n`)
const answers = await withApp(answersOf)
await writeFile(join(target, 'answers.json'), `${JSON.stringify(answers, null, 2)}\n`)
for (const emulator of Object.values(accounts)) await emulator.close()
await rm(dir, { recursive: true })
process.stdout.write(`${answers.workflows.length} workflows are saved in ${target}\n`)
