import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Page,
  type PageRequest,
  triggers,
  type WorkflowFilter,
  type WorkflowHeader,
  type WorkflowSubscription,
  workflowStates,
} from './store.ts'
import type { Bench } from './store-contract.ts'
import { at, groupRun, header } from './test-objects.ts'

/** All pages of a list, one after the other. */
export async function pages<T>(limit: number, list: (page: PageRequest) => Promise<Page<T>>): Promise<T[][]> {
  const read: T[][] = []
  let cursor: string | null = null
  do {
    const { items, next }: Page<T> = await list({ limit, cursor })
    read.push(items)
    cursor = next
  } while (cursor !== null)
  return read
}

const all = { limit: 1000, cursor: null }

export function workflowContract(bench: Bench): void {
  describe('workflows', () => {
    const full = header({
      ...{ id: 'W-full', state: 'error', trigger: 'group', startedBy: 'U-1', groupRun: 'G-1', attempt: 3 },
      request: { full: true, text: 'é "quoted" \\ \n \u0000 😀' },
      launched: { sql: "SELECT 'a'", settings: { nested: [1, 2.5, null, true] } },
      tasks: [{ task: 'extract', state: 'succeeded' }, 'é', 1, null],
      rows: { created: 9_007_199_254_740_991 },
      problem: { code: 'zendesk.maintenance', message: 'Zendesk rests.' },
      ...{ runId: 'R-1', requestedAt: at(0.001), startedAt: at(1.999), endedAt: at(1e9) },
    })

    it('every field comes back as it was', async () => {
      await bench.store.groups.begin(groupRun(), [])
      for (const one of [header(), full]) {
        await bench.store.workflows.add(one)
        expect(await bench.store.workflows.get(one.id)).toEqual(one)
      }
      expect(await bench.store.workflows.get('W-none')).toBeNull()
    })

    it('an id is taken once, and a run of a group must be there', async () => {
      const { workflows } = bench.store
      await workflows.add(header())
      await expect(workflows.add(header())).rejects.toMatchObject({ code: 'store.conflict' })
      await expect(workflows.add(full)).rejects.toMatchObject({ code: 'store.not_found' })
    })

    it('an update changes what it names and nothing else', async () => {
      const { workflows } = bench.store
      await workflows.add(header())
      const { id: _, groupRun: __, ...changes } = full
      for (const [field, value] of Object.entries(changes)) {
        const before = await workflows.get('W-1')
        expect(await workflows.update('W-1', { [field]: value })).toEqual({ ...before, [field]: value })
      }
      const changed = await workflows.update('W-1', { problem: null, rows: null, state: undefined })
      expect(changed).toEqual({ ...full, id: 'W-1', groupRun: null, problem: null, rows: null })
      expect(await workflows.update('W-1', {})).toEqual(changed)
      expect(await workflows.list({ text: 'maintenance' }, all)).toMatchObject({ items: [] })
      await expect(workflows.update('W-none', { attempt: 1 })).rejects.toMatchObject({ code: 'store.not_found' })
    })

    it('a conditional update holds to the state', async () => {
      const { workflows } = bench.store
      await workflows.add(header())
      expect(await workflows.updateIf('W-1', ['running', 'stopping'], { attempt: 9 })).toBeNull()
      expect(await workflows.updateIf('W-1', [], { attempt: 9 })).toBeNull()
      expect(await workflows.updateIf('W-none', ['waiting'], { attempt: 9 })).toBeNull()
      expect(await workflows.get('W-1')).toEqual(header())
      expect(await workflows.updateIf('W-1', ['running', 'waiting'], { state: 'stopped' })).toMatchObject({
        state: 'stopped',
        attempt: 0,
      })
    })

    it('of twenty who take a waiting workflow at once, one gets it', async () => {
      const stores = [bench.store, await bench.open(), await bench.open()]
      await bench.store.workflows.add(header())
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          stores[n % 3]!.workflows.updateIf('W-1', ['waiting'], { state: 'running', attempt: n }),
        ),
      )
      const winners = taken.filter((one) => one !== null)
      expect(winners).toHaveLength(1)
      expect(await bench.store.workflows.get('W-1')).toEqual(winners[0])
    })

    it('lists give what a filter says, newest first, each once, whatever the size of the pages', async () => {
      const seconds = fc.integer({ min: 0, max: 5 })
      const orchestration = fc.constantFrom('north', 'North-East', 'south_1', '100%')
      const some = fc.record({
        orchestration,
        state: fc.constantFrom(...workflowStates),
        trigger: fc.constantFrom(...triggers),
        startedBy: fc.constantFrom(null, 'U-1', 'U-2'),
        groupRun: fc.constantFrom(null, 'G-1'),
        problem: fc.constantFrom<WorkflowHeader['problem']>(
          null,
          { code: 'zendesk.maintenance' },
          { message: 'no code' },
        ),
        requestedAt: seconds.map(at),
      })
      const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 })
      const filters = fc.record({
        states: optional(fc.subarray([...workflowStates])),
        orchestrations: optional(fc.subarray(['north', 'south_1', '100%', 'none'])),
        triggers: optional(fc.subarray([...triggers])),
        startedBy: optional(fc.constantFrom('U-1', 'U-3')),
        groupRun: optional(fc.constant('G-1')),
        text: optional(fc.constantFrom('', 'NORTH', 'h_1', '%', '_', '!', 'Desk.M', 'w-7', "'", 'é', '\\')),
        from: optional(seconds.map(at)),
        to: optional(seconds.map(at)),
      })
      const headers = fc.sample(some, { numRuns: 60, seed: 20260101 }).map((one, n) => header({ ...one, id: `W-${n}` }))
      await bench.store.groups.begin(groupRun(), headers)
      await fc.assert(
        fc.asyncProperty(filters, fc.integer({ min: 1, max: 70 }), async (filter, limit) => {
          const read = await pages(limit, (page) => bench.store.workflows.list(filter, page))
          const expected = headers.filter((one) => matches(one, filter)).sort(newestFirst)
          expect(read.flat().map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
          for (const page of read.slice(0, -1)) expect(page).toHaveLength(limit)
          expect(await bench.store.workflows.count(filter)).toBe(expected.length)
        }),
        { numRuns: 60 },
      )
    })

    it('what comes while somebody reads page after page moves nothing', async () => {
      const { workflows } = bench.store
      for (let n = 0; n < 6; n++) await workflows.add(header({ id: `W-${n}`, requestedAt: at(n) }))
      const first = await workflows.list({}, { limit: 3, cursor: null })
      await workflows.add(header({ id: 'W-new', requestedAt: at(9) }))
      await workflows.update('W-3', { state: 'error' })
      const second = await workflows.list({}, { limit: 3, cursor: first.next })
      expect(second.items.map(({ id }) => id)).toEqual(['W-2', 'W-1', 'W-0'])
      expect(second.next).toBeNull()
    })

    it.each([
      ['', 'not JSON'],
      ['!!!', 'not JSON'],
      [Buffer.from('{}').toString('base64url'), 'no position'],
      [Buffer.from('["a","b"]').toString('base64url'), 'a time that is none'],
      [Buffer.from('[1.5,"b"]').toString('base64url'), 'a part of a millisecond'],
      [Buffer.from('[1,2]').toString('base64url'), 'an id that is none'],
      [Buffer.from('[1,"\\u0000"]').toString('base64url'), 'an id that no store holds'],
    ])('a broken cursor is refused: %j, %s', async (cursor) => {
      for (const list of [
        (page: PageRequest) => bench.store.workflows.list({}, page),
        (page: PageRequest) => bench.store.groups.list(null, page),
        (page: PageRequest) => bench.store.notifications.list(page),
        (page: PageRequest) => bench.store.notifications.dispatches({}, page),
        (page: PageRequest) => bench.store.activity.list({}, page),
      ]) {
        await expect(list({ limit: 1, cursor })).rejects.toMatchObject({ code: 'api.invalid' })
      }
    })

    it.each([0, -1, 1.5, Number.NaN])('a limit of %d is refused', async (limit) => {
      const list = bench.store.workflows.list({}, { limit, cursor: null })
      await expect(list).rejects.toMatchObject({ code: 'api.invalid' })
    })

    it('the queue is what waits, oldest request first', async () => {
      const { workflows } = bench.store
      for (const [id, seconds] of [
        ['W-b', 2],
        ['W-a', 2],
        ['W-c', 1],
        ['W-d', 0],
      ] as const) {
        await workflows.add(header({ id, requestedAt: at(seconds) }))
      }
      await workflows.update('W-d', { state: 'running' })
      expect((await workflows.waiting()).map(({ id }) => id)).toEqual(['W-c', 'W-a', 'W-b'])
    })

    it('the latest of each orchestration is the one that was asked for last', async () => {
      const { workflows } = bench.store
      await workflows.add(header({ id: 'W-1', orchestration: 'south', requestedAt: at(1) }))
      await workflows.add(header({ id: 'W-2', orchestration: 'north', requestedAt: at(1) }))
      await workflows.add(header({ id: 'W-3', orchestration: 'north', requestedAt: at(1) }))
      await workflows.add(header({ id: 'W-4', orchestration: 'north', requestedAt: at(2) }))
      await workflows.add(header({ id: 'W-5', orchestration: 'north', requestedAt: at(0) }))
      expect((await workflows.latest()).map(({ id }) => id)).toEqual(['W-4', 'W-1'])
    })

    it('what ended since a time is told with its counts', async () => {
      const { workflows } = bench.store
      await workflows.add(header({ id: 'W-1', state: 'completed', endedAt: at(1), runId: 'R-1', rows: { created: 3 } }))
      await workflows.add(header({ id: 'W-2', state: 'error', endedAt: at(2) }))
      await workflows.add(header({ id: 'W-3', state: 'completed', endedAt: at(0), rows: { created: 9 } }))
      await workflows.add(header({ id: 'W-4', state: 'waiting', endedAt: at(3), rows: { created: 9 } }))
      const found = await workflows.endedSince(at(1))
      expect(found.toSorted((a, b) => Number(a.endedAt) - Number(b.endedAt))).toEqual([
        { runId: 'R-1', endedAt: at(1), rows: { created: 3 } },
        { runId: null, endedAt: at(2), rows: null },
      ])
    })

    it('a run is found with the newest workflow that worked at it', async () => {
      const { workflows } = bench.store
      await workflows.add(header({ id: 'W-1', runId: 'R-1', requestedAt: at(1) }))
      await workflows.add(header({ id: 'W-2', runId: 'R-1', requestedAt: at(2) }))
      await workflows.add(header({ id: 'W-3', runId: 'R-2', requestedAt: at(3) }))
      expect((await workflows.ofRun('R-1'))?.id).toBe('W-2')
      expect(await workflows.ofRun('R-9')).toBeNull()
      expect(await workflows.runs()).toEqual(new Set(['R-1', 'R-2']))
    })

    it('a run that another one has replaced stays known, as long as the workflow is there', async () => {
      const { workflows } = bench.store
      await workflows.add(header({ id: 'W-1' }))
      await workflows.add(header({ id: 'W-2', state: 'error', endedAt: at(5) }))
      for (const runId of ['R-1', 'R-1', 'R-2', null, 'R-3']) await workflows.update('W-1', { runId })
      await workflows.update('W-2', { runId: 'R-4' })
      await workflows.update('W-2', { runId: 'R-5', attempt: 2 })
      for (const [run, id] of [
        ['R-1', 'W-1'],
        ['R-2', 'W-1'],
        ['R-3', 'W-1'],
        ['R-4', 'W-2'],
      ] as const)
        expect((await workflows.ofRun(run))?.id).toBe(id)
      expect(await workflows.runs()).toEqual(new Set(['R-1', 'R-2', 'R-3', 'R-4', 'R-5']))
      // Whoever works at a run now goes before whoever did.
      await workflows.add(header({ id: 'W-3', runId: 'R-2' }))
      expect((await workflows.ofRun('R-2'))?.id).toBe('W-3')
      expect(await workflows.prune(at(9))).toEqual(['W-2'])
      expect(await workflows.ofRun('R-4')).toBeNull()
      expect(await workflows.runs()).toEqual(new Set(['R-1', 'R-2', 'R-3']))
      expect(await bench.store.meta.get('run/R-4')).toBeNull()
    })

    it('subscriptions to a workflow come and go with it alone', async () => {
      const { workflowSubscriptions } = bench.store
      const one = (id: string, workflow: string, seconds: number): WorkflowSubscription => ({
        ...{ id, workflow, events: ['failed', 'runs_long'], channel: 'mail', target: 'team@example.com' },
        ...{ runtimeMinutes: 0.5, createdAt: at(seconds), createdBy: 'U-1' },
      })
      const ours = [one('S-2', 'W-1', 1), one('S-1', 'W-1', 2)]
      const others = [one('S-1', 'W-10', 3), one('S-3', 'W-1/x', 4)]
      for (const each of [...others, ...ours.toReversed()]) await workflowSubscriptions.add(each)
      await bench.store.meta.set('subscription', 'of somebody else')
      await expect(workflowSubscriptions.add(ours[0]!)).rejects.toMatchObject({ code: 'store.conflict' })
      expect(await workflowSubscriptions.list('W-10')).toEqual([others[0]])
      expect(await workflowSubscriptions.list()).toEqual([...ours, ...others])
      await workflowSubscriptions.remove('W-1', 'S-2')
      await expect(workflowSubscriptions.remove('W-1', 'S-2')).rejects.toMatchObject({ code: 'store.not_found' })
      await workflowSubscriptions.removeAll('W-10')
      await workflowSubscriptions.removeAll('W-none')
      expect(await workflowSubscriptions.list()).toEqual([ours[1], others[1]])
    })

    it('pruning takes what ended before, with the runs of groups that it was in', async () => {
      const { workflows, groups } = bench.store
      for (const [n, state] of workflowStates.entries()) {
        await workflows.add(header({ id: `W-old-${n}`, state, endedAt: at(9) }))
        await workflows.add(header({ id: `W-new-${n}`, state, endedAt: at(10) }))
      }
      for (const [id, endedAt] of [
        ['G-old', at(5)],
        ['G-mixed', at(5)],
        ['G-new', at(11)],
      ] as const) {
        await groups.begin(groupRun({ id, endedAt, state: 'completed' }), [])
      }
      await groups.begin(groupRun({ id: 'G-running', dueAt: at(1) }), [])
      await workflows.add(header({ id: 'W-x', state: 'error', groupRun: 'G-old', endedAt: at(5) }))
      await workflows.add(header({ id: 'W-y', state: 'error', groupRun: 'G-mixed', endedAt: at(10) }))
      const gone = await workflows.prune(at(10))
      expect(gone.toSorted()).toEqual(['W-old-3', 'W-old-4', 'W-old-5', 'W-old-6', 'W-x'])
      expect(await workflows.count({})).toBe(11)
      const left = await groups.list(null, all)
      expect(left.items.map(({ id }) => id)).toEqual(['G-running', 'G-new', 'G-mixed'])
      expect(await groups.lastTick('nightly')).toEqual(at(1))
    })
  })

  groupContract(bench)
}

function matches(one: WorkflowHeader, filter: WorkflowFilter): boolean {
  const isIn = <T>(list: readonly T[] | undefined, value: T) =>
    list === undefined || list.length === 0 || list.includes(value)
  const text = filter.text?.toLowerCase() ?? ''
  const texts = [one.id, one.orchestration, String(one.problem?.code ?? '')]
  return (
    isIn(filter.states, one.state) &&
    isIn(filter.orchestrations, one.orchestration) &&
    isIn(filter.triggers, one.trigger) &&
    (filter.startedBy === undefined || filter.startedBy === one.startedBy) &&
    (filter.groupRun === undefined || filter.groupRun === one.groupRun) &&
    (filter.from === undefined || filter.from <= one.requestedAt) &&
    (filter.to === undefined || one.requestedAt < filter.to) &&
    texts.some((each) => each.toLowerCase().includes(text))
  )
}

function newestFirst(a: WorkflowHeader, b: WorkflowHeader): number {
  return b.requestedAt.getTime() - a.requestedAt.getTime() || (a.id < b.id ? 1 : -1)
}

function groupContract(bench: Bench): void {
  describe('groups', () => {
    it('a run begins with its workflows', async () => {
      const { groups, workflows } = bench.store
      const run = groupRun({ dueAt: at(1), startedBy: 'U-1', trigger: 'manual', startedAt: at(2), endedAt: null })
      const headers = ['W-1', 'W-2'].map((id) => header({ id, groupRun: 'G-1', trigger: 'group' }))
      expect(await groups.begin(run, headers)).toBe(true)
      expect(await groups.get('G-1')).toEqual(run)
      expect(await groups.get('G-none')).toBeNull()
      expect(await workflows.waiting()).toEqual(headers)
      expect(await groups.lastTick('nightly')).toEqual(at(1))
      expect(await groups.lastTick('other')).toBeNull()
    })

    it('a tick begins at most one run, and none after a later one', async () => {
      const { groups } = bench.store
      const begin = (id: string, seconds: number | null, group = 'nightly') =>
        groups.begin(groupRun({ id, group, dueAt: seconds === null ? null : at(seconds) }), [])
      expect(await begin('G-1', 5)).toBe(true)
      for (const seconds of [5, 4]) expect(await begin('G-2', seconds)).toBe(false)
      expect(await begin('G-3', 4, 'other')).toBe(true)
      expect(await begin('G-4', null)).toBe(true)
      await groups.passOver('nightly', at(7))
      await groups.passOver('nightly', at(6))
      expect(await groups.lastTick('nightly')).toEqual(at(7))
      expect(await begin('G-5', 7)).toBe(false)
      expect(await begin('G-6', 8)).toBe(true)
      expect((await groups.list('nightly', all)).items.map(({ id }) => id)).toEqual(['G-6', 'G-4', 'G-1'])
    })

    it('of twenty who begin one tick at once, one does', async () => {
      const stores = [bench.store, await bench.open(), await bench.open()]
      const begun = await Promise.all(
        Array.from({ length: 20 }, (_, n) => {
          const run = groupRun({ id: `G-${n}`, dueAt: at(1) })
          return stores[n % 3]!.groups.begin(run, [header({ id: `W-${n}`, groupRun: run.id })])
        }),
      )
      expect(begun.filter((one) => one)).toHaveLength(1)
      expect((await bench.store.groups.list(null, all)).items).toHaveLength(1)
      expect(await bench.store.workflows.waiting()).toHaveLength(1)
    })

    it('a run that cannot begin whole does not take its tick', async () => {
      const { groups, workflows } = bench.store
      await workflows.add(header({ id: 'W-2' }))
      const headers = ['W-1', 'W-2'].map((id) => header({ id, groupRun: 'G-1' }))
      await expect(groups.begin(groupRun({ dueAt: at(1) }), headers)).rejects.toMatchObject({ code: 'store.conflict' })
      expect(await groups.lastTick('nightly')).toBeNull()
      expect(await groups.get('G-1')).toBeNull()
      expect(await workflows.count({})).toBe(1)
      expect(await groups.begin(groupRun({ dueAt: at(1) }), headers.slice(0, 1))).toBe(true)
    })

    it('a run is finished when no workflow of it is to come to its end', async () => {
      const { groups, workflows } = bench.store
      const ids = async () => (await groups.finished()).map(({ id }) => id)
      await groups.begin(groupRun({ id: 'G-empty' }), [])
      const headers = workflowStates.map((state) => header({ id: `W-${state}`, state, groupRun: 'G-all' }))
      await groups.begin(groupRun({ id: 'G-all', startedAt: at(1) }), headers)
      for (const state of ['waiting', 'running', 'stopping'] as const) {
        expect(await ids()).toEqual(['G-empty'])
        await workflows.update(`W-${state}`, { state: 'completed' })
      }
      expect(await ids()).toEqual(['G-empty', 'G-all'])
      await groups.end('G-empty', { state: 'completed', at: at(2) }, [])
      expect(await ids()).toEqual(['G-all'])
    })

    it('of twenty who end a run at once, one does, and its followers begin with that', async () => {
      const stores = [bench.store, await bench.open(), await bench.open()]
      const { groups, workflows } = bench.store
      await groups.begin(groupRun(), [])
      const ended = await Promise.all(
        Array.from({ length: 20 }, (_, n) => {
          const run = groupRun({ id: `G-after-${n}`, group: 'after', trigger: 'group' })
          const follower = { run, workflows: [header({ id: `W-${n}`, groupRun: run.id })] }
          return stores[n % 3]!.groups.end('G-1', { state: 'error', at: at(n) }, [follower])
        }),
      )
      expect(ended.filter((one) => one)).toHaveLength(1)
      const winner = ended.indexOf(true)
      expect(await groups.get('G-1')).toEqual(groupRun({ state: 'error', endedAt: at(winner) }))
      expect((await groups.list('after', all)).items.map(({ id }) => id)).toEqual([`G-after-${winner}`])
      expect((await workflows.waiting()).map(({ id }) => id)).toEqual([`W-${winner}`])
    })

    it('a run does not end when a follower cannot begin', async () => {
      const { groups, workflows } = bench.store
      await groups.begin(groupRun(), [header({ groupRun: 'G-1', state: 'completed' })])
      const follower = { run: groupRun({ id: 'G-2', group: 'after' }), workflows: [header({ groupRun: 'G-2' })] }
      const end = { state: 'completed', at: at(1) } as const
      await expect(groups.end('G-1', end, [follower])).rejects.toMatchObject({ code: 'store.conflict' })
      expect(await groups.get('G-1')).toEqual(groupRun())
      expect(await groups.get('G-2')).toBeNull()
      expect(await workflows.count({})).toBe(1)
    })

    it('runs are listed newest first, page by page', async () => {
      const { groups } = bench.store
      for (let n = 0; n < 5; n++) {
        await groups.begin(groupRun({ id: `G-${n}`, startedAt: at(n >> 1), group: n === 2 ? 'other' : 'nightly' }), [])
      }
      const read = async (group: string | null) =>
        (await pages(2, (page) => groups.list(group, page))).map((page) => page.map(({ id }) => id))
      expect(await read(null)).toEqual([['G-4', 'G-3'], ['G-2', 'G-1'], ['G-0']])
      expect(await read('nightly')).toEqual([
        ['G-4', 'G-3'],
        ['G-1', 'G-0'],
      ])
      expect(await read('none')).toEqual([[]])
    })
  })
}
