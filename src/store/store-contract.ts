import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accessContract } from './access-contract.ts'
import { columnTagContract } from './column-tag-contract.ts'
import { definitionContract } from './definition-contract.ts'
import { notificationContract } from './notification-contract.ts'
import type { Store } from './store.ts'
import { apiKey, at, dispatch, entry, groupRun, header, link, notification, session, user } from './test-objects.ts'
import { workflowContract } from './workflow-contract.ts'

/** An empty place for a store, which any number of processes may open. */
export type Place = () => Promise<Store>

/** What the parts of the suite work with: the store of a test, and others that another process could have open on the same place. */
export interface Bench {
  store: Store
  /** A further one. */
  open(): Promise<Store>
}

/** The suite that every control store must pass. `newPlace` gives an empty place each time. */
export function storeContract(name: string, newPlace: () => Promise<Place>): void {
  describe(name, () => {
    let place: Place
    const opened: Store[] = []
    const bench = {
      async open() {
        const store = await place()
        opened.push(store)
        return store
      },
    } as Bench

    beforeEach(async () => {
      place = await newPlace()
      bench.store = await bench.open()
    })

    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close()
    })

    definitionContract(bench)
    workflowContract(bench)
    notificationContract(bench)
    accessContract(bench)
    columnTagContract(bench)
    dumpContract(bench, newPlace)
  })
}

/** All of it, one row at least in each table. */
export async function fill({ definitions, secrets, groups, ...store }: Store): Promise<void> {
  await store.meta.set('installation', 'I-1')
  await definitions.create({ kind: 'group', key: 'nightly', source: 'ui', body: { cron: '0 3 * * *' } }, 'U-1')
  await definitions.apply(
    [{ change: 'put', kind: 'query', key: 'people', source: 'git', body: { sql: 'é "1"\n😀' } }],
    'cli',
  )
  await secrets.put('channel/mail/password', 'ciphertext')
  const workflow = (number: number) => header({ id: `W-${number}`, requestedAt: at(number), groupRun: 'G-1' })
  await groups.begin(
    groupRun({ dueAt: at(0) }),
    Array.from({ length: 450 }, (_, number) => workflow(number)),
  )
  await store.notifications.add(notification(), [dispatch()])
  await store.access.addUser(user())
  await store.access.addSession(session())
  await store.access.addLink(link())
  await store.access.addKey(apiKey({ expiresAt: at(9) }))
  await store.access.beginAnswer({ actor: 'U-1', key: '1', request: 'digest', status: null, body: null, at: at(0) })
  await store.activity.add(entry())
  await store.columnTags.set('customers', { email: true }, 'U-1')
}

export async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  return Array.fromAsync(lines)
}

export async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

function dumpContract(bench: Bench, newPlace: () => Promise<Place>): void {
  describe('dump and restore', () => {
    it('a restored store gives the same dump, goes on counting versions, and works', async () => {
      await fill(bench.store)
      await bench.store.definitions.remove({ kind: 'group', key: 'nightly' }, { ifVersion: 1 })
      const lines = await collect(bench.store.dump())
      expect(new Set(lines.map((line) => JSON.parse(line).table)).size).toBe(20)
      const other = await (await newPlace())()
      try {
        await other.restore(each(lines))
        expect(await collect(other.dump())).toEqual(lines)
        const again = await other.definitions.create({ kind: 'group', key: 'nightly', source: 'ui', body: {} }, 'U-1')
        expect(again.version).toBe(2)
        expect(await other.workflows.count({})).toBe(450)
      } finally {
        await other.close()
      }
    })

    it('a dump is of one moment and holds up nobody, however slowly it is read', async () => {
      await fill(bench.store)
      const lines = bench.store.dump()
      await lines[Symbol.asyncIterator]().next()
      const expected = await collect(bench.store.dump())
      await bench.store.workflows.add(header({ id: 'W-new' }))
      await bench.store.workflows.update('W-9', { attempt: 1 })
      expect(await collect(lines)).toEqual(expected.slice(1))
    })

    it('a dump that is not read to its end leaves nothing behind', async () => {
      await fill(bench.store)
      for await (const line of bench.store.dump()) if (line.includes('W-3')) break
      await bench.store.workflows.add(header({ id: 'W-new' }))
    })

    it('a store that is not empty is not restored into', async () => {
      const lines = await collect(bench.store.dump())
      await bench.store.meta.set('installation', 'I-1')
      await expect(bench.store.restore(each(lines))).rejects.toMatchObject({ code: 'store.not_empty' })
      expect(await bench.store.meta.get('installation')).toBe('I-1')
    })

    const end = '{"table":"end","row":{"rows":0}}'
    const row = '{"table":"meta","row":{"name":"a","value":"b"}}'
    it.each<[string, (lines: string[]) => string[]]>([
      ['nothing', () => []],
      ['no schema', (lines) => lines.slice(1)],
      ['no end', (lines) => lines.slice(0, -1)],
      ['a part of it', (lines) => lines.slice(0, 300)],
      ['a line cut off', (lines) => [...lines.slice(0, 300), lines[300]!.slice(0, 20)]],
      ['a row lost', (lines) => lines.toSpliced(100, 1)],
      ['a row twice', (lines) => lines.toSpliced(100, 0, lines[100]!)],
      ['a run of a group lost', (lines) => lines.filter((line) => !line.startsWith('{"table":"group_runs"'))],
      ['rows after its end', (lines) => [...lines, row]],
      ['a second schema', (lines) => lines.toSpliced(3, 0, lines[0]!)],
      ['an unknown table', (lines) => [lines[0]!, row.replace('meta', 'sqlite_schema'), end]],
      ['an unknown column', (lines) => [lines[0]!, row.replace('value', 'worth'), end]],
      ['a value of another kind', (lines) => [lines[0]!, row.replace('"b"', '{}'), end]],
      ['a text that no store holds', (lines) => [lines[0]!, row.replace('b"}', '\\u0000"}'), end]],
    ])('a broken dump is refused as a whole: %s', async (_, breakIt) => {
      await fill(bench.store)
      const lines = breakIt(await collect(bench.store.dump()))
      const other = await (await newPlace())()
      try {
        await expect(other.restore(each(lines))).rejects.toMatchObject({ code: 'backup.broken' })
        expect(await collect(other.dump())).toHaveLength(2)
      } finally {
        await other.close()
      }
    })

    it('a dump of an older release, which has fewer tables, is taken back', async () => {
      const lines = ['{"table":"schema","row":{"version":"0001-first"}}', row, end.replace('0', '1')]
      await bench.store.restore(each(lines))
      expect(await bench.store.meta.get('a')).toBe('b')
      expect(await bench.store.columnTags.list()).toEqual([])
    })

    it('a dump of a newer release is refused', async () => {
      const lines = ['{"table":"schema","row":{"version":"9999-later"}}', end]
      await expect(bench.store.restore(each(lines))).rejects.toMatchObject({ code: 'store.newer' })
    })
  })

  it('answers a ping, and keeps small facts', async () => {
    await bench.store.ping()
    expect(await bench.store.meta.get('installation')).toBeNull()
    await bench.store.meta.set('installation', 'I-1')
    await bench.store.meta.set('installation', 'I-2')
    expect(await (await bench.open()).meta.get('installation')).toBe('I-2')
  })

  it('processes that open a new place at once all get a whole store', async () => {
    const place = await newPlace()
    const stores = await Promise.all(Array.from({ length: 8 }, place))
    await stores[0]!.meta.set('installation', 'I-1')
    for (const store of stores) expect(await store.meta.get('installation')).toBe('I-1')
    for (const store of stores) await store.close()
  })
}
