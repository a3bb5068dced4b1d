import { join } from 'node:path'
import type { Control } from '../src/app.ts'
import type { AccountFacts } from '../src/destination/destination.ts'
import { connectZendesk } from '../src/destination/zendesk/index.ts'
import { duckdbEngine } from '../src/engine/duckdb.ts'
import { databaseNamed } from '../src/project/databases.ts'
import { loadProject } from '../src/project/load.ts'
import { Ledger } from '../src/sync/ledger/ledger.ts'
import type { RunSummary, WorkflowEvent } from '../src/sync/report.ts'
import { WaitMeter } from '../src/sync/waits.ts'
import { runOrchestration } from '../src/sync/workflow.ts'
import type { Bench } from './project-bench.ts'

/** The clock of the connection runs so much faster: a job that was missed for five seconds is missed for a tenth of one. */
const HASTE = 50
/** For an emulated account whose minutes must be as short as ours. */
export const hurriedNowMs = () => Math.round(performance.timeOrigin + performance.now() * HASTE)
const hurriedClock = {
  now: () => performance.now() * HASTE,
  sleep: (delayMs: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(end, delayMs / HASTE)
      function end() {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      if (signal?.aborted) end()
      else signal?.addEventListener('abort', end, { once: true })
    }),
}

/** An event and when it came, on the wall clock that `untilMs` of waits is of. */
export type TimedEvent = WorkflowEvent & { atMs: number }

/**
 * A run of a bench as the facade starts it, with what the facade leaves to the defaults made short: the waits of the connection, its
 * time-outs, the patience.
 */
export async function hurriedRun(
  bench: Bench,
  control: Control & { patienceMs?: number } = {},
): Promise<{ summary: RunSummary; events: TimedEvent[] }> {
  const { patienceMs = 60_000, signal, abort } = control
  const project = await loadProject(bench.dir, { CLIENT_SECRET: bench.emulator.clientSecret })
  const [query] = project.queries.values()
  const [settings] = project.destinations.values()
  const [credential] = project.credentials.values()
  if (query === undefined || settings === undefined || credential === undefined)
    throw new Error('The project of the bench is incomplete.')
  const events: TimedEvent[] = []
  const waits = new WaitMeter()
  const onEvent = (event: WorkflowEvent) => {
    waits.event(event, performance.now(), Date.now())
    events.push({ ...event, atMs: Date.now() })
    control.onEvent?.(event)
  }
  const ledger = await Ledger.open(join(bench.dir, '.deskside'))
  const connection = connectZendesk(settings, credential, {
    env: {},
    clock: hurriedClock,
    timeouts: { headersMs: 3_000, bodyMs: 3_000, exchangeMs: 6_000 },
    retryBaseMs: 50,
    signal: abort,
    onWait: (notice) => onEvent({ type: 'waiting', why: notice?.why ?? null, untilMs: notice?.untilMs ?? null }),
  })
  let facts: Promise<AccountFacts> | null = null
  const { tables, dialect, timeZone, limits } = databaseNamed(project, null)
  try {
    const summary = await runOrchestration(
      {
        ledger,
        connection,
        engine: duckdbEngine(),
        readAccount: () => {
          facts ??= connection.readAccount()
          return facts
        },
        orchestration: 'people',
        orchestrations: ['people'],
        alerts: null,
        query: { tables, sql: query.sql, file: query.file, dialect, timeZone, limits },
        settings,
        settingsText: JSON.stringify(settings),
        patienceMs,
        now: () => new Date(),
        onEvent,
        waitedMs: () => waits.waitedMs(performance.now()),
        ...(signal === undefined ? {} : { signal }),
        ...(abort === undefined ? {} : { abort }),
      },
      { sample: null, full: false, live: false },
      { approve: false },
    )
    return { summary, events }
  } finally {
    await connection.close()
    await ledger.close()
  }
}
