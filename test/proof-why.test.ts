import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Ledger } from '../src/sync/ledger/ledger.ts'
import type { SourceRow } from './project-bench.ts'
import { openProofBench, type ProofBench } from './proof-bench.ts'
import { closedAfterEach } from './sample-people.ts'

const openOne = closedAfterEach(openProofBench)

const SQL = 'SELECT * FROM people ORDER BY CAST(_row AS INTEGER)'

async function open(): Promise<ProofBench> {
  const bench = await openOne({ sql: SQL })
  bench.emulator.seed({
    user_fields: [{ key: 'city', type: 'text' }],
    users: [
      { name: 'Taken', external_id: 'other', email: 'taken@example.com' },
      { name: 'One', external_id: 'p1', email: 'one@example.com' },
    ],
  })
  return bench
}

const why = (bench: ProofBench, key: string, field: string | null = null) => bench.withApp((app) => app.why(key, field))

const row = (n: number, more: SourceRow = {}): SourceRow => ({
  external_id: `p${n}`,
  email: `p${n}@example.com`,
  name: `Person ${n}`,
  notes: null,
  'user_fields.city': 'Bonn',
  ...more,
})

it('why tells the whole story of a person: runs, values, versions of the query, answers, alerts, and the account now', async () => {
  const bench = await open()
  await bench.write([row(0), row(1, { email: 'taken@example.com' }), row(2, { name: null })])
  const first = await bench.run()
  await bench.query(`${SQL} -- another version`)
  await bench.write([row(0, { notes: 'seen twice' }), row(1), row(2)])
  const second = await bench.run()
  bench.later()
  await bench.edit('p0', { user_fields: { city: 'Agentville' } })
  const waiting = await bench.plan({ full: true })

  bench.emulator.clearCalls()
  const { people, requests } = await why(bench, 'P0')
  expect(people).toHaveLength(1)
  const [person] = people
  expect(person).toMatchObject({
    destination: 'zendesk',
    account: bench.emulator.url,
    zendesk_id: String(bench.user('p0')?.id),
    external_id: 'p0',
    emails: ['p0@example.com'],
    orchestration: 'people',
    exit: null,
    older: null,
  })
  expect(person?.history).toMatchObject([
    {
      run_id: first.run_id,
      orchestration: 'people',
      origin: 'query',
      status: 'completed_with_alerts',
      query: { changed: null },
      changes: [
        { kind: 'create', outcome: { status: 'created', zendesk_id: person?.zendesk_id, code: null }, follow_ups: [] },
      ],
      rejected: [],
      warnings: [],
      alerts: [],
    },
    {
      run_id: second.run_id,
      query: { changed: true },
      changes: [
        { kind: 'update', fields: [{ field: 'notes', old: null, new: 'seen twice' }], outcome: { status: 'updated' } },
      ],
    },
    { run_id: waiting.plan_id, status: 'waiting', query: { changed: false }, changes: [{ outcome: null }] },
  ])
  expect(person?.now).toMatchObject({
    there: true,
    zendesk_id: person?.zendesk_id,
    external_id: 'p0',
    emails: ['p0@example.com'],
    role: 'end-user',
    suspended: false,
    problem: null,
  })
  expect(person?.now.fields).toEqual([
    { field: 'external_id', delivered: 'p0', found: 'p0', verdict: 'same', code: null },
    { field: 'email', delivered: 'p0@example.com', found: 'p0@example.com', verdict: 'same', code: null },
    { field: 'name', delivered: 'Person 0', found: 'Person 0', verdict: 'same', code: null },
    { field: 'notes', delivered: 'seen twice', found: 'seen twice', verdict: 'same', code: null },
    {
      field: 'user_fields.city',
      delivered: 'Bonn',
      found: 'Agentville',
      verdict: 'different',
      code: 'seen.agent_edited',
    },
  ])
  // One request for the person; the others read what user fields there are.
  expect(bench.reads()).toBe(1)
  expect(requests).toBe(bench.emulator.calls().length)
  expect(bench.writes()).toEqual([])

  const byEmail = await why(bench, ' P0@Example.com', 'Notes')
  expect(
    byEmail.people[0]?.history.map(({ run_id, changes }) => [run_id, changes.map(({ fields }) => fields)]),
  ).toEqual([
    [second.run_id, [[{ field: 'notes', old: null, new: 'seen twice' }]]],
    [waiting.plan_id, [[{ field: 'notes', old: 'seen twice', new: 'seen twice' }]]],
  ])
  expect(byEmail.people[0]?.now.fields.map(({ field }) => field)).toContain('notes')

  // Refused by Zendesk, looked into once, refused again; then a new address.
  const refused = await why(bench, 'p1')
  expect(refused.people[0]?.history.slice(0, 2)).toMatchObject([
    {
      changes: [
        {
          kind: 'create',
          outcome: { status: 'failed' },
          follow_ups: [{ kind: 'again', outcome: { status: 'failed', reason: expect.any(String) } }],
        },
      ],
    },
    { changes: [{ kind: 'create', outcome: { status: 'updated' }, follow_ups: [] }] },
  ])
  const rejected = await why(bench, 'p2')
  expect(rejected.people[0]?.history[0]).toMatchObject({ changes: [], rejected: [{ row: 3, code: 'missing_name' }] })
  const byAddress = await why(bench, 'P2@example.com')
  expect(byAddress.people[0]?.history).toEqual(rejected.people[0]?.history)
})

it('why knows alerts, undone runs, people it never delivered, nobody, and what it cannot know any more', async () => {
  const bench = await open()
  await bench.write([row(0)])
  const { run_id: first } = await bench.run()
  await bench.write([row(0, { 'user_fields.city': 'Bonn am Rhein' })])
  bench.later(120_000)
  bench.emulator.faults({ kind: 'stale_read', ageMs: 60_000, match: { path: 'include=identities' }, times: 'always' })
  const second = await bench.run()
  expect(second).toMatchObject({ status: 'completed_with_alerts', confirmed: { differing: 1 } })
  bench.emulator.clearFaults()
  const { plan } = await bench.withApp((app) => app.undo(second.run_id))
  await bench.run({ planId: plan.plan_id })
  const told = await why(bench, 'p0')
  expect(
    told.people[0]?.history.map(({ origin, changes, alerts }) => [
      origin,
      changes[0]?.kind,
      alerts.map(({ code }) => code),
    ]),
  ).toEqual([
    ['query', 'create', []],
    ['query', 'update', [expect.stringMatching(/^seen\./)]],
    ['undo', 'restore', []],
  ])
  expect(told.people[0]?.now.fields.map(({ verdict }) => verdict)).not.toContain('different')

  // Zendesk has somebody whom no run ever mentioned.
  const stranger = await why(bench, 'other')
  expect(stranger.people).toMatchObject([
    { zendesk_id: null, orchestration: null, history: [], now: { there: true, external_id: 'other' } },
  ])
  expect((await why(bench, 'nobody')).people).toEqual([])

  const ledger = await Ledger.open(join(bench.dir, '.deskside'))
  try {
    await ledger.forgetRun(first)
    rmSync(ledger.planPath(first))
  } finally {
    await ledger.close()
  }
  const later = await why(bench, 'p0')
  expect(later.people[0]).toMatchObject({ older: { runs: 1 }, history: [{ run_id: second.run_id }, {}] })

  bench.emulator.faults({ kind: 'status', status: 403, times: 'always', match: { path: '/api/v2/' } })
  const blind = await why(bench, 'p0')
  expect(blind.people[0]).toMatchObject({
    history: [{}, {}],
    now: { there: null, fields: [], problem: { code: 'zendesk.permission_denied' } },
  })
})
