import fc from 'fast-check'
import { ApiValues, type Schema } from './api-values.ts'

export interface Operation {
  method: string
  path: string
  parameters: { in: 'path' | 'query' | 'header'; name: string; required?: boolean; schema: Schema }[]
  body: Schema | null
  /** What the body is. */
  type: 'application/json' | 'text/csv'
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

export interface Asked {
  operation: Operation
  path: string
  query: [string, string][]
  headers: Record<string, string>
  body: string | undefined
  /** Null: nobody's. */
  key: string | null
  /** Another server than the one that most are asked of. */
  origin?: string
}

interface RequestParts {
  document: Schema
  /** Of who may do everything, and of who may do nearly nothing. */
  keys: { full: string; weak: string }
  /** Of identity providers; where they are, a test knows. */
  identityProviders: Schema[]
}

/** Requests that a document allows, and such as it does not; they lead to what earlier answers have shown. */
export class ApiRequests {
  readonly #keys: RequestParts['keys']
  readonly #values: ApiValues
  /** Keys and ids that answers have shown, by the first part of the path that they belong to, so that paths lead somewhere. */
  readonly #seen = new Map<string, Set<string>>([
    ['orchestrations', new Set(['people'])],
    ['destinations', new Set(['zendesk'])],
    ['people', new Set(['1', 'ada@example.com', 'nobody@example.com'])],
    ['signals', new Set(['loaded'])],
  ])
  /** Of the definitions, as an answer has said. */
  #revision = 0

  constructor({ document, keys, identityProviders }: RequestParts) {
    this.#keys = keys
    const channel = () => [...(this.#seen.get('channels') ?? ['none'])][0]
    const meaningful = {
      types: () => ['text', '{"id":"bigint"}', '{"none":"date"}', '{'],
      cron: () => ['0 6 * * *', '*/5 8-18 * * mon-fri', '0 0 31 2 *'],
      time_zone: () => ['UTC', 'Europe/Berlin'],
      destination: () => ['zendesk', 'none'],
      revision: () => [this.#revision],
      channel: () => [channel()],
      token: () => [...(this.#seen.get('tokens') ?? [])],
      email: () => ['fuzz@example.com', 'other-fuzz@example.com'],
      password: () => ['secret-of-the-fuzz-and-longer'],
      account: () => [null, { subdomain: 'fuzz', base_url: 'http://127.0.0.1:1' }],
      resolution: () => ['retry', ...(this.#seen.get('resolutions') ?? [])],
    }
    this.#values = new ApiValues({
      document,
      bodies: {
        ...bodies,
        'identity-providers': identityProviders,
        get subscriptions() {
          return [
            { orchestrations: 'all', events: ['failed'], channel: channel(), target: '' },
            { orchestrations: ['people'], events: ['none'], channel: 'none' },
          ]
        },
      },
      meaningful,
    })
  }

  /** A body that is refused by nothing before an operation is asked: none of its texts has a NUL. */
  bodyOf({ body, path }: Operation): unknown {
    const chance = body === null ? fc.constant(undefined) : this.#values.valid(body, firstPart(path))
    return fc.sample(chance, { seed: 1, numRuns: 50 }).find((one) => !JSON.stringify(one ?? null).includes('\\u0000'))
  }

  #queryOf({ parameters }: Operation): fc.Arbitrary<[string, string][]> {
    const known = parameters
      .filter((one) => one.in === 'query')
      .map(({ name, required, schema }) =>
        fc
          .option(this.#values.withMeaning(name, this.#values.mostly(schema, '')), { freq: required ? 20 : 1 })
          .map((value) => {
            if (value === null) return []
            const items = Array.isArray(value) ? value : [value]
            return items.map((item): [string, string] => [
              name,
              typeof item === 'object' ? JSON.stringify(item) : String(item),
            ])
          }),
      )
    const unknown = fc.constantFrom<[string, string][]>([], [], [], [], [['unknown', '1']])
    return fc.tuple(unknown, ...known).map((parts) => parts.flat())
  }

  #textOf({ body, path, type }: Operation): fc.Arbitrary<string | undefined> {
    if (type === 'text/csv') return fc.constantFrom(...files)
    return body === null
      ? fc.constant(undefined)
      : this.#values.mostly(body, firstPart(path)).map((value) => JSON.stringify(value))
  }

  /** A request of an operation: mostly as the document says. */
  asking(operation: Operation): fc.Arbitrary<Asked> {
    const names = operation.path.match(/\{[a-z_]+\}/g) ?? []
    const part = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('none', ...(this.#seen.get(firstPart(operation.path)) ?? [])) },
      { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 400, unit: 'grapheme' }) },
    )
    const text =
      operation.method === 'GET'
        ? fc.constant(undefined)
        : fc.oneof(
            {
              weight: 12,
              arbitrary: this.#textOf(operation),
            },
            { weight: 1, arbitrary: fc.constantFrom('', '{', '[', '"', '{"a":1}}', '{"__proto__":{}}', tooLarge) },
          )
    return fc.record({
      operation: fc.constant(operation),
      path: fc.tuple(...names.map(() => part)).map((values) => {
        let index = 0
        return operation.path.replaceAll(/\{[a-z_]+\}/g, () => encodeURIComponent(values[index++]!.toWellFormed()))
      }),
      query: this.#queryOf(operation),
      headers: headersOf(operation),
      body: text,
      key: fc.constantFrom(...Array<string>(15).fill(this.#keys.full), this.#keys.weak, 'dsk_none', null),
    })
  }

  /** What goes wrong in one way with every operation: chance finds each of it for some operations only. */
  inEveryWay(operation: Operation): Asked[] {
    const path = operation.path.replaceAll(/\{[a-z_]+\}/g, 'none')
    const asked = { operation, path, query: [], headers: {}, body: undefined, key: this.#keys.full }
    const json = { 'content-type': operation.type }
    const stale = { ...json, 'if-match': '"999"' }
    const reads = [
      { ...asked, key: null },
      { ...asked, key: this.#keys.weak },
      { ...asked, query: [['unknown', '1']] as [string, string][] },
      { ...asked, headers: { accept: 'image/png' } },
    ]
    const isNamed = path !== operation.path
    if (isNamed) reads.push(asked, { ...asked, path: operation.path.replaceAll(/\{[a-z_]+\}/g, 'x'.repeat(900)) })
    if (operation.method === 'GET') return reads
    return [
      ...reads,
      { ...asked, headers: stale, body: tooLarge },
      { ...asked, headers: { ...stale, 'content-type': 'text/plain' }, body: 'x' },
      { ...asked, headers: stale, body: '{"body":{}}' },
      { ...asked, headers: json, body: '{"body":{}}' },
      { ...asked, headers: { ...stale, 'idempotency-key': 'with a blank' } },
    ]
  }

  /** Notes what later requests may ask for, by what an object looks like. */
  learn(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    const { id, key, kind, name, plan_id, orchestration, scopes, email } = value as Record<string, unknown>
    const note = (part: string, one: unknown) => {
      const known = this.#seen.get(part) ?? new Set()
      if (typeof one !== 'string' || one === '') return
      if (known.size >= 8 && passing.has(part)) known.delete([...known][0]!)
      if (known.size < 8) this.#seen.set(part, known.add(one))
    }
    if (plan_id !== undefined) note('plans', plan_id)
    // Without the keys of this test, every further answer would be a 401.
    else if (scopes !== undefined) note('keys', name === 'test' ? null : id)
    else if (orchestration !== undefined) note('workflows', id)
    else if (typeof kind === 'string') note(kind === 'query' ? 'queries' : `${kind.replace('_', '-')}s`, key)
    if (kind === 'identity_provider') note('sign-in', key)
    const { resolutions, revision: told, failures, token, has_password } = value as Record<string, unknown>
    // Nor is the administrator whose keys they are to be touched.
    if (has_password !== undefined && email !== 'admin@example.com') note('users', id)
    if (failures !== undefined) note('hand-overs', id)
    note('tokens', token)
    if (typeof told === 'number') this.#revision = told
    if (Array.isArray(resolutions)) for (const one of resolutions) note('resolutions', one.id)
    for (const child of Object.values(value)) this.learn(child)
  }
}

const firstPart = (path: string) => path.split('/')[3] ?? ''
/** CSV, and what is none. */
const files = [
  'id,name\n1,Ada\n',
  'id\n',
  '',
  'a,a\n1,2\n',
  'id,name\n1\n2,b,c\n',
  '{"id":1}',
  'id\n"never closed\n',
  'x\0y\n',
]
const tooLarge = JSON.stringify({ body: 'x'.repeat(1024 * 1024) })
/** What is soon over or used up: the newest are worth more than the first. */
const passing = new Set(['tokens', 'users', 'hand-overs'])

const group = { run: { on: 'manual' }, orchestrations: ['people'] }
const account = { plugin: 'zendesk', credential: 'zendesk' }
/** Bodies of definitions are checked by Control, and the document says no more than that they are objects. */
const bodies: Readonly<Record<string, Schema[]>> = {
  groups: [
    group,
    { ...group, name: 'Nightly', run: { on: 'schedule', cron: '0 6 * * *', time_zone: 'Europe/Berlin' } },
    { ...group, run: { on: 'signal', signal: 'loaded' } },
    { ...group, orchestrations: ['none'] },
  ],
  segments: [
    { attributes: 'Attributes', include: { combinator: 'and', rules: [] } },
    { attributes: 'Attributes', include: { combinator: 'or', rules: [{ field: 'email', operator: 'notNull' }] } },
    { attributes: 'Attributes', include: { combinator: 'or', rules: [{ field: 'none', operator: 'notNull' }] } },
    { attributes: 'Attributes', sql: 'x.sql', text: 'SELECT external_id FROM people' },
    { attributes: 'none', include: { combinator: 'and', rules: [] } },
  ],
  orchestrations: [
    { query: 'people', destination: 'zendesk' },
    { segment: 'made', destination: 'zendesk' },
    { query: 'none', destination: 'zendesk' },
  ],
  destinations: [
    { ...account, subdomain: 'fuzz', base_url: 'http://127.0.0.1:1' },
    { ...account, subdomain: 'f..zz' },
  ],
  channels: [
    { type: 'slack', url: 'https://hooks.slack.com/services/T0/B0/secret-of-the-fuzz' },
    { type: 'webhook', url: 'https://hooks.example.com/secret-of-the-fuzz', token: 'secret-of-the-fuzz' },
    { type: 'slack' },
  ],
  credentials: [
    { type: 'zendesk_oauth', client_id: 'deskside', client_secret: 'secret-of-the-fuzz' },
    { type: 'zendesk_oauth', client_id: 'deskside', client_secret: ['secret-of-the-fuzz'] },
  ],
  tables: [{ email: true, name: null }, { NAME: false }, { none: true }, {}],
  'hand-overs': [
    { type: 'zendesk_oauth', name: 'Handed', client_id: 'deskside' },
    { type: 'zendesk', name: 'Handed' },
    { type: 'zendesk', name: 'Handed', api_token: 'secret-of-the-fuzz' },
  ],
  links: [{ client_secret: 'secret-of-the-fuzz' }, { email: 'a@example.com', api_token: 'secret-of-the-fuzz' }],
}

/** The operations of an OpenAPI document. */
export function operationsOf(api: Schema): Operation[] {
  return Object.entries(api.paths as Record<string, Schema>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json']?.schema ?? null,
      type: requestBody?.content['text/csv'] === undefined ? ('application/json' as const) : ('text/csv' as const),
      responses,
    })),
  )
}

function headersOf(operation: Operation): fc.Arbitrary<Record<string, string>> {
  const edits = operation.parameters.some(({ name }) => name === 'if-match')
  const match = fc.constantFrom('right', 'right', 'right', 'right', '"1"', '*', 'W/"1"', '"999"', '"x"', null)
  return fc
    .record({
      match: edits ? match : fc.constant(null),
      none: fc.constantFrom(null, null, 'right', '*'),
      idempotency: fc.constantFrom(null, null, null, 'a', 'b', 'c d', 'x'.repeat(300)),
      accept: fc.constantFrom(null, null, null, 'text/csv', 'application/json', '*/*;q=0.1', 'image/png', ';;,q'),
      type: fc.constantFrom(...Array<string>(15).fill(operation.type), 'text/plain', 'application/xml'),
    })
    .map(({ match, none, idempotency, accept, type }) => ({
      ...(match !== null && { 'if-match': match }),
      ...(none !== null && { 'if-none-match': none }),
      ...(idempotency !== null && { 'idempotency-key': idempotency }),
      ...(accept !== null && { accept }),
      ...(operation.method !== 'GET' && { 'content-type': type }),
    }))
}
