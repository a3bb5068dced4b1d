import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Action, type Actor, actorId } from '../access/authorize.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { entry } from '../store/test-objects.ts'
import { ControlActivity } from './activity.ts'
import { Gate } from './gate.ts'

let home: string
let store: Store
/** How often lines were read. */
let reads: number
let activity: ControlActivity
const now = () => new Date('2026-03-01T08:00:00Z')
const somebody = (...may: Action[]): Actor => ({ kind: 'user', id: 'U', email: 'u@example.com', may: new Set(may) })

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'deskside activity '))
  store = await openStore({ url: null, path: join(home, 'control.sqlite') })
  reads = 0
  const counted: Store['activity'] = {
    ...store.activity,
    list: async (filter, page) => {
      reads += 1
      return await store.activity.list(filter, page)
    },
  }
  activity = new ControlActivity({ store: counted, gate: new Gate(store.activity, now), now })
})
afterEach(async () => {
  await store.close()
  rmSync(home, { recursive: true, force: true })
})

it('an export has every line that matches, reads them as they are taken, and names its days', async () => {
  const first = Date.parse('2026-01-05T00:00:00Z')
  for (let n = 0; n < 1_201; n++)
    await store.activity.add(entry({ id: `A-${n}`, at: new Date(first + n * 60_000), action: 'key:write' }))
  await store.activity.add(entry({ id: 'B', action: 'user:write' }))
  const { from, to, entries } = await activity.export(somebody('activity:read', 'data:download'), { action: 'key:*' })
  expect([from, to]).toEqual(['2026-01-05', '2026-01-05'])
  const ids: string[] = []
  for await (const { id } of entries) {
    ids.push(id)
    if (ids.length === 1) expect(reads).toBe(1)
  }
  expect(ids).toEqual(Array.from({ length: 1_201 }, (_, n) => `A-${1_200 - n}`))
  expect(reads).toBe(3)
})

it.each<Action[][]>([[['activity:read']], [['data:download']], [[]]])(
  'an export with no more than the rights %j is denied, with one line',
  async (may) => {
    const actor = somebody(...may)
    await expect(activity.export(actor, {})).rejects.toMatchObject({ code: 'access.denied' })
    const { items } = await store.activity.list({}, { limit: 10, cursor: null })
    expect(items).toMatchObject([{ actor: actorId(actor), object: 'activity', allowed: false }])
  },
)

it('a file of a log without lines that match is named after the day', async () => {
  const actor = somebody('activity:read', 'data:download')
  const { from, to, entries } = await activity.export(actor, { actor: 'nobody' })
  expect([from, to, await Array.fromAsync(entries)]).toEqual(['2026-03-01', '2026-03-01', []])
})
