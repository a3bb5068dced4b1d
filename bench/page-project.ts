import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DuckDBInstance } from '@duckdb/node-api'
import { openService, type Service } from '../src/control/service.ts'
import { newTasks } from '../src/control/tasks.ts'
import { openLog } from '../src/log.ts'
import type { Json } from '../src/problem.ts'
import type { WorkflowHeader } from '../src/store/store.ts'
import type { PlanSummary, RowCounts, WorkflowEvent } from '../src/sync/report.ts'
import { assertRight } from './case.ts'
import { deskside } from './command.ts'
import { takeForDelivered } from './delivered-state.ts'
import { EmulatedAccount } from './emulated-account.ts'

/** Each the name of an orchestration, so that a text finds the workflows of one alone. */
export const words =
  'alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo sierra tango'.split(
    ' ',
  )

/** What a large project has. */
export const sizes = { workflows: 10_000, queries: 500, segments: 40 } as const

/** People of the run who are really delivered; the others are taken for delivered. */
const firstPeople = 5_000
const days = 28

export const person = { email: 'admin@example.com', password: 'correct horse battery staple' }

/** A project of that size, and a server of its own process that serves it. */
export interface ServedProject {
  url: string
  /** The workflow with a row for each of the people, the newest of all. */
  workflow: string
  close(): Promise<void>
}

/** One row in a hundred has no name, and is rejected. */
async function writePeople(path: string, people: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '600MB' })
  const connection = await instance.connect()
  await connection.run(`
    COPY (SELECT 'C-' || lpad(n::VARCHAR, 9, '0') AS external_id, 'person' || n || '@example.com' AS email,
      CASE WHEN n % 100 = 7 THEN NULL ELSE 'Person Number ' || n END AS name, 'City ' || n % 5000 AS city, n % 40 AS orders
    FROM range(${people}) r(n)) TO '${path}' (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
}

const filing = (n: number) => ({ folder: `Team ${n % 12}/Part ${n % 3}`, labels: [`label-${n % 7}`, 'nightly'] })
const sqlOf = (n: number) => `SELECT
  external_id
  ,email
  ,name
FROM customers
WHERE orders >= ${n % 40} AND city LIKE 'City ${n % 50}%'
ORDER BY external_id
`

async function openAccount(people: number): Promise<EmulatedAccount> {
  const half = sizes.queries / 2 - words.length
  const fromGit = Object.fromEntries(Array.from({ length: half }, (_, n) => [`git_query_${n}`, sqlOf(n)]))
  const [first = ''] = words
  const queries = {
    ...fromGit,
    ...Object.fromEntries(words.map((word, n) => [word, sqlOf(n)])),
    [first]: 'SELECT external_id, email, name FROM customers',
  }
  const segment = (n: number) => ({
    ...{ name: `Segment ${n}`, attributes: 'People', ...filing(n) },
    include: { combinator: 'and', rules: [{ field: 'orders', operator: '>=', value: n % 40 }] },
  })
  const account = await EmulatedAccount.open({
    emulator: ['--fast', '--plan', 'unlimited'],
    destination: { limits: { users_per_second: 'none', api_budget: 'none' } },
    tables: { customers: { path: 'customers.parquet' }, kept: { path: 'customers.parquet' } },
    queries,
    orchestrations: words,
    parts: {
      queries: Object.fromEntries(
        Object.keys(queries).map((key, n) => [key, { sql: `${key}.sql`, name: `Query ${key}`, ...filing(n) }]),
      ),
      attributes_tables: { People: { sql: 'attributes.sql' } },
      segments: Object.fromEntries(Array.from({ length: sizes.segments }, (_, n) => [`segment_${n}`, segment(n)])),
    },
  })
  const attributes = 'SELECT external_id AS amperity_id, external_id, email, name, city, orders FROM customers'
  await writeFile(join(account.dir, 'attributes.sql'), attributes)
  await writePeople(join(account.dir, 'customers.parquet'), people)
  return account
}

/** A run of everybody: planned whole, delivered to the first, and the rest taken for delivered. */
async function runOfEverybody(account: EmulatedAccount): Promise<{ run: string; rows: RowCounts }> {
  let plan: PlanSummary | null = null
  let isStopped = false
  const { summary } = await account.run(words[0]!, {
    onLine(text, child) {
      const event = JSON.parse(text) as WorkflowEvent
      if (event.type === 'planned') plan = event.plan
      if (event.type !== 'progress' || event.progress.settled < firstPeople || isStopped) return
      // A second signal would not wait for the jobs in flight.
      isStopped = true
      child.kill('SIGINT')
    },
  })
  assertRight(plan !== null && summary.status === 'stopped', `the run ended as ${summary.status}`)
  const rows = await takeForDelivered(account.dir, summary.run_id, { keepsRows: true })
  return { run: summary.run_id, rows }
}

const ends = ['completed', 'completed', 'completed_with_alerts', 'error', 'stopped'] as const

/** A workflow as a server leaves it after its end; the larger, the newer. */
function header(n: number, now: Date): WorkflowHeader {
  const agoMs = ((sizes.workflows - n) / sizes.workflows) * days * 86_400_000
  const at = new Date(now.getTime() - agoMs - 600_000)
  const state = ends[n % ends.length]!
  const [total, rejected, updated] = [5_000 + (n % 977), n % 23, n % 400]
  const problem = { code: 'zendesk.unreachable', message: 'x'.repeat(200), fix: 'y'.repeat(100) }
  const endedAt = new Date(at.getTime() + 5_000 + (n % 60) * 1_000)
  return {
    id: `w-${String(n).padStart(6, '0')}`,
    orchestration: words[n % words.length]!,
    ...{
      state,
      trigger: n % 3 === 0 ? 'manual' : 'schedule',
      startedBy: n % 3 === 0 ? 'user/1' : null,
      groupRun: null,
    },
    request: { sample: null, full: false, live: false, planId: null, approve: false },
    launched: { query: { key: words[n % words.length]!, version: 1, body: { text: sqlOf(n).repeat(4) } } },
    tasks: newTasks().map((task) => ({
      ...{ ...task, state: 'succeeded', startedAt: at.toISOString(), endedAt: endedAt.toISOString() },
      output: { notes: ['z'.repeat(200)] },
    })) as unknown as Json[],
    rows: { ...{ total, rejected, updated, unchanged: total - rejected - updated }, created: 0, merged: 0, failed: 0 },
    problem: state === 'error' ? problem : null,
    ...{ runId: `r-${n}`, attempt: 1, requestedAt: at, startedAt: at, endedAt },
  }
}

/** Puts into the control store what people and a server would have put there in a month. */
async function fillStore(service: Service, { run, rows }: { run: string; rows: RowCounts }): Promise<string> {
  const { signIn, store, control } = service
  const actor = await signIn.setAdministrator(person.email, person.password)
  await control.applied.apply(actor, (await control.applied.preview(actor)).revision)
  const bodyOf = (n: number) => ({
    ...{ name: `Made on the page ${n}`, sql: `made_${n}.sql`, text: sqlOf(n) },
    ...filing(n),
  })
  // The first one passes every check; the others are stored as that one was.
  const first = await control.definitions.create(actor, 'query', { key: 'made_0', body: bodyOf(0) })
  const others = Array.from({ length: sizes.queries / 2 - 1 }, (_, index) => index + 1)
  await store.definitions.apply(
    others.map((n) => ({
      ...{ change: 'put', kind: 'query', key: `made_${n}`, source: 'ui' },
      body: { ...first.body, ...bodyOf(n) },
    })),
    `user/${actor.id}`,
  )
  const now = new Date()
  for (let n = 0; n < sizes.workflows; n += 1) {
    const isLast = n === sizes.workflows - 1
    const whole = { orchestration: words[0]!, state: 'completed_with_alerts', runId: run, rows: { ...rows } } as const
    await store.workflows.add({ ...header(n, now), ...(isLast && { ...whole, problem: null }) })
  }
  return header(sizes.workflows - 1, now).id
}

/** Serves the project as `deskside serve` does. */
async function serve(account: EmulatedAccount): Promise<{ url: string; server: ChildProcess }> {
  const server = spawn(deskside, ['serve', '--port', '0', '--json', '--project', account.dir], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: environment(account),
  })
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  server.once('exit', () => process.off('exit', kill))
  const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string]
  return { url: (JSON.parse(line) as { url: string }).url, server }
}

/** A server is asked for its own project only. */
function environment({ credentials }: EmulatedAccount): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('DESKSIDE_'))
  const own = { CLIENT_SECRET: credentials.client_secret, DESKSIDE_ALLOWED_HOSTS: '127.0.0.1' }
  return { ...Object.fromEntries(others), ...own }
}

/** Fills a project and serves it; `people` are the rows of its last run. */
export async function serveLargeProject(people: number, say: (text: string) => void): Promise<ServedProject> {
  const account = await openAccount(people)
  try {
    const ran = await runOfEverybody(account)
    assertRight(ran.rows.total === people && ran.rows.rejected === people / 100, JSON.stringify(ran.rows))
    say(`page: a run of ${people} rows is in the ledger`)
    const log = openLog({ level: 'error', destination: 'stderr' })
    const service = await openService(account.dir, environment(account), { log, version: 'bench' })
    const workflow = await fillStore(service, ran).finally(() => service.close(1_000))
    say(`page: ${sizes.workflows} workflows and ${sizes.queries} queries are in the store`)
    const { url, server } = await serve(account)
    return {
      ...{ url, workflow },
      async close() {
        const exited = once(server, 'exit')
        server.kill('SIGTERM')
        await exited
        await account.close()
      },
    }
  } catch (error) {
    await account.close()
    throw error
  }
}
