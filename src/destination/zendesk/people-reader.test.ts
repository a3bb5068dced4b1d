import { describe, expect, it } from 'vitest'
import type { Emulator } from '../../emulator/index.ts'
import type { AccountPerson, Attribute, Connection, PeopleKeys } from '../destination.ts'
import { connect, emulate } from './test-account.ts'

const searches = (emulator: Emulator) => emulator.calls({ path: '/users/search' }).length

/** Attributes as the account defines them. */
async function attributesOf(connection: Connection, names: readonly string[]): Promise<Attribute[]> {
  const { columns } = (await connection.readAccount()).mapColumns(['email', 'name', ...names])
  return columns.flatMap((use) => (use.use === 'attribute' && use.column !== 'name' ? [use.attribute] : []))
}

async function read(connection: Connection, keys: PeopleKeys, attributes: Attribute[] = []): Promise<AccountPerson[]> {
  return (await Array.fromAsync(connection.readPeople(keys, attributes))).flat()
}

function idsOf(emulator: Emulator): Map<string, string> {
  return new Map(emulator.state().users.map((user) => [user.name, String(user.id)]))
}

describe('people as the account holds them', () => {
  it('come with everything that identifies them', async () => {
    const emulator = await emulate()
    emulator.seed({
      users: [
        {
          name: 'Ann',
          email: 'ANN@example.com',
          emails: ['second@example.com'],
          external_id: 'Crm-1',
          phone: '+4915112345678',
          suspended: true,
        },
      ],
      agents: [{ name: 'Agent', external_id: 'agent-1' }],
    })
    const people = await read(connect(emulator), { externalIds: ['crm-1', 'CRM-1', 'agent-1', 'nobody'] })
    const ids = idsOf(emulator)
    expect(people).toEqual([
      {
        zendeskId: ids.get('Ann'),
        externalId: 'Crm-1',
        emails: ['ann@example.com', 'second@example.com'],
        phones: ['+4915112345678'],
        role: 'end-user',
        suspended: true,
        values: {},
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+Z$/),
      },
      expect.objectContaining({ zendeskId: ids.get('Agent'), role: 'agent', emails: [], phones: [] }),
    ])
  })

  it('come with the values asked for, in canonical text', async () => {
    const emulator = await emulate()
    emulator.seed({
      user_fields: [
        { key: 'born', type: 'date' },
        { key: 'spent', type: 'decimal' },
        { key: 'vip', type: 'checkbox' },
        { key: 'city' },
        { key: 'colours', type: 'multiselect', custom_field_options: ['red', 'blue'] },
      ],
      users: [
        {
          name: 'Ann',
          email: 'ann@example.com',
          time_zone: 'Arizona',
          details: '',
          user_fields: { born: '1980-02-29', spent: 12.5, colours: ['red', 'blue'] },
        },
      ],
    })
    const connection = connect(emulator)
    const fields = ['born', 'spent', 'vip', 'city', 'colours'].map((key) => `user_fields.${key}`)
    const others = ['time_zone', 'details', 'suspended', 'shared_phone_number', 'remote_photo_url', 'phone']
    const attributes = await attributesOf(connection, [...fields, ...others])
    const [ann] = await read(connection, { zendeskIds: [idsOf(emulator).get('Ann')!] }, attributes)
    expect(ann!.values).toEqual({
      'user_fields.born': '1980-02-29',
      'user_fields.spent': '12.5',
      'user_fields.vip': 'false',
      'user_fields.city': null,
      'user_fields.colours': '["blue","red"]',
      time_zone: 'America/Phoenix',
      details: null,
      suspended: 'false',
      shared_phone_number: 'false',
      phone: null,
    })
    const [nameless] = await read(connection, { zendeskIds: [ann!.zendeskId] }, attributes.slice(0, 1))
    expect(Object.keys(nameless!.values)).toEqual(['user_fields.born'])
  })

  it('leaves out a field that the account does not answer with any more', async () => {
    const emulator = await emulate()
    emulator.seed({ user_fields: [{ key: 'city' }], users: [{ name: 'Ann', external_id: 'a' }] })
    const connection = connect(emulator)
    const attributes = await attributesOf(connection, ['user_fields.city', 'alias', 'time_zone'])
    const user = { id: 9, role: 'end-user', time_zone: 'A name of tomorrow', iana_time_zone: 'Asia/Tokyo' }
    emulator.faults({
      kind: 'status',
      status: 200,
      body: { users: [{ ...user, alias: '', user_fields: {} }], identities: [] },
      match: { path: '/show_many' },
    })
    expect((await read(connection, { externalIds: ['a'] }, attributes))[0]!.values).toEqual({
      alias: null,
      time_zone: 'Asia/Tokyo',
    })
  })

  it('are read a hundred a request, each once, whatever key names them', async () => {
    const emulator = await emulate()
    emulator.seed({
      users: Array.from({ length: 250 }, (_, index) => ({
        name: `P${index}`,
        external_id: `e${index}`,
        email: `p${index}@example.com`,
      })),
    })
    const connection = connect(emulator)
    const before = connection.requests()
    const externalIds = [...Array(250).keys()].map((index) => `e${index}`)
    const zendeskIds = [...idsOf(emulator).values()].slice(-10)
    const emails = externalIds.map((key) => `${key.replace('e', 'p')}@example.com`)
    const pages = await Array.fromAsync(connection.readPeople({ externalIds, zendeskIds, emails }, []))
    expect(pages.map((page) => page.length)).toEqual([10, 100, 100, 40])
    expect(new Set(pages.flat().map(({ externalId }) => externalId))).toEqual(new Set(externalIds))
    // Whose address was found with its owner need not be searched for.
    expect(connection.requests() - before).toBe(4)
    expect(connection.readingCost({ zendeskIds: 10, externalIds: 250, emails: 0 })).toBe(4)
  })

  it('are found by keys with commas, and are none when there are no keys', async () => {
    const emulator = await emulate()
    emulator.seed({ users: [{ name: 'Ann', external_id: 'a,b', email: 'ann@example.com' }] })
    const connection = connect(emulator)
    expect(await read(connection, { externalIds: ['a,b', ''] })).toMatchObject([{ emails: ['ann@example.com'] }])
    const before = connection.requests()
    expect(await read(connection, { externalIds: [], emails: ['', ' '] })).toEqual([])
    expect(connection.requests()).toBe(before)
  })

  it('are not those who are deleted', async () => {
    const emulator = await emulate()
    emulator.seed({ users: [{ name: 'Ann', external_id: 'a' }] })
    const connection = connect(emulator)
    emulator.faults({
      kind: 'status',
      status: 200,
      body: { users: [{ id: 9, active: false, role: 'end-user' }], identities: [] },
      match: { path: '/show_many' },
    })
    expect(await read(connection, { externalIds: ['a'] })).toEqual([])
  })

  it('cost a request more each where the answer has no identities', async () => {
    const emulator = await emulate()
    emulator.seed({ users: [{ name: 'Ann', email: 'ann@example.com', emails: ['second@example.com'] }] })
    const id = idsOf(emulator).get('Ann')!
    emulator.faults({
      kind: 'status',
      status: 200,
      body: { users: [{ id: Number(id), email: 'ann@example.com', role: 'end-user' }] },
      match: { path: '/show_many' },
    })
    const [ann] = await read(connect(emulator), { zendeskIds: [id] })
    expect(ann!.emails).toEqual(['ann@example.com', 'second@example.com'])
  })
})

describe('people by address', () => {
  const crowd = Array.from({ length: 230 }, (_, index) => ({
    name: `P${index}`,
    email: `p${index}@example.com`,
    emails: index % 2 === 0 ? [] : [`second${index}@example.com`],
  }))
  const wanted = crowd.map(({ email, emails }) => emails[0] ?? email.toUpperCase())

  it('are searched for many at a time', async () => {
    const emulator = await emulate()
    emulator.seed({ users: crowd })
    const connection = connect(emulator)
    expect(connection.readingCost({ zendeskIds: 0, externalIds: 0, emails: 230 })).toBe(1 + 3 + 3)
    const people = await read(connection, { emails: [...wanted, 'nobody@example.com'] })
    expect(people.map(({ emails }) => emails[0]).sort()).toEqual(crowd.map(({ email }) => email).sort())
    expect(searches(emulator)).toBe(3)
    expect(connection.requests()).toBe(1 + 3 + 3)
    expect(connection.readingCost({ zendeskIds: 0, externalIds: 0, emails: 230 })).toBe(6)
  })

  it('are searched for one by one where many together are not found', async () => {
    const emulator = await emulate({ repeatedKeyword: 'all' })
    emulator.seed({ users: crowd })
    const connection = connect(emulator)
    expect(await read(connection, { emails: wanted })).toHaveLength(230)
    expect(searches(emulator)).toBe(231)
    expect(await read(connection, { emails: wanted.slice(0, 50) })).toHaveLength(50)
    expect(searches(emulator)).toBe(281)
    expect(connection.readingCost({ zendeskIds: 0, externalIds: 0, emails: 50 })).toBe(51)
  })

  it('are asked for one by one when a later answer leaves somebody out', async () => {
    const emulator = await emulate()
    emulator.seed({ users: crowd })
    const connection = connect(emulator)
    emulator.faults({
      kind: 'status',
      status: 200,
      body: { users: [], next_page: null, count: 0 },
      match: { path: '/users/search' },
      skip: 1,
    })
    expect(await read(connection, { emails: wanted })).toHaveLength(230)
    expect(searches(emulator)).toBe(1 + 1 + 132)
  })

  it('are believed to have an address only when they have it', async () => {
    const emulator = await emulate()
    emulator.seed({ users: [{ name: 'Ann', email: 'ann@example.com' }] })
    emulator.faults({
      kind: 'status',
      status: 200,
      body: {
        users: [{ id: Number(idsOf(emulator).get('Ann')), email: 'old@example.com' }],
        next_page: null,
        count: 1,
      },
      match: { path: '/users/search' },
    })
    expect(await read(connect(emulator), { emails: ['old@example.com'] })).toEqual([])
  })

  it('are found whatever characters the address has', async () => {
    const emulator = await emulate()
    const emails = ["o'brien+a&b=c#d%e@example.com", 'zoë@exämple.com', 'a*b@example.com', 'x?y/z@example.com']
    emulator.seed({
      users: [...emails.map((email) => ({ name: email, email })), { name: 'Alike', email: 'axxb@example.com' }],
    })
    const people = await read(connect(emulator), { emails })
    expect(people.flatMap(({ emails: found }) => found).sort()).toEqual([...emails].sort())
  })

  it('are not all searched for one by one because of an address with a star', async () => {
    const emulator = await emulate()
    emulator.seed({
      users: Array.from({ length: 330 }, (_, index) => ({ name: `P${index}`, email: `p${index}@example.com` })),
    })
    const connection = connect(emulator)
    const emails = ['p0@example.com', 'p1@example.com', 'p2@example.com', 'p3@example.com', '*@example.com']
    expect(await read(connection, { emails })).toHaveLength(4)
    expect(connection.readingCost({ zendeskIds: 0, externalIds: 0, emails: 98 })).toBe(2)
  })

  it('may be many for one address that the index finds alike', async () => {
    const emulator = await emulate()
    emulator.seed({ users: crowd })
    const everybody = {
      users: crowd.slice(0, 100).map((_, index) => ({ id: index + 1, email: 'other@example.com' })),
      next_page: 'https://emulator.zendesk.com/api/v2/users/search?page=2',
    }
    emulator.faults({ kind: 'status', status: 200, body: everybody, match: { path: '/users/search' }, times: 'always' })
    expect(await read(connect(emulator), { emails: ['p1@example.com'] })).toEqual([])
    expect(searches(emulator)).toBe(3)
  })
})

describe('everybody', () => {
  it('comes in pages of a hundred, agents included', async () => {
    const emulator = await emulate()
    emulator.seed({
      users: Array.from({ length: 205 }, (_, index) => ({ name: `P${index}`, email: `p${index}@example.com` })),
      agents: [{ name: 'Agent', email: 'helpful@example.com', emails: ['other@example.com'] }],
    })
    const connection = connect(emulator)
    const pages = await Array.fromAsync(connection.readEverybody([]))
    const people = pages.flat()
    expect(pages.every((page) => page.length <= 100)).toBe(true)
    expect(people).toHaveLength(emulator.state().users.length)
    expect(people.find(({ emails }) => emails[0] === 'helpful@example.com')).toMatchObject({
      role: 'agent',
      emails: ['helpful@example.com', 'other@example.com'],
    })
    expect(connection.requests()).toBe(3)
    expect(await connection.countPeople()).toBe(people.length)
  })

  it('is not counted by an answer without a count', async () => {
    const emulator = await emulate()
    const fault = { kind: 'status', status: 200, body: { count: {} }, match: { path: '/users/count' } } as const
    emulator.faults(fault)
    // Once is asked again.
    expect(await connect(emulator).countPeople()).toBe(emulator.state().total)
    emulator.faults({ ...fault, times: 'always' })
    await expect(connect(emulator).countPeople()).rejects.toMatchObject({ code: 'zendesk.unexpected_answer' })
  })
})
