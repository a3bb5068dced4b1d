import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type App, openApp } from '../../src/app.ts'
import { type Emulator, type Seed, startEmulator } from '../../src/emulator/index.ts'
import { loadProject } from '../../src/project/load.ts'
import { Database } from '../../src/sync/ledger/database.ts'
import type { answersOf } from './answers.ts'

/** How long ago the state was left: its plan could still be executed. */
const AGE_HOURS = 1

/** `accounts.json`, as `save-state.ts` writes it. */
interface SavedAccounts {
  origins: Record<'north' | 'south', string>
  user_fields: Seed['user_fields']
  users: Record<'north' | 'south', Seed['users']>
  inFlight: { job: string; body: unknown }
}

export interface SavedProject {
  dir: string
  north: Emulator
  south: Emulator
  /** What the release that left the state said of it. */
  answers: Awaited<ReturnType<typeof answersOf>>
  withApp<T>(work: (app: App) => Promise<T>): Promise<T>
  run(orchestration: string, planId?: string): ReturnType<App['run']>
  close(): Promise<void>
}

async function json<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T
}

/** A saved project as if it had just been left, with its accounts as they were then. */
export async function unpackSaved(saved: string): Promise<SavedProject> {
  const accounts = await json<SavedAccounts>(join(saved, 'accounts.json'))
  const dir = await mkdtemp(join(tmpdir(), 'deskside-test-'))
  const account = async (name: 'north' | 'south') => {
    const emulator = await startEmulator({ plan: 'unlimited', jobLatencyMs: [0, 0], subdomain: name, warn: () => {} })
    emulator.seed({ user_fields: accounts.user_fields ?? [], users: accounts.users[name] ?? [] })
    return emulator
  }
  const [north, south] = [await account('north'), await account('south')]
  await mkdir(join(dir, '.deskside', 'runs'), { recursive: true, mode: 0o700 })
  for (const name of await readdir(saved)) {
    if (/\.(csv|sql|yml)$/.test(name)) await copyFile(join(saved, name), join(dir, name))
  }
  for (const name of await readdir(join(saved, 'state'), { recursive: true })) {
    if (!name.endsWith('.gz')) continue
    const bytes = gunzipSync(await readFile(join(saved, 'state', name)))
    await writeFile(join(dir, '.deskside', name.slice(0, -3)), bytes)
  }
  await moveState(dir, accounts, { north, south })
  for (const emulator of [north, south]) emulator.clearCalls()
  const env = {
    NORTH_URL: north.url,
    NORTH_SECRET: north.clientSecret,
    SOUTH_URL: south.url,
    SOUTH_SECRET: south.clientSecret,
  }
  const withApp = async <T>(work: (app: App) => Promise<T>): Promise<T> => {
    const app = await openApp(await loadProject(dir, env))
    try {
      return await work(app)
    } finally {
      await app.close()
    }
  }
  return {
    dir,
    north,
    south,
    answers: await json(join(saved, 'answers.json')),
    withApp,
    run: (orchestration, planId) =>
      withApp((app) =>
        app.run(orchestration, { sample: null, full: false, live: false, planId: planId ?? null, approve: false }),
      ),
    close: async () => {
      for (const emulator of [north, south]) await emulator.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Where the accounts are now, when it was, and the job that was in flight as a job of the account that there is now. */
async function moveState(
  dir: string,
  accounts: SavedAccounts,
  emulators: Record<'north' | 'south', Emulator>,
): Promise<void> {
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
  const state = join(dir, '.deskside')
  const db = await Database.open(join(state, 'ledger.duckdb'), { memoryMib: 200, tempDir: join(state, 'tmp') })
  try {
    for (const name of ['north', 'south'] as const)
      await db.run('UPDATE accounts SET origin = $2 WHERE origin = $1', [accounts.origins[name], emulators[name].url])
    await db.run('UPDATE journal SET job = $2 WHERE job = $1', [accounts.inFlight.job, job_status.id])
    const moved = `+ (now()::TIMESTAMP - INTERVAL ${AGE_HOURS} HOUR - (SELECT max(started_at) FROM workflows))`
    await db.run(
      `UPDATE workflows SET started_at = started_at ${moved}, planned_at = planned_at ${moved}, ended_at = ended_at ${moved}`,
    )
  } finally {
    await db.close()
  }
}
