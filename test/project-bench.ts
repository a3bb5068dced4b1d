import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { type Control, type OwnApp, openApp, type RunRequest } from '../src/app.ts'
import { type Emulator, type EmulatorOptions, type StateUser, startEmulator } from '../src/emulator/index.ts'
import { loadProject } from '../src/project/load.ts'
import type { ChangeView, PlanSummary, RecordRow, RunSummary } from '../src/sync/report.ts'
import { basicAuthorization, connectAccount, type Json } from './account-client.ts'

/** A row of the query's result; every cell is text, as in a CSV of which each column is declared text. */
export type SourceRow = Record<string, string | null>

export interface BenchOptions {
  emulator?: EmulatorOptions
  /** Settings of the destination beside plugin, credential, subdomain and base_url. */
  destination?: Record<string, unknown>
  sql?: string
  /** Further files of the project: path -> text. */
  files?: Record<string, string>
  /** Further top-level parts of deskside.yml. */
  project?: Record<string, unknown>
  /** Values of variables, beside that of the account. */
  env?: Record<string, string>
}

/**
 * A real project in a temporary folder and an emulated account of its own: what a test does with it goes through the same door as the
 * terminal. Jobs end at once unless the emulator is told otherwise; no limit of ours applies unless the destination sets one.
 */
export interface Bench {
  dir: string
  emulator: Emulator
  /** Replaces the source: the table `people` of the project. */
  write(rows: readonly SourceRow[]): Promise<void>
  /** Replaces the query. */
  query(sql: string): Promise<void>
  /** Changes settings of the destination. */
  settings(destination: Record<string, unknown>): Promise<void>
  run(request?: Partial<RunRequest>, control?: Control): Promise<RunSummary>
  plan(flags?: { sample?: number; full?: boolean; live?: boolean }): Promise<PlanSummary>
  changes(planId: string): Promise<ChangeView[]>
  records(
    runId: string,
    filter?: { outcome?: RecordRow['outcome']; warnings?: boolean; alerts?: boolean },
  ): Promise<RecordRow[]>
  withApp<T>(work: (app: OwnApp) => Promise<T>): Promise<T>
  /** Active end users of the account. */
  users(): StateUser[]
  user(externalId: string): StateUser | undefined
  /** What an agent does in the account meanwhile; `path` begins with /api. */
  asAgent(method: string, path: string, body?: unknown): Promise<Json>
  /** Requests that change something, since the last `clearCalls`: `PUT users/N`, ids left out. */
  writes(): string[]
  /** Bodies of the writes since the last `clearCalls`, row by row. */
  writtenUsers(): Record<string, unknown>[]
  /** External ids of those that Zendesk took. */
  takenUsers(): string[]
  close(): Promise<void>
}

export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), 'deskside-test-'))
  const emulator = await startEmulator({
    plan: 'unlimited',
    jobLatencyMs: [0, 0],
    singularUpsertLimits: false,
    warn: () => {},
    ...options.emulator,
  })
  let destination = { limits: { users_per_second: 'none', api_budget: 'none' }, ...options.destination }
  const env = { CLIENT_SECRET: emulator.clientSecret, ...options.env }
  const writeProject = async () => {
    const text = stringify({
      name: 'bench',
      database: { tables: { people: { path: 'people.csv', types: 'text' } } },
      credentials: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of deskside.yml
        zendesk: { type: 'zendesk_oauth', client_id: emulator.clientId, client_secret: '${CLIENT_SECRET}' },
      },
      destinations: {
        zendesk: {
          plugin: 'zendesk',
          credential: 'zendesk',
          subdomain: emulator.subdomain,
          base_url: emulator.url,
          ...destination,
        },
      },
      queries: { people: 'people.sql' },
      orchestrations: { people: { query: 'people', destination: 'zendesk' } },
      ...options.project,
    })
    await writeFile(join(dir, 'deskside.yml'), text)
  }
  const withApp = async <T>(work: (app: OwnApp) => Promise<T>): Promise<T> => {
    const app = await openApp(await loadProject(dir, env))
    try {
      return await work(app)
    } finally {
      await app.close()
    }
  }
  await writeProject()
  for (const [path, text] of Object.entries(options.files ?? {})) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
  await writeFile(join(dir, 'people.sql'), options.sql ?? 'SELECT * FROM people ORDER BY CAST(_row AS INTEGER)')
  const client = connectAccount(emulator.url, basicAuthorization(emulator.email, emulator.apiToken))
  const users = () => emulator.state({ role: 'end-user' }).users.filter((user) => user.active)
  return {
    dir,
    emulator,
    write: (rows) => writeFile(join(dir, 'people.csv'), csv(rows)),
    query: (sql) => writeFile(join(dir, 'people.sql'), sql),
    settings: async (changed) => {
      destination = { ...destination, ...changed }
      await writeProject()
    },
    run: (request = {}, control) =>
      withApp((app) =>
        app.run(
          'people',
          { sample: null, full: false, live: false, planId: null, approve: false, ...request },
          control,
        ),
      ),
    plan: (flags = {}) => withApp((app) => app.plan('people', { sample: null, full: false, live: false, ...flags })),
    changes: (planId) => withApp((app) => collect(app.changes(planId))),
    records: (runId, filter = {}) =>
      withApp((app) => collect(app.records(runId, { outcome: null, warnings: false, ...filter }))),
    withApp,
    users,
    user: (externalId) => users().find((user) => user.external_id?.toLowerCase() === externalId.toLowerCase()),
    asAgent: async (method, path, body) => {
      const answer = await client.call(method, path, body)
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
      return answer.json
    },
    writes: () =>
      emulator
        .calls({})
        .filter((call) => call.method !== 'GET' && !call.path.startsWith('/oauth'))
        .map((call) => `${call.method} ${call.path.replace('/api/v2/', '').replaceAll(/\d{5,}/g, 'N')}`),
    writtenUsers: () => writtenIn(emulator.calls({})),
    takenUsers: () =>
      writtenIn(emulator.calls({}).filter(({ status }) => status !== null && status < 300)).map((user) =>
        String(user.external_id),
      ),
    close: async () => {
      await emulator.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function writtenIn(calls: ReturnType<Emulator['calls']>): Record<string, unknown>[] {
  return calls
    .filter((call) => call.method !== 'GET' && call.path.includes('/users/'))
    .flatMap((call) => {
      const body = call.body as { users?: Record<string, unknown>[]; user?: Record<string, unknown> } | undefined
      return body?.users ?? (body?.user === undefined ? [] : [body.user])
    })
}

/** CSV with a `_row` column that keeps the order; NULL is an empty unquoted cell. */
function csv(rows: readonly SourceRow[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (value: string | null | undefined) => (value == null ? '' : `"${value.replaceAll('"', '""')}"`)
  const lines = rows.map((row, index) => [String(index + 1), ...columns.map((column) => cell(row[column]))].join(','))
  return `${[['_row'], columns.map((column) => `"${column.replaceAll('"', '""')}"`)].flat().join(',')}\n${lines.map((line) => `${line}\n`).join('')}`
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
