import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../problem.ts'
import type { GroupRun, WorkflowHeader, WorkflowState } from '../../store/store.ts'
import {
  type Happening,
  isTold,
  recipientsOf,
  runtimeHappenings,
  skippedHappenings,
  upstreamHappenings,
  type WorkflowChange,
  workflowHappenings,
} from './events.ts'
import type { EndedRun } from './norms.ts'
import { eventNames, type SubscriptionBody, subscriptionBody } from './subscription-body.ts'

const start = Date.UTC(2027, 0, 1)
const minute = (count: number) => new Date(start + count * 60_000)

function header(changes: Partial<WorkflowHeader> = {}): WorkflowHeader {
  return {
    id: 'w1',
    orchestration: 'north',
    state: 'running',
    trigger: 'manual',
    startedBy: null,
    groupRun: null,
    request: { sample: null },
    launched: {},
    tasks: [],
    rows: null,
    problem: null,
    runId: null,
    attempt: 1,
    requestedAt: minute(0),
    startedAt: minute(0),
    endedAt: null,
    ...changes,
  }
}

const problem = (code: string) => ({ code, message: 'Something.', fix: 'Do something.' })
const counts = (total: number, more: { [key: string]: Json } = {}) => ({
  total,
  created: 0,
  updated: 0,
  unchanged: total,
  ...more,
})

/** An ended run: `completed`, or the code of what stopped it. */
function ended(what: string, changes: Partial<WorkflowHeader> = {}): EndedRun & WorkflowHeader {
  const states: string[] = ['completed', 'completed_with_alerts', 'stopped']
  const state = states.includes(what) ? (what as EndedRun['state']) : 'error'
  return { ...header({ endedAt: minute(10), problem: state === 'error' ? problem(what) : null, ...changes }), state }
}

function happen(
  after: WorkflowHeader,
  former: readonly EndedRun[] = [],
  more: Partial<WorkflowChange> = {},
): Happening[] {
  const orchestration = { key: 'north', name: 'Customers north' }
  return workflowHappenings({ orchestration, destination: 'Main account', before: header(), after, former, ...more })
}

const everything: SubscriptionBody = subscriptionBody.parse({
  orchestrations: 'all',
  events: Object.keys(eventNames),
  channel: 'mail',
  target: 'team@example.com',
})

/** Events that a subscription to everything hears of. */
function heard(happenings: Happening[], subscription: Partial<SubscriptionBody> = {}): string[] {
  const one = { ...everything, ...subscription }
  return happenings.filter((happening) => recipientsOf(happening, [one]).length > 0).map(({ event }) => event)
}

test.each([
  ['completed', [], ['completed']],
  ['completed', ['completed'], ['completed']],
  ['completed', ['zendesk.unreachable'], ['recovered']],
  ['completed', ['completed_with_alerts'], ['recovered']],
  ['completed', ['guard.max_changed'], ['recovered']],
  ['completed', ['stopped', 'zendesk.unreachable'], ['recovered']],
  ['completed', ['stopped', 'completed'], ['completed']],
  ['completed', ['completed', 'zendesk.unreachable'], ['completed']],
  ['completed_with_alerts', [], ['completed_with_alerts']],
  ['completed_with_alerts', ['completed_with_alerts'], []],
  ['completed_with_alerts', ['completed', 'completed_with_alerts'], ['completed_with_alerts']],
  ['zendesk.unreachable', [], ['failed']],
  ['zendesk.unreachable', ['completed'], ['failed']],
  ['zendesk.unreachable', ['zendesk.unreachable'], []],
  ['zendesk.unreachable', ['source.missing'], ['failed']],
  ['zendesk.unreachable', ['stopped', 'zendesk.unreachable'], ['failed']],
  ['guard.max_changed', ['completed'], ['waits_for_approval']],
  ['guard.max_changed', ['guard.max_changed'], []],
  ['guard.max_changed', ['guard.max_created'], ['waits_for_approval']],
  ['stopped', ['completed'], ['stopped']],
  ['stopped', ['stopped'], []],
])('a run that ends as %s after %j is told as %j', (now, before, told) => {
  expect(
    heard(
      happen(
        ended(now),
        before.map((what, index) => ended(what, { id: `former-${index}` })),
      ),
    ),
  ).toEqual(told)
})

test('only an end is told, and only once', () => {
  const states: WorkflowState[] = ['waiting', 'running', 'stopping']
  for (const state of states) expect(happen(header({ state }))).toEqual([])
  const over = ended('zendesk.unreachable')
  expect(happen(over, [], { before: over })).toEqual([])
  expect(happen(over, [], { before: null })).toEqual(happen(over))
})

test('a run that is tried again is compared with its own earlier end', () => {
  const before = header({ attempt: 2, problem: problem('zendesk.unreachable') })
  const again = { attempt: 2 }
  expect(heard(happen(ended('completed', again), [ended('completed')], { before }))).toEqual(['recovered'])
  expect(heard(happen(ended('zendesk.unreachable', again), [ended('completed')], { before }))).toEqual([])
  expect(heard(happen(ended('source.missing', again), [ended('completed')], { before }))).toEqual(['failed'])
})

/** A completed run whose plan had these alerts. */
function alerted(codes: readonly string[], changes: Partial<WorkflowHeader> = {}, what = 'completed') {
  const row_alerts = codes.map((code) => ({
    ...{ code, rows: 1_234_567, bound: 1, last_rows: null },
    message: `The result has 1,234,567 rows (${code}).`,
  }))
  const tasks = [{ task: 'plan', state: 'succeeded', output: { plan_id: 'p', row_alerts } }]
  return ended(what, { tasks: tasks as unknown as Json[], ...changes })
}

test.each<[string[], string[][], boolean]>([
  [[], [], false],
  [['rows_below'], [], true],
  [['rows_below'], [[]], true],
  [['rows_below'], [['rows_below']], false],
  [['rows_below'], [['rows_above']], true],
  [['rows_below'], [[], ['rows_below']], true],
  [['rows_below', 'rows_changed'], [['rows_below']], true],
  [['rows_changed'], [['rows_changed']], true],
])('alerts %j on the number of rows after %j are told: %s', (codes, before, isTold) => {
  const former = before.map((some, index) => alerted(some, { id: `former-${index}` }))
  const told = happen(alerted(codes), former).filter(({ event }) => event === 'rows_alert')
  expect(told).toHaveLength(isTold ? 1 : 0)
})

test('what the number of rows gives to say is told with its numbers, once for a run, to everybody', () => {
  const found = happen(alerted(['rows_below', 'rows_changed'])).find(({ event }) => event === 'rows_alert')!
  expect(found).toMatchObject({
    title: 'Customers north has an unexpected number of rows: 1,234,567',
    severity: 'warning',
    matters: null,
    about: 'workflow/w1/rows_alert/rows_below+rows_changed',
  })
  expect(found.text.split('\n').slice(-2)).toEqual([
    'The result has 1,234,567 rows (rows_below).',
    'The result has 1,234,567 rows (rows_changed).',
  ])
  expect(isTold(found, [])).toBe(true)
  const again = happen(alerted(['rows_below', 'rows_changed'], { attempt: 2 }))
  expect(again.map(({ about }) => about)).toContain(found.about)
})

test('runs of which no plan is known are no norm, and one that a guard has stopped did not go on', () => {
  expect(heard(happen(alerted(['rows_below']), [ended('source.missing'), alerted(['rows_below'])]))).not.toContain(
    'rows_alert',
  )
  expect(heard(happen(alerted(['rows_below'], {}, 'zendesk.unreachable')))).toContain('rows_alert')
  expect(heard(happen(alerted(['rows_below'], {}, 'guard.max_created')))).not.toContain('rows_alert')
})

test('any sequence of ends: the same end twice is told once, and every recovery follows something bad', () => {
  const end = fc.constantFrom(
    'completed',
    'completed_with_alerts',
    'stopped',
    'zendesk.unreachable',
    'guard.max_changed',
  )
  fc.assert(
    fc.property(fc.array(end, { maxLength: 12 }), (ends) => {
      const runs = ends.map((what, index) => ended(what, { id: `w${index}`, endedAt: minute(index) }))
      const abouts = new Set<string>()
      runs.forEach((run, index) => {
        const former = runs.slice(0, index).reverse()
        const told = happen(run, former)
        for (const { about } of told) {
          expect(abouts.has(about)).toBe(false)
          abouts.add(about)
        }
        const events = heard(told)
        if (ends[index] === 'completed') expect(events).toHaveLength(1)
        else expect(events).toHaveLength(ends[index] === ends[index - 1] ? 0 : 1)
        const bad = former.find(({ state }) => state !== 'stopped')
        expect(events.includes('recovered')).toBe(
          ends[index] === 'completed' && bad !== undefined && bad.state !== 'completed',
        )
      })
    }),
  )
})

test.each([
  [{ failed: 2, rejected: 0 }, { failed: 0 }, ['rows_refused']],
  [{ failed: 1, rejected: 5 }, { failed: 0 }, []],
  [{ failed: 0, rejected: 6 }, { failed: 0 }, ['rows_refused']],
  [{ failed: 2, rejected: 0 }, { failed: 2 }, []],
])('of 100 rows %j, after %j, is told as %j at the usual thresholds', (now, before, told) => {
  const former = [ended('zendesk.unreachable'), ended('completed_with_alerts', { rows: counts(100, before) })]
  const happenings = happen(ended('completed_with_alerts', { rows: counts(100, now) }), former)
  expect(heard(happenings, { events: ['rows_refused'] })).toEqual(told)
})

const normal = [100, 110, 90, 105].map((rows, index) => ended('completed', { id: `n${index}`, rows: counts(rows) }))

test.each([
  [205, normal, []],
  [206, normal, ['rows_unusual']],
  [51.25, normal, []],
  [51, normal, ['rows_unusual']],
  [0, normal, ['rows_unusual']],
  [1000, normal.slice(0, 2), []],
  // The run before was as far from its own normal: nothing has changed.
  [1000, [ended('completed', { rows: counts(1000) }), ...normal], []],
  [
    1000,
    [ended('zendesk.unreachable'), ended('completed', { rows: counts(5), request: { sample: 5 } }), ...normal],
    ['rows_unusual'],
  ],
])('%d rows are told as %j where about 102 are normal', (rows, former, told) => {
  expect(heard(happen(ended('completed', { rows: counts(rows) }), former), { events: ['rows_unusual'] })).toEqual(told)
})

test('normal is the median of the last ten, and a sample is never unusual', () => {
  const old = Array.from({ length: 20 }, () => ended('completed', { rows: counts(5000) }))
  const recent = Array.from({ length: 10 }, () => ended('completed', { rows: counts(100) }))
  const [, unusual] = happen(ended('completed', { rows: counts(5000) }), [...recent, ...old]).slice(-2)
  expect(unusual?.title).toContain('5,000 instead of about 100')
  const sample = happen(ended('completed', { rows: counts(5000), request: { sample: 10 } }), recent)
  expect(heard(sample)).toEqual(['completed'])
})

test('a run that takes too long is told once for each limit, while it runs', () => {
  const running = (at: Date, state: WorkflowState = 'running', former: EndedRun[] = []) =>
    runtimeHappenings(
      { orchestration: { key: 'north', name: 'North' }, destination: null, after: header({ state }), former, at },
      [30, 60, 60],
    ).map(({ about }) => about)
  expect(running(minute(30))).toEqual([])
  expect(running(minute(31))).toEqual(['workflow/w1/1/runs_long/30'])
  expect(running(minute(61))).toEqual(['workflow/w1/1/runs_long/30', 'workflow/w1/1/runs_long/60'])
  expect(running(minute(61), 'waiting')).toEqual([])
  expect(running(minute(61), 'completed')).toEqual([])
  expect(running(minute(61), 'running', [ended('completed', { endedAt: minute(45) })])).toEqual([
    'workflow/w1/1/runs_long/60',
  ])
})

test('a subscription hears of its orchestrations, its events and its own limit, once for each place', () => {
  const [failed] = happen(ended('zendesk.unreachable'))
  const to = (changes: Partial<SubscriptionBody>[]) =>
    recipientsOf(
      failed!,
      changes.map((one) => ({ ...everything, ...one })),
    )
  expect(to([{}, {}, { channel: 'slack', target: '' }])).toEqual([
    { channel: 'mail', target: 'team@example.com' },
    { channel: 'slack', target: '' },
  ])
  expect(to([{ orchestrations: ['south'] }, { events: ['stopped'] }])).toEqual([])
  expect(to([{ orchestrations: ['south', 'north'] }])).toHaveLength(1)
  const [long] = runtimeHappenings(
    { orchestration: { key: 'north', name: 'North' }, destination: null, after: header(), former: [], at: minute(61) },
    [30],
  )
  const at = (runtime_minutes: number) => [{ ...everything, thresholds: { ...everything.thresholds, runtime_minutes } }]
  expect([recipientsOf(long!, at(30)).length, recipientsOf(long!, at(31)).length]).toEqual([1, 0])
})

test('without a subscription, what is measured and what went well is not even stored', () => {
  const happenings = happen(ended('completed_with_alerts', { rows: counts(100, { failed: 50 }) }), normal)
  expect(happenings.filter((one) => isTold(one, [])).map(({ event }) => event)).toEqual(['completed_with_alerts'])
  expect(happen(ended('completed')).filter((one) => isTold(one, []))).toEqual([])
})

const groupRun = (state: GroupRun['state'], id = 'g1'): GroupRun => ({
  ...{ id, group: 'base', trigger: 'schedule', startedBy: null, dueAt: null, state },
  ...{ startedAt: minute(0), endedAt: minute(5) },
})

test('groups: a failed one before, and a skipped run, are told when that begins', () => {
  const groups = {
    group: { key: 'top', name: 'Top' },
    orchestrations: ['north'],
    upstream: { key: 'base', name: 'Base' },
  }
  const upstream = (former: GroupRun[], state: GroupRun['state'] = 'error') =>
    upstreamHappenings({ ...groups, run: groupRun(state), formerUpstream: former })
  expect(upstream([])).toMatchObject([
    { about: 'group-run/g1/upstream_failed/top', title: 'Top did not begin, because Base failed' },
  ])
  expect(upstream([groupRun('completed', 'g0')])).toHaveLength(1)
  expect(upstream([groupRun('error', 'g0')])).toEqual([])
  expect(upstream([], 'completed')).toEqual([])
  const skip = { ...groups, dueAt: minute(1), reason: 'still_running', at: minute(2) } as const
  expect(skippedHappenings({ ...skip, lastSkipped: true })).toEqual([])
  expect(skippedHappenings({ ...skip, lastSkipped: false })).toMatchObject([
    { about: 'group/top/2027-01-01T00:01:00.000Z/run_skipped', event: 'run_skipped', touches: ['north'] },
  ])
})

test('a text names the objects, the counts and the problem, and links to the run', () => {
  const after = ended('zendesk.credentials_rejected', {
    rows: counts(1200, { failed: 3, rejected: 4, unchanged: 1193 }),
  })
  const [failed] = happen(after)
  expect(failed).toMatchObject({
    about: 'workflow/w1/1/failed',
    severity: 'error',
    title: 'Customers north failed',
    link: '/workflows/w1',
  })
  expect(failed!.text.split('\n')).toEqual([
    'Orchestration: Customers north. Destination: Main account. Run: w1.',
    '1,200 rows: 0 created, 0 updated, 1,193 unchanged, 4 rejected, 3 failed.',
    'Problem zendesk.credentials_rejected: Something.',
    'What to do: Do something.',
  ])
})

test('nothing of a row gets into what is told, wherever a problem repeats it', () => {
  const person = fc.record({ email: fc.emailAddress(), name: fc.stringMatching(/^[QXZ][qxz]{3,9} [QXZ][qxz]{3,9}$/) })
  const code = fc.constantFrom(
    'query.failed',
    'source.unreadable',
    'zendesk.permission_denied',
    'guard.max_changed',
    'internal.bug',
  )
  fc.assert(
    fc.property(person, code, fc.constantFrom('"', "'", '`'), ({ email, name }, problemCode, mark) => {
      const message = `Row 12: ${mark}${name}${mark} <${email}> is not valid.`
      const stored = { code: problemCode, message, fix: `Correct ${mark}${name}${mark}.`, data: { email, name } }
      const after = ended(problemCode, { problem: stored, request: { sample: null, name }, tasks: [{ name, email }] })
      const text = JSON.stringify(happen(after, [], { destination: email }))
      for (const part of [email, ...name.split(' ')]) expect(text).not.toContain(part)
    }),
  )
})
