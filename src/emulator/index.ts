/**
 * A Zendesk account in a box: `startEmulator()` in tests, `deskside emulator` at the terminal. It listens on the loopback address
 * only, keeps everything in memory, and follows what Zendesk documents or was seen to do; each rule names its source beside it
 * (OAS: Zendesk's OpenAPI file; DOC-*: its reference pages; other names: recordings and reports of public projects), and
 * `Assumption:` marks what nobody knows. One seed gives the same ids, latencies and races every time.
 */
import type { AddressInfo } from 'node:net'
import { Access, createCredentials } from './access.ts'
import { Account } from './account.ts'
import { createAccountView } from './account-view.ts'
import { Clock, type ClockMode } from './clock.ts'
import { type Control, findByKey } from './control.ts'
import { Faults } from './faults.ts'
import { Jobs } from './jobs.ts'
import { Journal, type JournalMode } from './journal.ts'
import { createRandom } from './random.ts'
import { KeyedLimit, PermanentDeletionLimit, RequestLimit, SingularUpsertLimit } from './rate-limits.ts'
import type { World } from './router.ts'
import { readState, seedAccount, seedUser } from './seed.ts'
import { createApiServer } from './server.ts'
import { defaultSettings, pickSettings, type Settings } from './settings.ts'
import { isoTime } from './user-json.ts'

export type { ClockChange, ClockMode, ClockView } from './clock.ts'
export type { Stats } from './control.ts'
export type { Fault } from './faults.ts'
export type { Call } from './journal.ts'
export type { Seed, State, StateUser, UserSeed } from './seed.ts'
export type { Plan, Settings } from './settings.ts'

/** All {@link Settings} and where, how and with which clock the emulator runs. */
export interface EmulatorOptions extends Partial<Settings> {
  /** 0 (default): any free port. */
  port?: number
  host?: '127.0.0.1'
  /** Decides ids, latencies, races and credentials. Default 1. */
  seed?: number
  subdomain?: string
  /** Milliseconds since the epoch; default the real clock. Jobs, tokens and limits follow it. */
  now?: () => number
  /** `manual`: the time stands still until {@link Control.advance}. Default `real`. */
  clock?: ClockMode
  /** Default `bodies`: calls with the bodies of writes. */
  journal?: JournalMode
  /** Where a line about a route that is not emulated goes; default standard error. */
  warn?: (line: string) => void
}

export interface Emulator extends Control {
  url: string
  subdomain: string
  email: string
  apiToken: string
  clientId: string
  clientSecret: string
  close(): Promise<void>
}

/** Rejects with the system's error if the port is taken. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, host = '127.0.0.1', seed = 1, subdomain = 'emulator', journal, warn } = options
  const {
    port: _,
    host: _host,
    seed: _seed,
    subdomain: _name,
    now: _now,
    clock: _clock,
    journal: _mode,
    warn: _warn,
    ...settings
  } = options
  const initial: Settings = { ...defaultSettings, ...pickSettings(settings) }
  const credentials = createCredentials(createRandom(seed, 'credentials'))
  const clock = new Clock(options.now ?? Date.now, options.clock ?? 'real')
  const now = (): number => clock.nowMs()
  const calls = new Journal(journal ?? 'bodies')
  const byStatus = new Map<string, number>()
  const start = (from = seed) => ({
    world: createWorld(from, initial, credentials, subdomain, now),
    faults: new Faults(from),
  })
  const running: Running = { ...start(), url: '' }
  const control = createControl(running, { start, calls, byStatus, clock })
  const server = createApiServer({
    world: () => running.world,
    faults: () => running.faults,
    journal: calls,
    control,
    now,
    countStatus: (status) => byStatus.set(String(status), (byStatus.get(String(status)) ?? 0) + 1),
    warn: warn ?? ((line) => process.stderr.write(`${line}\n`)),
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  running.url = `http://${host}:${(server.address() as AddressInfo).port}`
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: running.url, subdomain, ...credentials, ...control, close }
}

/** What a reset replaces, and the address. */
interface Running {
  world: World
  faults: Faults
  url: string
}

interface ControlParts {
  start: (seed?: number) => Pick<Running, 'world' | 'faults'>
  calls: Journal
  byStatus: Map<string, number>
  clock: Clock
}

function createControl(running: Running, { start, calls, byStatus, clock }: ControlParts): Control {
  const now = (): number => clock.nowMs()
  return {
    ...createAccountView(() => running.world, calls, now),
    seed: (data) => {
      running.world.jobs.advance(now())
      return seedAccount(running.world.account, data)
    },
    state: (filter) => {
      running.world.jobs.advance(now())
      return readState(running.world.account, running.url, filter)
    },
    reset: (again) => {
      clock.reset()
      Object.assign(running, start(again?.seed))
      calls.clear()
      byStatus.clear()
    },
    faults: (...added) => {
      for (const fault of added) {
        running.faults.add(fault)
        if (fault.kind === 'stale_read') running.world.account.past.keep(now())
      }
      return running.faults.list().map(({ skipLeft: _left, left, ...fault }) => ({
        ...fault,
        left: left === Number.POSITIVE_INFINITY ? 'always' : left,
      }))
    },
    clearFaults: () => {
      running.faults.clear()
      running.world.account.past.drop()
    },
    calls: (filter) => calls.list(filter),
    clearCalls: () => calls.clear(),
    mail: () => {
      running.world.jobs.advance(now())
      return running.world.account.mail.map(({ kind, to, userId, atS }) => ({
        kind,
        to,
        user_id: userId,
        sent_at: isoTime(atS),
      }))
    },
    stats: () => {
      running.world.jobs.advance(now())
      return readStats(running.world, calls.count, byStatus)
    },
    deleteUser: (key) => {
      running.world.jobs.advance(now())
      const user = findByKey(running.world.account, key)
      if (!user?.active) return false
      const { account } = running.world
      account.history.during({ request: 'POST /_emulator/delete_user' }, () => account.deleteUser(user))
      return true
    },
    clock: (change) => {
      if (change !== undefined) {
        clock.change(change)
        running.world.jobs.advance(now())
      }
      return clock.view()
    },
    advance: (ms) => {
      clock.change({ advance_ms: ms })
      running.world.jobs.advance(now())
    },
    revokeTokens: () => running.world.access.tokens.revokeAll(),
    accessTokens: () => [...running.world.access.tokens.handedOut],
    authorize: () => ({ code: running.world.access.tokens.authorize(now()) }),
  }
}

/** The account of the start: an owner, who is the API user, and a second agent. */
function createWorld(
  seed: number,
  settings: Settings,
  credentials: ReturnType<typeof createCredentials>,
  subdomain: string,
  now: () => number,
): World {
  const account = new Account(seed, { ...settings }, now)
  const owner = seedUser(account, { name: 'Olive Owner', email: credentials.email, role: 'admin' })
  account.owner = owner
  seedUser(account, { name: 'Sam Second', email: 'second.agent@example.com', role: 'agent' })
  return {
    subdomain,
    account,
    jobs: new Jobs(seed, account),
    access: new Access(account, credentials, owner, createRandom(seed, 'tokens')),
    requestLimit: new RequestLimit(account.settings, createRandom(seed, 'refusals')),
    singularLimit: new SingularUpsertLimit(),
    permanentDeletionLimit: new PermanentDeletionLimit(account.settings),
    organizationLimit: new KeyedLimit(5), // DOC-RL
    incrementalLimit: new KeyedLimit(10), // DOC-RL, without the High Volume API
  }
}

function readStats(world: World, requests: number, byStatus: ReadonlyMap<string, number>) {
  return {
    requests,
    by_status: Object.fromEntries(byStatus),
    jobs: world.jobs.created,
    jobs_in_flight: world.jobs.inFlightIds().length,
    peak_jobs_in_flight: world.jobs.peakInFlight,
    races: world.account.raceCount,
    users: world.account.activeUsers().length,
    mails: world.account.mailCount,
  }
}
