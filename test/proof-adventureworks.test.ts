import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { StateUser } from '../src/emulator/index.ts'
import type { RunSummary } from '../src/sync/report.ts'
import { customer360, editOrderLines } from './adventureworks-source.ts'
import { differences } from './differences.ts'
import { collect, openProofBench, type ProofBench } from './proof-bench.ts'
import { sharedData } from './shared-data.ts'

const data = sharedData('adventureworks')
const aw = test.skipIf(data.skip)
const named = `AdventureWorks${data.reason}`

// A run over 19,119 rows takes seconds, on a busy machine many.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 })

const SEED = 20_261_122
const QUERY = `
  SELECT customer_id AS external_id, full_name AS name, email, phone, country_code, city AS "user_fields.city",
    lifetime_value AS "user_fields.lifetime_value", orders_count AS "user_fields.orders_count",
    last_order_date AS "user_fields.last_order_date", loyalty_tier AS "user_fields.loyalty_tier"
  FROM Customer_360 ORDER BY customer_id`

let bench: ProofBench
let first: RunSummary
let second: RunSummary
/** The account after the first run, by external_id. */
let before: Map<string, StateUser>
/** External_ids of the people whom the second run changed, in order. */
let changed: string[]

beforeAll(async () => {
  if (data.skip) return
  const { files, sql } = customer360(data.dir)
  const { line, ...others } = files
  const tables: Record<string, unknown> = {
    Customer_360: { sql: 'customer_360.sql' },
    line: { path: line, types: 'text' },
  }
  for (const [table, file] of Object.entries(others)) tables[table] = { path: join(data.dir, file), types: 'text' }
  bench = await openProofBench({
    sql: QUERY,
    destination: { country_column: 'country_code' },
    project: { database: { tables } },
  })
  writeFileSync(join(bench.dir, line!), readFileSync(join(data.dir, line!)))
  writeFileSync(join(bench.dir, 'customer_360.sql'), sql)
  bench.emulator.seed({
    user_fields: [
      { key: 'city', type: 'text' },
      { key: 'lifetime_value', type: 'decimal' },
      { key: 'orders_count', type: 'integer' },
      { key: 'last_order_date', type: 'date' },
      { key: 'loyalty_tier', type: 'dropdown', custom_field_options: ['gold', 'silver', 'bronze', 'none'] },
    ],
  })
  first = await bench.run()
  before = usersByKey()
  bench.later()
  editOrderLines(join(bench.dir, line!), 0.01, SEED)
  const plan = await bench.plan()
  changed = (await bench.changes(plan.plan_id)).map(({ external_id }) => external_id!)
  second = await bench.run({ planId: plan.plan_id })
  bench.later()
})

afterAll(async () => {
  await bench?.close()
})

function usersByKey(): Map<string, StateUser> {
  return new Map(bench.users().map((user) => [user.external_id!, user]))
}

/** All that can be seen of a user but the time of the last change. */
function seen({ updated_at: _, identities, ...user }: StateUser): Record<string, unknown> {
  return { ...user, identities: identities.map(({ value, primary, verified }) => [value, primary, verified]) }
}

aw(`${named}: the runs are read back, and every one of the people is as the run sent it`, () => {
  expect(first.confirmed).toEqual({ read: 100, seen: 100, differing: 0, problem: null })
  expect(second.confirmed).toEqual({ read: 100, seen: 100, differing: 0, problem: null })
  expect(second.rows.updated).toBe(changed.length)
  expect(changed.length).toBeGreaterThan(300)
})

aw(
  `${named}: run, edit 1 %, run, undo: every user equals its state before the second run but for what an agent edited`,
  async () => {
    const [edited, retiered, half, untouched] = changed as [string, string, string, string]
    // An agent takes two of the changed people in hand, and one of the others.
    await bench.edit(edited, {
      user_fields: { orders_count: 99, lifetime_value: 1, last_order_date: '2030-01-01', loyalty_tier: 'none' },
    })
    await bench.edit(retiered, { notes: 'Called on Monday' })
    const other = [...before.keys()].find((key) => !changed.includes(key))!
    await bench.edit(other, { user_fields: { city: 'Agentville' } })

    const drift = await bench.withApp((app) => app.drift('people', { repair: false, approve: false }))
    // 10 requests for 1,000 people.
    expect(drift.people.read).toBe(18_369)
    expect(drift.requests).toBe(184)
    const lines = await bench.withApp((app) => collect(app.drifted(drift.drift_id!)))
    expect([...new Set(lines.map(({ external_id }) => external_id))].sort()).toEqual([edited, other].sort())
    expect(new Set(lines.map(({ code }) => code))).toEqual(new Set(['seen.agent_edited']))

    const undo = await bench.withApp((app) => app.undo(second.run_id))
    expect(undo.requests).toBe(Math.ceil(changed.length / 100))
    expect(undo.people).toEqual({ read: changed.length, restored: changed.length - 1 })
    expect(undo.rest.map(({ code }) => code)).toEqual(['edited_since'])
    const rest = await bench.withApp((app) => collect(app.undoRest(undo.plan.plan_id)))
    expect(new Set(rest.map(({ external_id }) => external_id))).toEqual(new Set([edited]))
    const run = await bench.run({ planId: undo.plan.plan_id })
    expect(run).toMatchObject({
      status: 'completed',
      rows: { total: changed.length - 1, updated: changed.length - 1, failed: 0 },
      paused: true,
    })

    const after = usersByKey()
    const agents = new Set([edited, retiered, other])
    const expected = [...before]
      .filter(([key]) => !agents.has(key))
      .map(([key, user]) => [key, seen(user)] as [string, Record<string, unknown>])
    expect(expected).toHaveLength(18_369 - 3)
    expect(differences(expected, (key) => seen(after.get(key)!))).toEqual([])
    // Whose notes an agent wrote has all fields back, and the notes.
    expect(seen(after.get(retiered)!)).toEqual({ ...seen(before.get(retiered)!), notes: 'Called on Monday' })
    expect(after.get(edited)!.user_fields).toMatchObject({ orders_count: 99 })
    expect(after.get(other)!.user_fields).toMatchObject({ city: 'Agentville' })

    for (const key of [half, untouched]) {
      const { people } = await bench.withApp((app) => app.why(key, null))
      expect(people[0]?.history.map(({ run_id, origin }) => [run_id, origin])).toEqual([
        [first.run_id, 'query'],
        [second.run_id, 'query'],
        [undo.plan.plan_id, 'undo'],
      ])
      const [, sent, back] = people[0]!.history
      const turned = sent!.changes[0]!.fields.map(({ field, old, new: given }) => ({ field, old: given, new: old }))
      expect(back!.changes[0]!.fields).toEqual(turned)
      expect(people[0]?.now.fields.filter(({ verdict }) => verdict === 'different')).toEqual([])
    }
    await expect(bench.run()).rejects.toMatchObject({ code: 'orchestration.paused' })
  },
)
