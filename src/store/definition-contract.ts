import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Definition, DefinitionChange, Store } from './store.ts'
import type { Bench } from './store-contract.ts'

type Given = Pick<Definition, 'kind' | 'key' | 'source' | 'body'>

const nightly: Given = { kind: 'group', key: 'nightly', source: 'ui', body: { cron: '0 3 * * *' } }
const mail: Given = {
  kind: 'channel',
  key: 'mail',
  source: 'git',
  body: { to: 'team@example.com', nested: { a: [1, null] } },
}

export function definitionContract(bench: Bench): void {
  describe('definitions', () => {
    it('what was created is found as it was, with its first version', async () => {
      const { definitions } = bench.store
      const created = await definitions.create(nightly, 'U-1')
      expect(created).toEqual({
        ...nightly,
        version: 1,
        createdAt: expect.any(Date),
        updatedAt: created.createdAt,
        updatedBy: 'U-1',
      })
      expect(await definitions.get('group', 'nightly')).toEqual(created)
      expect(await definitions.get('channel', 'nightly')).toBeNull()
    })

    it('a key is taken once in its kind', async () => {
      const { definitions } = bench.store
      await definitions.create(nightly, 'U-1')
      await expect(definitions.create(nightly, 'U-1')).rejects.toMatchObject({ code: 'store.conflict' })
      await definitions.create({ ...nightly, kind: 'channel' }, 'U-1')
    })

    it('lists are ordered by kind and key, byte by byte', async () => {
      const { definitions } = bench.store
      for (const key of ['b', 'B', 'a', 'é', 'a-b', 'ab']) await definitions.create({ ...nightly, key }, 'U-1')
      await definitions.create(mail, 'U-1')
      const keys = (list: Definition[]) => list.map(({ kind, key }) => `${kind}/${key}`)
      const groups = ['group/B', 'group/a', 'group/a-b', 'group/ab', 'group/b', 'group/é']
      expect(keys(await definitions.list('group'))).toEqual(groups)
      expect(keys(await definitions.list())).toEqual(['channel/mail', ...groups])
    })

    it('an edit names the version that it changes', async () => {
      const { definitions } = bench.store
      await expect(definitions.update(nightly, {}, { ifVersion: 1, by: 'U-1' })).rejects.toMatchObject({
        code: 'store.not_found',
      })
      await definitions.create(nightly, 'U-1')
      const edited = await definitions.update(nightly, { cron: '0 4 * * *' }, { ifVersion: 1, by: 'U-2' })
      expect(edited).toMatchObject({ version: 2, body: { cron: '0 4 * * *' }, source: 'ui', updatedBy: 'U-2' })
      for (const ifVersion of [1, 3]) {
        const late = definitions.update(nightly, {}, { ifVersion, by: 'U-1' })
        await expect(late).rejects.toMatchObject({ code: 'store.conflict', data: { version: 2 } })
        await expect(definitions.remove(nightly, { ifVersion })).rejects.toMatchObject({ code: 'store.conflict' })
      }
      expect(await definitions.get('group', 'nightly')).toEqual(edited)
      await definitions.remove(nightly, { ifVersion: 2 })
      await expect(definitions.remove(nightly, { ifVersion: 2 })).rejects.toMatchObject({ code: 'store.not_found' })
    })

    it('every version of a query is kept, also when it was deleted, and none of what holds secrets', async () => {
      const { definitions } = bench.store
      const query = { kind: 'query', key: 'q', source: 'ui' } as const
      await definitions.create({ ...query, body: { text: 'a' } }, 'U-1')
      await definitions.update(query, { text: 'b' }, { ifVersion: 1, by: 'U-2' })
      await definitions.apply([{ change: 'put', ...query, body: { text: 'b' } }], 'cli')
      await definitions.remove(query, { ifVersion: 2 })
      await definitions.apply([{ change: 'put', ...query, source: 'git', body: { text: 'c' } }], 'cli')
      const at = expect.any(Date)
      expect(await definitions.versions(query)).toEqual([
        { source: 'git', version: 3, updatedAt: at, updatedBy: 'cli' },
        { source: 'ui', version: 2, updatedAt: at, updatedBy: 'U-2' },
        { source: 'ui', version: 1, updatedAt: at, updatedBy: 'U-1' },
      ])
      expect(await definitions.bodyOf(query, 2)).toEqual({ text: 'b' })
      expect(await definitions.bodyOf(query, 4)).toBeNull()
      expect(await definitions.versions({ kind: 'segment', key: 'q' })).toEqual([])
      await definitions.create(nightly, 'U-1')
      expect(await definitions.versions(nightly as never)).toEqual([])
    })

    it('of very many versions the newest 200 are kept', async () => {
      const { definitions } = bench.store
      const query = { kind: 'query', key: 'q', source: 'ui' } as const
      await definitions.create({ ...query, body: { n: 1 } }, 'U-1')
      for (let version = 1; version < 203; version++)
        await definitions.update(query, { n: version + 1 }, { ifVersion: version, by: 'U-1' })
      const kept = (await definitions.versions(query)).map(({ version }) => version)
      expect([kept.length, kept[0], kept.at(-1)]).toEqual([200, 203, 4])
    })

    it('of twenty edits of one version at once, one wins', async () => {
      const stores = [bench.store, await bench.open(), await bench.open()]
      await bench.store.definitions.create(nightly, 'U-1')
      const edits = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) =>
          stores[n % 3]!.definitions.update(nightly, { n }, { ifVersion: 1, by: `U-${n}` }),
        ),
      )
      expect(edits.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const edit of edits)
        if (edit.status === 'rejected') expect(edit.reason).toMatchObject({ code: 'store.conflict' })
      expect(await bench.store.definitions.get('group', 'nightly')).toMatchObject({ version: 2 })
      expect(await bench.store.definitions.revision()).toBe(2)
    })

    it('of twenty that make one key at once, one wins', async () => {
      const stores = [bench.store, await bench.open()]
      const made = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => stores[n % 2]!.definitions.create(nightly, `U-${n}`)),
      )
      expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })

    it('removing one takes the secrets in its name, and no others', async () => {
      const { definitions, secrets } = bench.store
      const others = [
        'channel/mail',
        'channel/mail2/password',
        'channel/mail0',
        'channel/Mail/password',
        'credential/mail/token',
      ]
      for (const name of ['channel/mail/password', 'channel/mail/url', ...others]) await secrets.put(name, 'ciphertext')
      await definitions.create(mail, 'U-1')
      await definitions.remove(mail, { ifVersion: 1 })
      expect((await secrets.list()).map(({ name }) => name)).toEqual(others.toSorted())
    })

    it('what is applied is applied whole or not at all', async () => {
      const { definitions, secrets } = bench.store
      await definitions.apply([{ change: 'put', ...mail }], 'cli')
      await secrets.put('channel/mail/password', 'ciphertext')
      const changes: DefinitionChange[] = [
        { change: 'put', ...nightly, source: 'git' },
        { change: 'delete', kind: 'channel', key: 'mail' },
      ]
      const broken: DefinitionChange = { change: 'put', kind: 'group', key: 'a\0', source: 'git', body: {} }
      await expect(definitions.apply([...changes, broken], 'cli')).rejects.toMatchObject({ code: 'api.invalid' })
      await expect(definitions.apply(changes, 'cli', 7)).rejects.toMatchObject({ code: 'store.conflict' })
      expect(await definitions.list()).toMatchObject([mail])
      expect(await definitions.revision()).toBe(1)

      await definitions.apply(changes, 'cli', 1)
      expect(await definitions.list()).toMatchObject([{ ...nightly, source: 'git', version: 1 }])
      expect(await secrets.list()).toEqual([])
      expect(await definitions.revision()).toBe(3)
    })

    it('a put of what is there, and a delete of what is not, change nothing', async () => {
      const { definitions } = bench.store
      await definitions.apply([{ change: 'put', ...mail }], 'cli')
      const before = await definitions.list()
      const reordered = { nested: { a: [1, null] }, to: 'team@example.com' }
      await definitions.apply(
        [
          { change: 'put', ...mail, body: reordered },
          { change: 'delete', kind: 'group', key: 'gone' },
        ],
        'U-2',
      )
      expect(await definitions.list()).toEqual(before)
      expect(await definitions.revision()).toBe(1)
      await definitions.apply([{ change: 'put', ...mail, source: 'ui' }], 'U-2')
      expect(await definitions.get('channel', 'mail')).toMatchObject({ source: 'ui', version: 2, updatedBy: 'U-2' })
    })

    it('no version is used twice, and the revision grows with each change', async () => {
      const step = fc.record({
        key: fc.constantFrom('a', 'b'),
        act: fc.constantFrom('create', 'update', 'remove', 'put', 'delete'),
        value: fc.integer({ min: 0, max: 2 }),
      })
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async (steps) => {
          round++
          const seen = new Map<string, { version: number; text: string }>()
          for (const { act, value, key: letter } of steps) {
            const key = `${letter}-${round}`
            const before = await bench.store.definitions.revision()
            await perform(bench.store, act, key, value)
            const now = await bench.store.definitions.get('group', key)
            const text = JSON.stringify(now)
            const last = seen.get(key) ?? { version: 0, text: 'null' }
            const changed = text !== last.text
            expect(await bench.store.definitions.revision()).toBe(before + (changed ? 1 : 0))
            if (changed && now !== null) expect(now.version).toBe(last.version + 1)
            seen.set(key, { version: now?.version ?? last.version, text })
          }
        }),
        { numRuns: 8 },
      )
    })
  })

  describe('secrets', () => {
    it('a ciphertext is kept, replaced and removed under its name', async () => {
      const { secrets } = bench.store
      expect(await secrets.get('credential/zendesk/token')).toBeNull()
      await secrets.put('credential/zendesk/token', 'one')
      await secrets.put('credential/zendesk/token', 'two')
      await secrets.put('channel/mail/password', 'three')
      expect(await secrets.get('credential/zendesk/token')).toBe('two')
      expect(await secrets.list()).toEqual([
        { name: 'channel/mail/password', ciphertext: 'three', updatedAt: expect.any(Date) },
        { name: 'credential/zendesk/token', ciphertext: 'two', updatedAt: expect.any(Date) },
      ])
      await secrets.remove('credential/zendesk/token')
      await secrets.remove('credential/zendesk/token')
      expect(await secrets.get('credential/zendesk/token')).toBeNull()
    })

    it('the names of a kind are those of its definitions alone', async () => {
      const { secrets } = bench.store
      const ours = ['channel/Mail/url', 'channel/mail/password', 'channel/mail/url']
      for (const name of [...ours, 'channel', 'channel0/x/y', 'channels/mail/url', 'credential/channel/token'])
        await secrets.put(name, 'ciphertext')
      expect(await secrets.names('channel')).toEqual(ours)
      expect(await secrets.names('group')).toEqual([])
    })

    it('all are replaced or none, and one that is gone does not come back', async () => {
      const { secrets } = bench.store
      await secrets.put('a', 'old')
      await secrets.put('b', 'old')
      const replaced = ['a', 'b', 'gone'].map((name) => ({ name, ciphertext: 'new' }))
      await expect(secrets.replaceAll([...replaced, { name: 'z', ciphertext: '\0' }])).rejects.toMatchObject({
        code: 'api.invalid',
      })
      expect((await secrets.list()).map(({ ciphertext }) => ciphertext)).toEqual(['old', 'old'])
      await secrets.replaceAll(replaced)
      expect(await secrets.list()).toMatchObject([
        { name: 'a', ciphertext: 'new' },
        { name: 'b', ciphertext: 'new' },
      ])
    })
  })
}

/** One step of the property; what cannot be done changes nothing. */
async function perform({ definitions }: Store, act: string, key: string, value: number): Promise<void> {
  const name = { kind: 'group', key } as const
  const found = await definitions.get('group', key)
  const ifVersion = found?.version ?? 1
  const tried = {
    create: () => definitions.create({ ...name, source: 'ui', body: { value } }, 'U-1'),
    update: () => definitions.update(name, { value }, { ifVersion, by: 'U-1' }),
    remove: () => definitions.remove(name, { ifVersion }),
    put: () => definitions.apply([{ change: 'put', ...name, source: 'ui', body: { value } }], 'U-1'),
    delete: () => definitions.apply([{ change: 'delete', ...name }], 'U-1'),
  }[act]
  const outcome = await tried!().then(
    () => null,
    (error: { code: string }) => error.code,
  )
  const refusal = act === 'create' ? found !== null && 'store.conflict' : found === null && 'store.not_found'
  expect(outcome).toBe(['put', 'delete'].includes(act) ? null : refusal || null)
}
