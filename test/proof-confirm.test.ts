import { describe, expect, it } from 'vitest'
import type { BenchOptions, SourceRow } from './project-bench.ts'
import { openProofBench, type ProofBench } from './proof-bench.ts'
import { closedAfterEach } from './sample-people.ts'

const openOne = closedAfterEach(openProofBench)

async function open(options: BenchOptions = {}): Promise<ProofBench> {
  const bench = await openOne(options)
  bench.emulator.seed({
    user_fields: [
      { key: 'city', type: 'text' },
      { key: 'spent', type: 'decimal' },
      { key: 'since', type: 'date' },
      { key: 'vip', type: 'checkbox' },
    ],
  })
  return bench
}

/** Values that the account writes in another way than the query. */
function people(count: number, more: (n: number) => SourceRow = () => ({})): SourceRow[] {
  return Array.from({ length: count }, (_, index) => ({
    external_id: `p${index}`,
    email: `P${index}@Example.com`,
    name: `Person ${index}`,
    'user_fields.city': `City ${index}`,
    'user_fields.spent': `${index}.50`,
    'user_fields.since': `2026-01-${String((index % 28) + 1).padStart(2, '0')}`,
    'user_fields.vip': index % 2 === 0 ? 'yes' : 'no',
    ...more(index),
  }))
}

const readBack = { method: 'GET', path: 'show_many?include=identities' }

describe('confirm', () => {
  it.each([
    ['none', 0, null],
    ['all', 3, { read: 210, seen: 210, differing: 0, problem: null }],
  ])(
    '%s: reads people back with %i requests; dates, decimals, boxes and addresses compare by value',
    async (confirm, requests, confirmed) => {
      const bench = await open({ destination: { confirm } })
      await bench.write(people(210))
      const run = await bench.run()
      expect(run).toMatchObject({ status: 'completed', rows: { created: 210 }, confirmed })
      expect(bench.emulator.calls(readBack)).toHaveLength(requests)
    },
  )

  it('is a sample of 100 people and one request unless something else is said, and compares what this run sent', async () => {
    const bench = await open()
    await bench.write(people(120))
    expect((await bench.run()).confirmed).toEqual({ read: 100, seen: 100, differing: 0, problem: null })
    expect(bench.emulator.calls(readBack)).toHaveLength(1)
    // What an agent does to a field that this run does not send is no concern of its.
    await bench.edit('p0', { notes: 'by an agent', user_fields: { spent: 99 } })
    await bench.write(people(120, (n): SourceRow => (n < 7 ? { 'user_fields.city': 'Bonn' } : {})))
    expect(await bench.run()).toMatchObject({
      status: 'completed',
      rows: { updated: 7 },
      confirmed: { read: 7, seen: 7, differing: 0 },
    })
    bench.emulator.clearCalls()
    expect((await bench.run()).confirmed).toBeNull()
    expect(bench.emulator.calls(readBack)).toEqual([])
  })

  it('values that Zendesk did not take end the run with alerts, listed with what it holds; the outcomes stay', async () => {
    const bench = await open({ emulator: { enabledLocales: ['en-US'] } })
    await bench.write(people(3, (n) => ({ locale: n === 1 ? 'fr' : 'en-US' })))
    const run = await bench.run()
    expect(run).toMatchObject({
      status: 'completed_with_alerts',
      rows: { total: 3, created: 3, failed: 0 },
      confirmed: { read: 3, seen: 2, differing: 1 },
      problem: null,
    })
    expect(await bench.records(run.run_id, { alerts: true })).toEqual([
      {
        row: 2,
        external_id: 'p1',
        email: 'p1@example.com',
        name: 'Person 1',
        outcome: 'created',
        field: 'locale',
        value: 'fr',
        code: 'seen.not_taken',
        reason: 'Zendesk said that the row was written, and holds another value. Zendesk holds: en-US',
      },
    ])
    expect(await bench.withApp((app) => app.workflows())).toMatchObject([{ status: 'completed_with_alerts' }])
  })

  it('every kind of change is compared: further and primary addresses, numbers, tags, organisations, and people who left', async () => {
    const bench = await open({
      destination: {
        confirm: 'all',
        email_change: 'replace_primary',
        phone_change: 'replace_primary',
        tags: { own: 'crm_' },
        organizations: 'create',
        on_exit: 'delete',
        guards: { max_exits_percent: 'none' },
      },
    })
    const some = (phone: string, tags: string, organization: string, email: string) =>
      people(5, (n) => ({ phone: `${phone}${n}`, tags, organization, email: `${email}${n}@example.com` }))
    await bench.write(some('+4930123450', 'crm_a', 'ACME', 'p'))
    expect(await bench.run()).toMatchObject({ status: 'completed', confirmed: { read: 5, seen: 5 } })
    await bench.write(some('+4930123460', 'crm_b', 'Initech', 'new').slice(0, 4))
    bench.emulator.clearCalls()
    const run = await bench.run()
    expect(run).toMatchObject({ status: 'completed', exited: 1, confirmed: { read: 5, seen: 5, differing: 0 } })
    expect(bench.user('p0')).toMatchObject({ email: 'new0@example.com', phone: '+49301234600', tags: ['crm_b'] })
    expect(bench.user('p4')).toBeUndefined()
  })

  it('who had vanished is read back as the user that was made anew, also when tags and a membership come behind', async () => {
    const bench = await open({ destination: { confirm: 'all', tags: 'add', organizations: 'create' } })
    const version = (text: string) => people(3, () => ({ notes: text, tags: text, organization: text }))
    await bench.write(version('first'))
    await bench.run()
    bench.emulator.deleteUser({ external_id: 'p1' })
    await bench.write(version('second'))
    const run = await bench.run()
    expect(run).toMatchObject({ status: 'completed', confirmed: { read: 3, seen: 3, differing: 0, problem: null } })
    expect(bench.user('p1')).toMatchObject({ notes: 'second', tags: ['first', 'second'] })
  })

  it('what is read is the account as it is then: whoever has vanished since is an alert', async () => {
    const bench = await open()
    await bench.write(people(2))
    const run = await bench.run(
      {},
      {
        onEvent: (event) => {
          if (event.type === 'step' && event.step === 'settle') bench.emulator.deleteUser({ external_id: 'p0' })
        },
      },
    )
    expect(run).toMatchObject({ status: 'completed_with_alerts', confirmed: { read: 2, seen: 1, differing: 1 } })
    expect(await bench.records(run.run_id, { alerts: true })).toMatchObject([
      { row: 1, field: 'zendesk_id', code: 'seen.gone' },
    ])
  })

  it('a read that Zendesk refuses leaves the run as it is, and is told', async () => {
    const bench = await open()
    bench.emulator.faults({ kind: 'status', status: 403, match: readBack, times: 'always' })
    await bench.write(people(2))
    const run = await bench.run()
    expect(run).toMatchObject({ status: 'completed', rows: { created: 2 }, problem: null })
    expect(run.confirmed).toMatchObject({
      read: 0,
      seen: 0,
      differing: 0,
      problem: { code: 'zendesk.permission_denied' },
    })
  })

  it('a run that was stopped is not read back', async () => {
    // One job at a time, so that something is left to send when the first is on its way.
    const limits = { users_per_second: 'none', api_budget: 'none', jobs_in_flight: 1 }
    const bench = await open({ emulator: { jobLatencyMs: [200, 200] }, destination: { limits } })
    await bench.write(people(1_500))
    const stop = new AbortController()
    const run = await bench.run(
      {},
      {
        signal: stop.signal,
        onEvent: (event) => {
          if (event.type === 'progress' && event.progress.jobsInFlight > 0) stop.abort()
        },
      },
    )
    expect([run.status, run.confirmed]).toEqual(['stopped', null])
    expect(bench.emulator.calls(readBack)).toEqual([])
  })
})
