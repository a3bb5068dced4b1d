/** What must hold after whatever went wrong: one judgement for every kind of fault, of the network and of the process. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RecordRow, RunSummary } from '../../src/sync/report.ts'
import type { TimedEvent } from '../hurried-run.ts'
import { type Bench, type BenchOptions, openBench, type SourceRow } from '../project-bench.ts'

/** A user of an account, without what Zendesk chooses itself: ids and times. */
export interface HeldUser {
  external_id: string | null
  name: string
  [key: string]: unknown
}

/** What an account holds: end users by external_id, then by address; organisations by name. */
export function accountOf(bench: Bench): { users: HeldUser[]; organizations: string[] } {
  const state = bench.emulator.state({ role: 'end-user' })
  const names = new Map(state.organizations.map(({ id, name }) => [id, name]))
  const users = state.users.map((user): HeldUser => {
    const { id: _id, url: _url, created_at: _created, updated_at: _updated, organization_id: _primary, ...rest } = user
    return {
      ...rest,
      tags: user.tags.toSorted(),
      identities: user.identities
        .map(({ type, value, primary, verified }) => ({ type, value, primary, verified }))
        .toSorted((one, other) => `${one.type} ${one.value}`.localeCompare(`${other.type} ${other.value}`)),
      // Further addresses in the order of their making say nothing.
      emails: [...user.emails.slice(0, 1), ...user.emails.slice(1).toSorted()],
      organization_ids: (user.organization_ids as number[]).map((id) => names.get(id) ?? id).toSorted(),
    }
  })
  const keyOf = (user: HeldUser) => `${user.external_id ?? ''} ${String(user.email)}`
  return {
    users: users.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)),
    organizations: [...names.values()].toSorted(),
  }
}

export type HeldAccount = ReturnType<typeof accountOf>

/** What an account of its own holds after undisturbed runs, one over each of `sources`; `prepare` comes before the first. */
export async function undisturbedAccount(
  options: BenchOptions,
  sources: readonly (readonly SourceRow[])[],
  prepare: (bench: Bench) => void | Promise<void> = () => {},
): Promise<HeldAccount> {
  const bench = await openBench(options)
  try {
    await prepare(bench)
    for (const source of sources) {
      await bench.write(source)
      await bench.run()
    }
    return accountOf(bench)
  } finally {
    await bench.close()
  }
}

export interface Verdict {
  bench: Bench
  /** Of the run that ended it all. */
  summary: RunSummary
  /** What an undisturbed run over the same source leaves. */
  expectedAccount: HeldAccount
  /** Everything that was told: stdout, stderr, events as JSON, texts of problems. */
  outputs?: readonly string[]
  /** external_ids of people whom Zendesk truly refuses under this fault; any other failed row is an untrue alert. Their users are not compared. */
  failed?: readonly string[]
  /** external_ids of people whose rows the source breaks; any other rejected row is an untrue alert. */
  rejected?: readonly string[]
}

/**
 * The end of a completed run is that of an undisturbed one: the account holds the same, outcomes add up and every row has one, nobody was
 * in two jobs at once, no secret was told or stored, no mail went out, and nothing is reported that is not so (I1, I3, I4, I9, I10). Reads
 * the folder of the bench: no process may have the project open.
 */
export async function expectUndisturbed(verdict: Verdict): Promise<void> {
  const { bench, summary, expectedAccount, outputs = [], failed = [], rejected = [] } = verdict
  const apart = new Set<unknown>(failed)
  const held = accountOf(bench)
  expect({ ...held, users: held.users.filter((user) => !apart.has(user.external_id)) }).toEqual({
    ...expectedAccount,
    users: expectedAccount.users.filter((user) => !apart.has(user.external_id)),
  })
  const records = await bench.records(summary.run_id)
  expectOutcomes(summary, records)
  const keysOf = (outcome: RecordRow['outcome']) =>
    records.filter((record) => record.outcome === outcome).map((record) => record.external_id)
  expect({ failed: keysOf('failed'), rejected: keysOf('rejected') }).toEqual({
    failed: [...failed],
    rejected: [...rejected],
  })
  if ((summary.confirmed?.differing ?? 0) > 0) {
    const alerts = await bench.records(summary.run_id, { alerts: true })
    expect(alerts.filter((alert) => !apart.has(alert.external_id))).toEqual([])
  }
  expect(summary.status).toBe(failed.length + rejected.length > 0 ? 'completed_with_alerts' : 'completed')
  expect(summary.problem).toBeNull()
  expect(bench.emulator.stats().races).toBe(0)
  expect(bench.emulator.mail()).toEqual([])
  expectNoSecret(bench, [...outputs, JSON.stringify([summary, records])])
}

/** Every row has one outcome, and the counts are those of the rows (I1). */
export function expectOutcomes(summary: RunSummary, records: readonly RecordRow[]): void {
  const { total, ...outcomes } = summary.rows
  expect(records.map((record) => record.row)).toEqual(Array.from({ length: total }, (_, index) => index + 1))
  for (const [outcome, rows] of Object.entries(outcomes))
    expect([outcome, records.filter((record) => record.outcome === outcome).length]).toEqual([outcome, rows])
  if (summary.status.startsWith('completed')) expect(outcomes.pending).toBe(0)
}

/** What identifies us is in no text and in no file of the project (I9). */
export function expectNoSecret(bench: Bench, outputs: readonly string[]): void {
  const { clientSecret, apiToken, email } = bench.emulator
  const secrets = [
    clientSecret,
    apiToken,
    Buffer.from(`${email}/token:${apiToken}`).toString('base64'),
    ...bench.emulator.accessTokens(),
  ]
  const files = readdirSync(bench.dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name !== '.env')
    .map((entry) => join(entry.parentPath, entry.name))
  const leaks = secrets.flatMap((secret) => [
    ...outputs.filter((text) => text.includes(secret)).map((text) => `output ${text.slice(0, 40)}`),
    ...files.filter((file) => readFileSync(file).includes(secret)),
  ])
  expect(leaks).toEqual([])
}

/**
 * Milliseconds that the run itself announced as waits. A wait counts in full, however fast the clock of a test runs; what is announced
 * while another wait lasts counts only as far as it lasts longer.
 */
export function timeLost(events: readonly TimedEvent[]): number {
  let lostMs = 0
  let lastsUntilMs = Number.NEGATIVE_INFINITY
  for (const event of events) {
    if (event.type !== 'waiting') continue
    if (event.why === null || event.untilMs === null) {
      lastsUntilMs = Number.NEGATIVE_INFINITY
      continue
    }
    lostMs += Math.max(0, event.untilMs - Math.max(event.atMs, lastsUntilMs))
    lastsUntilMs = Math.max(lastsUntilMs, event.untilMs)
  }
  return lostMs
}
