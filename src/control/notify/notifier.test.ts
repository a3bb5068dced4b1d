import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Json, Problem } from '../../problem.ts'
import type { Notification, WorkflowHeader, WorkflowSubscription } from '../../store/store.ts'
import { healthHappenings } from './credential-events.ts'
import { type Notifier, openNotifier } from './notifier.ts'
import { type NotifyBench, openBench } from './test-bench.ts'

let bench: NotifyBench
let added: Notification[]
let notifier: Notifier

beforeEach(async () => {
  bench = await openBench()
  added = []
  notifier = open()
  await define('destination', 'main', { name: 'Main account' })
  await define('orchestration', 'north', { name: 'Customers north', destination: 'main' })
})

afterEach(() => bench.close())

function open(expand = (body: { [key: string]: Json }) => body): Notifier {
  return openNotifier({
    store: bench.store,
    expand,
    now: bench.clock.now,
    newId: bench.newId,
    onAdded: (notification) => added.push(notification),
    onProblem: (problem) => bench.problems.push(problem),
  })
}

const define = (kind: 'destination' | 'orchestration' | 'subscription', key: string, body: { [key: string]: Json }) =>
  bench.store.definitions.create({ kind, key, source: 'ui', body }, 'admin')

const subscribe = (key: string, body: { [key: string]: Json }) =>
  define('subscription', key, { orchestrations: 'all', channel: 'mail', target: 'team@example.com', ...body })

/** Queues and begins a run. */
async function begin(id: string): Promise<WorkflowHeader> {
  const header: WorkflowHeader = {
    ...{ id, orchestration: 'north', state: 'running', trigger: 'schedule', startedBy: null, groupRun: null },
    ...{ request: { sample: null }, launched: {}, tasks: [], rows: null, problem: null, runId: null, attempt: 1 },
    ...{ requestedAt: bench.clock.now(), startedAt: bench.clock.now(), endedAt: null },
  }
  await bench.store.workflows.add(header)
  return header
}

/** Ends it in the store, as the queue does; `code` null: completed. */
async function end(before: WorkflowHeader, code: string | null, rows = 100): Promise<WorkflowHeader> {
  bench.clock.move(60_000)
  return await bench.store.workflows.update(before.id, {
    state: code === null ? 'completed' : 'error',
    problem: code === null ? null : { code, message: 'It did not work for "Ada".', fix: 'Try again.' },
    rows: { total: rows },
    endedAt: bench.clock.now(),
  })
}

async function run(id: string, code: string | null, rows?: number): Promise<void> {
  const before = await begin(id)
  await notifier.workflowChanged(before, await end(before, code, rows))
}

const events = () => added.map(({ event }) => event)
const dispatches = async () => (await bench.store.notifications.dispatches({}, { limit: 100, cursor: null })).items

test('a history of runs is told by its changes, each with a dispatch to whoever asks', async () => {
  await subscribe('errors', { events: ['failed', 'recovered'] })
  await subscribe('same', { events: ['failed'] })
  await subscribe('slack', { events: ['recovered'], channel: 'slack', target: '' })
  for (const [id, code] of [
    ['w1', null],
    ['w2', 'zendesk.unreachable'],
    ['w3', 'zendesk.unreachable'],
    ['w4', 'source.missing'],
    ['w5', null],
    ['w6', null],
  ] as const) {
    await run(id, code)
  }
  expect(added.map(({ event, workflow }) => [event, workflow])).toEqual([
    ['failed', 'w2'],
    ['failed', 'w4'],
    ['recovered', 'w5'],
  ])
  expect(added[0]).toMatchObject({ title: 'Customers north failed', orchestration: 'north', readAt: null })
  expect(added[0]!.text).toContain('Destination: Main account.')
  expect(added[0]!.text).not.toContain('Ada')
  const places = (await dispatches()).map(({ channel, target, state, attempts }) => [channel, target, state, attempts])
  expect(places.sort()).toEqual([
    ['mail', 'team@example.com', 'pending', 0],
    ['mail', 'team@example.com', 'pending', 0],
    ['mail', 'team@example.com', 'pending', 0],
    ['slack', '', 'pending', 0],
  ])
})

test('a workflow that waits for approval is told, once for a reason, and its completion as a recovery', async () => {
  const wait = async (id: string) => {
    const before = await begin(id)
    const ended = await end(before, 'guard.max_changed')
    const after = await bench.store.workflows.update(ended.id, { state: 'waiting' })
    await notifier.workflowChanged(before, after)
    return after
  }
  await wait('w1')
  const second = await wait('w2')
  expect(events()).toEqual(['waits_for_approval'])
  // Approved: the same workflow, whose problem stays until it ends.
  const again = await bench.store.workflows.update(second.id, { state: 'running', attempt: 2, endedAt: null })
  await notifier.workflowChanged(again, await end(again, null))
  expect(events()).toEqual(['waits_for_approval', 'recovered'])
})

describe('who asks about one workflow', () => {
  const ask = (workflow: string, events: WorkflowSubscription['events'], more: Partial<WorkflowSubscription> = {}) =>
    bench.store.workflowSubscriptions.add({
      ...{ id: bench.newId(), workflow, events, channel: 'mail', target: `${workflow}@example.com` },
      ...{ runtimeMinutes: 120, createdAt: bench.clock.now(), createdBy: 'admin', ...more },
    })
  const told = async () => (await dispatches()).map(({ target }) => target).sort()

  test.each<[WorkflowSubscription['events'], string | null, number]>([
    [['failed'], 'zendesk.unreachable', 1],
    [['failed', 'stopped', 'runs_long'], null, 0],
    [['succeeded'], null, 1],
    [['succeeded', 'stopped'], 'zendesk.unreachable', 0],
  ])('for %j hears of an end with problem %s %i times, whatever was told before', async (events, code, times) => {
    await subscribe('all', { events: ['failed', 'recovered'], target: 'all@example.com' })
    // Everybody knows already: no change of state is told again.
    await run('w1', code)
    const before = await begin('w2')
    await ask('w2', events)
    await ask('w1', ['failed', 'succeeded', 'stopped'])
    const after = await end(before, code)
    // Told again after a crash.
    for (const _ of [1, 2]) await notifier.workflowChanged(before, after)
    const toAll = code === null ? [] : ['all@example.com']
    expect(await told()).toEqual([...toAll, ...Array(times).fill('w2@example.com')])
  })

  test('hears that somebody stopped it', async () => {
    const before = await begin('w1')
    await ask('w1', ['stopped'])
    const after = await bench.store.workflows.update('w1', { state: 'stopped', endedAt: bench.clock.now() })
    await notifier.workflowChanged(before, after)
    expect(await told()).toEqual(['w1@example.com'])
  })

  test('gets one message where a subscription to all tells the same place, and the notification is one', async () => {
    await subscribe('all', { events: ['failed', 'recovered', 'completed'], target: 'w2@example.com' })
    await run('w1', 'zendesk.unreachable')
    const before = await begin('w2')
    await ask('w2', ['succeeded'])
    await ask('w2', ['succeeded'], { target: 'other@example.com' })
    await notifier.workflowChanged(before, await end(before, null))
    expect(events()).toEqual(['failed', 'recovered', 'completed'])
    expect(await told()).toEqual(['other@example.com', 'w2@example.com', 'w2@example.com', 'w2@example.com'])
  })

  test('hears once that it runs long, alone and by a threshold of their own', async () => {
    await begin('w1')
    await begin('w2')
    await ask('w1', ['runs_long', 'failed'], { runtimeMinutes: 5 })
    await ask('w1', ['failed'])
    await notifier.checkRuntimes()
    bench.clock.move(5 * 60_000)
    await notifier.checkRuntimes()
    expect(await told()).toEqual([])
    bench.clock.move(1)
    for (const _ of [1, 2]) await notifier.checkRuntimes()
    expect(await told()).toEqual(['w1@example.com'])
    expect(added).toMatchObject([{ event: 'runs_long', workflow: 'w1', title: expect.stringContaining('5 minutes') }])
  })

  test('hears at the next start of an end that could not be told, and is forgotten then', async () => {
    const before = await begin('w1')
    await begin('w2')
    for (const id of ['w1', 'w2', 'gone']) await ask(id, ['failed'])
    await end(before, 'zendesk.unreachable')
    bench.clock.move(48 * 3_600_000)
    for (const _ of [1, 2]) await open().catchUp()
    expect(await told()).toEqual(['w1@example.com'])
    expect((await bench.store.workflowSubscriptions.list()).map(({ workflow }) => workflow)).toEqual(['w2'])
  })
})

test('without subscriptions, notifications are there to be read, and nothing is sent', async () => {
  await run('w1', 'zendesk.unreachable')
  await run('w2', null)
  await run('w3', null)
  expect(events()).toEqual(['failed', 'recovered'])
  expect(await bench.store.notifications.unread()).toBe(2)
  expect(await dispatches()).toEqual([])
})

test('telling the same again, also after a restart, adds nothing', async () => {
  await subscribe('errors', { events: ['failed'] })
  const before = await begin('w1')
  const after = await end(before, 'zendesk.unreachable')
  // The process ended between the end of the run and its notification.
  await open().catchUp()
  await open().catchUp()
  await notifier.workflowChanged(before, after)
  await Promise.all([notifier.workflowChanged(before, after), notifier.workflowChanged(before, after)])
  expect(events()).toEqual(['failed'])
  expect(await dispatches()).toHaveLength(1)
})

test('what ended more than a day ago is not caught up', async () => {
  await end(await begin('w1'), 'zendesk.unreachable')
  bench.clock.move(24 * 60 * 60 * 1000 + 1)
  await notifier.catchUp()
  expect(added).toEqual([])
})

test('rows far from normal are told to those who ask, at their factor', async () => {
  await subscribe('loose', { events: ['rows_unusual'], thresholds: { rows_factor: 10 }, channel: 'slack', target: '' })
  for (const id of ['w1', 'w2', 'w3']) await run(id, null, 100)
  await run('w4', null, 500)
  expect(events()).toEqual([])
  await subscribe('strict', { events: ['rows_unusual'] })
  await run('w5', null, 100)
  await run('w6', null, 500)
  expect(events()).toEqual(['rows_unusual'])
  expect((await dispatches()).map(({ channel }) => channel)).toEqual(['mail'])
})

test('a run that takes too long is told once for each limit that somebody has', async () => {
  const long = (minutes: number) => ({ events: ['runs_long'], thresholds: { runtime_minutes: minutes } })
  await begin('w1')
  bench.clock.move(31 * 60_000)
  await notifier.checkRuntimes()
  expect(added).toEqual([])
  await subscribe('half', long(30))
  await subscribe('hour', { ...long(60), channel: 'slack', target: '' })
  for (const _ of [1, 2]) await notifier.checkRuntimes()
  expect(added.map(({ title }) => title)).toEqual(['Customers north has been running for more than 30 minutes'])
  bench.clock.move(30 * 60_000)
  for (const _ of [1, 2]) await notifier.checkRuntimes()
  expect(added.map(({ about }) => about)).toEqual(['workflow/w1/1/runs_long/30', 'workflow/w1/1/runs_long/60'])
  expect((await dispatches()).map(({ channel }) => channel).sort()).toEqual(['mail', 'slack'])
})

test('a credential is told to those who ask for an orchestration that uses it', async () => {
  await subscribe('north', { events: ['credential_broken'], orchestrations: ['north'] })
  await subscribe('south', { events: ['credential_broken'], orchestrations: ['south'], channel: 'slack', target: '' })
  const after = { state: 'broken', problem: null, checkedAt: bench.clock.now() } as const
  const credential = { key: 'zendesk', name: 'Token', orchestrations: ['north'] }
  const happenings = healthHappenings({ credential, before: null, after })
  for (const _ of [1, 2]) await notifier.tell(happenings)
  expect(events()).toEqual(['credential_broken'])
  expect((await dispatches()).map(({ channel }) => channel)).toEqual(['mail'])
})

test('a subscription that cannot be read silences no other, and a missing variable no run', async () => {
  await subscribe('broken', { events: ['failed'], target: '$' + '{TARGET}' })
  await subscribe('good', { events: ['failed'] })
  notifier = open((body) => {
    if (JSON.stringify(body).match(/\$\{|Main/) === null) return body
    throw new Problem('config.variable_missing', { message: 'TARGET is not set.' })
  })
  await run('w1', 'config.variable_missing')
  expect(events()).toEqual(['failed'])
  expect(added[0]!.text).toContain('Destination: main.')
  expect(await dispatches()).toHaveLength(1)
  expect(bench.problems.map(({ code }) => code)).toEqual(['config.variable_missing', 'config.variable_missing'])
})

test('a run of an orchestration that is not defined any more is told by its key', async () => {
  const { version } = (await bench.store.definitions.get('orchestration', 'north'))!
  const before = await begin('w1')
  await bench.store.definitions.remove({ kind: 'orchestration', key: 'north' }, { ifVersion: version })
  await notifier.workflowChanged(before, await end(before, 'zendesk.unreachable'))
  expect(added.map(({ title }) => title)).toEqual(['north failed'])
})
