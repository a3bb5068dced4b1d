import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openServiceBench, type ServiceBench } from '../../test/service-bench.ts'
import type { UserActor } from '../access/authorize.ts'
import { actorOf } from '../access/sign-in.ts'
import type { Json, Problem } from '../problem.ts'
import type { NewHandOver } from './control.ts'

const via = { address: '192.0.2.7', agent: 'a browser' }
const cli = { kind: 'cli', id: 'cli' } as const
const wrong = 'wrong-secret-of-the-person'

let bench: ServiceBench
let operator: UserActor
beforeAll(async () => {
  bench = await openServiceBench()
  await bench.apply()
})
afterAll(() => bench.close())

let users = 0
beforeEach(async () => {
  users += 1
  const email = `operator${users}@example.com`
  const grants = { policies: ['datagrid_operator'], options: [] }
  const { user } = await bench.service.control.users.invite(cli, { email, name: '', ...grants })
  const stored = await bench.service.store.access.user(user.id)
  operator = actorOf(stored!)
})

const control = () => bench.service.control
const oauth = (name: string): NewHandOver['body'] => ({
  type: 'zendesk_oauth',
  name,
  client_id: bench.project.emulator.clientId,
})
const account = () => ({ subdomain: bench.project.emulator.subdomain, base_url: bench.project.emulator.url })

async function ask(input: Partial<NewHandOver>, by: UserActor | typeof cli = operator) {
  return await control().handOvers.create(by, {
    ...{ credential: null, body: null, account: account(), hours: 1, note: '' },
    ...input,
  })
}

/** A credential of people, which no file has, and its key. */
async function ours(name: string): Promise<string> {
  const body = { ...oauth(name), client_secret: bench.project.emulator.clientSecret }
  return (await control().definitions.create(cli, 'credential', { body })).key
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: Problem) => error.code,
  )

const linesAbout = async (key: string) =>
  (
    await bench.service.store.activity.list({ object: `credential/${key}` }, { limit: 100, cursor: null })
  ).items.reverse()

describe('handing over a secret', () => {
  test('of a new credential: a wrong one is refused with its stage and leaves the link, the right one is saved and uses it up', async () => {
    const { emulator } = bench.project
    const { handOver, token } = await ask({ body: oauth('First account'), note: ' Please ' })
    const key = handOver.credential
    expect(handOver).toMatchObject({ credential: 'first_account', isNew: true, state: 'open', askedBy: operator.email })
    expect(await control().handOvers.look(token, via)).toEqual({
      ...{ project: 'bench', askedBy: operator.email, typeName: 'Zendesk OAuth client', name: 'First account' },
      ...{ isNew: true, note: 'Please', accounts: [new URL(emulator.url).host], expiresAt: handOver.expiresAt },
      fields: [{ field: 'client_secret', title: 'Client secret', isSecret: true }],
    })
    const refused = await control()
      .handOvers.enter(token, { client_secret: wrong }, via)
      .catch((error: Problem) => error)
    expect(refused).toMatchObject({ code: 'definition.invalid', data: { stage: 'sign_in' } })
    expect((refused as Problem).fix).not.toContain('command')
    expect(await codeOf(control().definitions.get(cli, 'credential', key))).toBe('store.not_found')
    expect((await control().handOvers.list(operator))[0]).toMatchObject({ failures: 1, state: 'open' })
    await control().handOvers.enter(token, { client_secret: `${emulator.clientSecret}\n` }, via)
    expect(await control().definitions.get(cli, 'credential', key)).toMatchObject({
      ...{ source: 'ui', secrets: ['client_secret'], updatedBy: `user/${operator.id}` },
      body: oauth('First account'),
    })
    expect(await codeOf(control().handOvers.look(token, via))).toBe('access.link_over')
    expect(await codeOf(control().handOvers.enter(token, { client_secret: 'again' }, via))).toBe('access.link_over')
    expect((await control().handOvers.list(operator))[0]).toMatchObject({ state: 'used' })
    const { items } = await control().notifications.list(cli, { limit: 1, cursor: null })
    expect(items[0]).toMatchObject({
      ...{ event: 'credential_handed_over', title: 'The credential First account was handed over' },
      link: `/credentials/${key}`,
    })
    const lines = await linesAbout(key)
    expect(lines.map(({ detail }) => detail.change)).toEqual([
      'hand_over_made',
      'create',
      'hand_over_refused',
      'create',
      'hand_over_used',
    ])
    expect(lines[2]).toMatchObject({ detail: { stage: 'sign_in', code: 'zendesk.credentials_rejected' } })
    expect(lines.slice(1).map(({ actor, address }) => [actor, address])).toEqual(
      Array(4).fill([`user/${operator.id}`, via.address]),
    )
  })

  test('of one that is there: its secret is replaced, and nothing else of it', async () => {
    const key = await ours('Second account')
    const before = await control().definitions.get(cli, 'credential', key)
    const { token } = await ask({ credential: key })
    expect(await control().handOvers.look(token, via)).toMatchObject({
      isNew: false,
      fields: [{ field: 'client_secret' }],
    })
    expect(await codeOf(control().handOvers.enter(token, { client_secret: wrong }, via))).toBe('definition.invalid')
    // That is no word on the one that stays.
    const told = await control().notifications.list(cli, { limit: 100, cursor: null })
    expect(told.items.filter(({ event }) => event === 'credential_broken')).toEqual([])
    const kept = await bench.service.box.get(`credential/${key}/client_secret`)
    expect(kept?.reveal()).toBe(bench.project.emulator.clientSecret)
    await control().handOvers.enter(token, { client_secret: bench.project.emulator.clientSecret }, via)
    const after = await control().definitions.get(cli, 'credential', key)
    expect(after).toMatchObject({ body: before.body, version: before.version + 1, updatedBy: `user/${operator.id}` })
  })

  test('what was entered stands in no line, notification, problem, event or list, and the store holds it encrypted only', async () => {
    const { token } = await ask({ body: oauth('Third account'), account: null })
    const secret = 'a-secret-that-is-nowhere'
    const told: unknown[] = []
    const gone = new AbortController()
    const listening = (async () => {
      for await (const event of control().events(cli, {}, gone.signal)) told.push(event)
    })()
    const tries: Record<string, string>[] = [
      { client_secret: `${secret} with blanks` },
      { client_secret: secret, other: secret },
    ]
    for (const fields of tries)
      told.push(
        await control()
          .handOvers.enter(token, fields, via)
          .catch((error: Problem) => error.toJSON()),
      )
    await control().handOvers.enter(token, { client_secret: secret }, via)
    gone.abort()
    await listening
    expect(told.length).toBeGreaterThan(2)
    told.push(bench.problems, await control().handOvers.list(operator), await linesAbout('third_account'))
    let dumped = ''
    for await (const line of bench.service.store.dump()) dumped += `${line}\n`
    expect(dumped).toContain('third_account')
    for (const text of [JSON.stringify(told), dumped]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(token.slice(-43))
    }
    expect((await bench.service.box.get('credential/third_account/client_secret'))?.reveal()).toBe(secret)
  })

  test('of two at the same time one is done', async () => {
    const { token } = await ask({ body: oauth('Fourth account') })
    const { clientSecret } = bench.project.emulator
    const ends = await Promise.all(
      [1, 2, 3].map(() => codeOf(control().handOvers.enter(token, { client_secret: clientSecret }, via))),
    )
    expect(ends.sort()).toEqual(['access.link_over', 'access.link_over', 'done'])
  })

  test('a secret that comes too late leaves that of the credential which somebody else made or changed meanwhile', async () => {
    const { emulator } = bench.project
    const secretOf = async (key: string) => (await bench.service.box.get(`credential/${key}/client_secret`))?.reveal()
    /** How entering a secret ends during whose test `change` is done. */
    const overtaken = async (token: string, key: string, change: () => Promise<unknown>) => {
      const { length } = await linesAbout(key)
      emulator.faults({ kind: 'slow', delayMs: 2_000, times: 1 })
      const entered = codeOf(control().handOvers.enter(token, { client_secret: emulator.clientSecret }, via))
      while ((await linesAbout(key)).length === length) await sleep(5)
      await change()
      const end = await entered
      emulator.clearFaults()
      return end
    }
    const body = { ...oauth('Late account'), client_secret: 'of-the-operator' }
    const made = await ask({ body: oauth('Late account') })
    const key = made.handOver.credential
    const create = () => control().definitions.create(cli, 'credential', { key, body })
    expect(await overtaken(made.token, key, create)).toBe('store.conflict')
    expect(await secretOf(key)).toBe('of-the-operator')

    const { token } = await ask({ credential: key })
    const again = { ...body, client_secret: 'of-the-operator-again' }
    const update = () => control().definitions.update(cli, 'credential', key, { body: again, ifVersion: 1 })
    expect(await overtaken(token, key, update)).toBe('store.conflict')
    expect(await secretOf(key)).toBe('of-the-operator-again')
  })

  test('twenty failed tests end a link; mistakes that no test has seen do not count', async () => {
    const { token } = await ask({ body: oauth('Fifth account') })
    for (let n = 0; n < 25; n += 1)
      expect(await codeOf(control().handOvers.enter(token, { client_secret: '' }, via))).toBe('definition.invalid')
    for (let n = 0; n < 20; n += 1)
      expect(await codeOf(control().handOvers.enter(token, { client_secret: wrong }, via))).toBe('definition.invalid')
    expect(await codeOf(control().handOvers.look(token, via))).toBe('access.link_over')
  })
})

describe('who asks', () => {
  const takes: [string, (operator: UserActor) => Promise<unknown>][] = [
    [
      'has lost the right',
      ({ id }) => bench.service.store.access.updateUser(id, { policies: ['datagrid_operator_read_only'] }),
    ],
    ['is disabled', ({ id }) => bench.service.store.access.updateUser(id, { state: 'disabled' })],
    [
      'is gone',
      async ({ id }) => {
        const { version } = (await bench.service.store.access.user(id))!
        await bench.service.store.access.removeUser(id, { ifVersion: version })
      },
    ],
  ]
  test.each(takes)('and %s opens nothing any more', async (_what, take) => {
    const key = `asked_${users}`
    const { token } = await ask({ key, body: oauth('Asked') })
    await take(operator)
    expect(await codeOf(control().handOvers.look(token, via))).toBe('access.link_over')
    expect(await codeOf(control().handOvers.enter(token, { client_secret: 'x' }, via))).toBe('access.link_over')
    expect(await codeOf(control().definitions.get(cli, 'credential', key))).toBe('store.not_found')
  })

  test('may be an API key, as long as it is valid', async () => {
    const scopes = ['credential:write']
    const { key, secret } = await control().keys.create(cli, { name: 'ci', scopes, expiresAt: null })
    const actor = await bench.service.keys.keyOf(secret)
    const { token } = await control().handOvers.create(actor!, {
      ...{ credential: null, body: oauth('Of a key'), account: null, hours: 1, note: '' },
    })
    expect(await control().handOvers.look(token, via)).toMatchObject({ askedBy: 'API key "ci"', accounts: [] })
    await control().keys.remove(cli, key.id)
    expect(await codeOf(control().handOvers.look(token, via))).toBe('access.link_over')
  })

  test('needs the right to change credentials', async () => {
    const reader: UserActor = { ...operator, may: new Set(['credential:read']) }
    expect(await codeOf(ask({ body: oauth('Denied') }, reader))).toBe('access.denied')
    const { handOver } = await ask({ body: oauth('Denied') })
    expect(await codeOf(control().handOvers.revoke(reader, handOver.id))).toBe('access.denied')
    await control().handOvers.revoke(operator, handOver.id)
    expect(await codeOf(control().handOvers.revoke(operator, handOver.id))).toBe('store.not_found')
    expect((await linesAbout('denied')).map(({ detail }) => detail.change)).toContain('hand_over_revoked')
  })
})

describe('what may be asked for', () => {
  const body = (more: { [key: string]: Json }) => ({ body: { type: 'zendesk_oauth', name: 'New', ...more } })
  test.each<[string, Partial<NewHandOver>, string]>([
    ['a credential that is not there', { credential: 'none' }, 'store.not_found'],
    ['one that comes from deskside.yml', { credential: 'zendesk' }, 'definition.from_git'],
    ['nothing', {}, 'definition.invalid'],
    ['one that is there and a new one', { ...body({}), credential: 'zendesk' }, 'definition.invalid'],
    ['another key for one that is there', { credential: 'zendesk', key: 'other' }, 'definition.invalid'],
    ['an unknown type', body({ type: 'magic' }), 'definition.invalid'],
    ['a type that is a property of every object', body({ type: 'constructor' }), 'definition.invalid'],
    ['a secret that is given already', body({ client_secret: 'x' }), 'definition.invalid'],
    ['a field that there is not', body({ colour: 'blue' }), 'definition.invalid'],
    ['no name', body({ name: ' ' }), 'definition.invalid'],
    ['a key that is taken', { ...body({}), key: 'zendesk' }, 'store.conflict'],
    ['a key that is none', { ...body({}), key: '0' }, 'definition.invalid'],
    ['an account that is none', { ...body({}), account: { subdomain: 'a.b' } }, 'definition.invalid'],
    [
      'a test at another host',
      { ...body({}), account: { subdomain: 'a', base_url: 'https://example.com' } },
      'zendesk.base_url_refused',
    ],
    ['a note that is a book', { ...body({}), note: 'x'.repeat(1_001) }, 'definition.invalid'],
  ])('not: %s', async (_what, input, code) => {
    expect(await codeOf(ask(input))).toBe(code)
  })

  test('one key each for two new credentials of one name; a new link about one ends the one before', async () => {
    const [one, two] = [await ask({ body: oauth('Twins') }), await ask({ body: oauth('Twins') })]
    expect([one, two].map(({ handOver }) => handOver.credential)).toEqual(['twins', 'twins_2'])
    await ask({ key: 'twins', body: oauth('Twins') })
    expect(await codeOf(control().handOvers.look(one.token, via))).toBe('access.link_over')
    expect(await codeOf(control().handOvers.look(two.token, via))).toBe('done')
  })

  test('what is entered names no variable of the server, and only what is asked for', async () => {
    const { token } = await ask({ body: { type: 'zendesk', name: 'By token' }, account: null })
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.constantFrom('email', 'api_token', 'name', '__proto__', 'type'),
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the server
          fc.constantFrom('', 'x', '${HOME}', 'a@example.com/token', 'a b', 'x'.repeat(1_001)),
        ),
        async (fields) => {
          expect(await codeOf(control().handOvers.enter(token, fields, via))).toBe('definition.invalid')
        },
      ),
      { numRuns: 60 },
    )
    await control().handOvers.enter(token, { email: 'a@example.com', api_token: 'x' }, via)
  })

  test('a link for something else is not touched by the door of secrets, nor the other way round', async () => {
    const { link } = await control().users.invite(cli, {
      ...{ email: `other${users}@example.com`, name: '', policies: ['ampiq_user'], options: [] },
    })
    expect(await codeOf(control().handOvers.look(link.token, via))).toBe('access.link_over')
    expect(await codeOf(control().handOvers.enter(link.token, {}, via))).toBe('access.link_over')
    expect((await bench.service.joining.look(link.token)).kind).toBe('invitation')
    const { token } = await ask({ body: oauth('Doors') })
    const given = { email: '', name: '', password: 'long enough for a password' }
    expect(await codeOf(bench.service.joining.look(token))).toBe('access.link_over')
    expect(await codeOf(bench.service.joining.join(token, given, via))).toBe('access.link_over')
    expect(await codeOf(control().handOvers.look(token, via))).toBe('done')
  })
})
