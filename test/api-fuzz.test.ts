import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../src/server/test-server.ts'
import {
  type Lead,
  liveAccess,
  liveAccount,
  liveBare,
  liveDefinitions,
  liveFailures,
  livePeople,
  liveProject,
  liveSubscriptions,
  liveTrouble,
} from './api-lives.ts'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts'
import { seedOf } from './random.ts'

/** The API is asked what its own document allows, and what it does not. DESKSIDE_FUZZ_REQUESTS=5000 is the full set. */
const REQUESTS = Number(process.env.DESKSIDE_FUZZ_REQUESTS ?? 400)

// biome-ignore lint/suspicious/noExplicitAny: JSON Schemas and OpenAPI documents have any shape
type Schema = Record<string, any>

interface Operation {
  method: string
  path: string
  parameters: { in: 'path' | 'query' | 'header'; name: string; required?: boolean; schema: Schema }[]
  body: Schema | null
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

interface Asked {
  operation: Operation
  path: string
  query: [string, string][]
  headers: Record<string, string>
  body: string | undefined
  key: string | null
  /** Another server than the one that most are asked of. */
  origin?: string
}

let server: TestServer
let provider: IdentityProvider
/** Nobody has set this one up. */
let bare: TestServer
let document: Schema
let weakKey: string
beforeAll(async () => {
  const nightly = { run: { on: 'manual' }, orchestrations: ['people'] }
  const user_fields = { plan: { type: 'text', title: 'Plan' } }
  server = await openTestServer({ destination: { user_fields }, project: { groups: { nightly } } })
  bare = await openTestServer({ isBare: true })
  await server.project.write([
    { external_id: '1', email: 'ada@example.com', name: 'Ada' },
    { external_id: '2', email: 'ben@example.com', name: 'Ben' },
  ])
  weakKey = await server.makeKey('server:read')
  document = (await server.call('GET', '/api/docs/json', { key: null })).json
  provider = await startIdentityProvider({ redirectUris: [`${server.url}/api/v1/sign-in/life/callback`] })
  provider.people.set('fuzz', { email: 'fuzz@example.com', email_verified: true, groups: ['fuzz'] })
  bodies['identity-providers'] = [signOn(), { ...signOn(), issuer: 'http://127.0.0.1:1' }, { ...signOn(), scopes: [] }]
})
afterAll(async () => {
  await server.close()
  await bare.close()
  await provider.close()
})

/** Keys and ids that answers have shown, by the first part of the path that they belong to, so that paths lead somewhere. */
const seen = new Map<string, Set<string>>([
  ['orchestrations', new Set(['people'])],
  ['destinations', new Set(['zendesk'])],
  ['people', new Set(['1', 'ada@example.com', 'nobody@example.com'])],
  ['signals', new Set(['loaded'])],
])
/** The last ETag of each path. */
const versions = new Map<string, string>()

const signOn = () => ({
  name: 'Company account',
  issuer: provider.issuer,
  client_id: provider.clientId,
  client_secret: provider.clientSecret,
  scopes: ['openid', 'email', 'groups'],
  mappings: [{ group: 'fuzz', policies: ['ampiq_user_read_only'] }],
})
const group = { run: { on: 'manual' }, orchestrations: ['people'] }
const account = { plugin: 'zendesk', credential: 'zendesk' }
/** Bodies of definitions are checked by Control, and the document says no more than that they are objects. */
const bodies: Record<string, Schema[]> = {
  groups: [
    group,
    { ...group, name: 'Nightly', run: { on: 'schedule', cron: '0 6 * * *', time_zone: 'Europe/Berlin' } },
    { ...group, run: { on: 'signal', signal: 'loaded' } },
    { ...group, orchestrations: ['none'] },
  ],
  orchestrations: [
    { query: 'people', destination: 'zendesk' },
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
  subscriptions: [
    { orchestrations: 'all', events: ['failed'], channel: 'told', target: '' },
    { orchestrations: ['people'], events: ['none'], channel: 'none' },
  ],
}

/** Values of parameters and fields that mean something, which chance would never find. */
const meaningful: Record<string, () => unknown[]> = {
  cron: () => ['0 6 * * *', '*/5 8-18 * * mon-fri', '0 0 31 2 *'],
  time_zone: () => ['UTC', 'Europe/Berlin'],
  destination: () => ['zendesk', 'none'],
  revision: () => [revision],
  token: () => [...(seen.get('tokens') ?? [])],
  account: () => [null, { subdomain: 'fuzz', base_url: 'http://127.0.0.1:1' }],
  resolution: () => ['retry', ...(seen.get('resolutions') ?? [])],
}
/** Of the definitions, as an answer has said. */
let revision = 0

const firstPart = (path: string) => path.split('/')[3] ?? ''

function operationsOf(api: Schema): Operation[] {
  return Object.entries(api.paths as Record<string, Schema>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json'].schema ?? null,
      responses,
    })),
  )
}

/** Values that a schema of the document allows. */
function valid(schema: Schema, part: string): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valid(document.components.schemas[schema.$ref.split('/').at(-1)], part)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return fc.oneof(...choices.map((one: Schema) => valid(one, part)))
  switch (schema.type) {
    case 'string':
      return textOf(schema)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 1_000, 1_000) })
    case 'number':
      return fc.double({ noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(valid(schema.items ?? {}, part), { minLength: schema.minItems ?? 0, maxLength: 3 })
    case 'object':
      return objectOf(schema, part)
    default:
      return fc.jsonValue({ maxDepth: 1 })
  }
}

function textOf({ pattern, format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString())
  if (pattern === undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, 60), unit: 'grapheme' })
  if (pattern.startsWith('^"')) return fc.constant('"1"')
  return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, maxLength))
}

function objectOf(
  { properties = {}, required = [], additionalProperties }: Schema,
  part: string,
): fc.Arbitrary<object> {
  if (Object.keys(properties).length === 0 && additionalProperties !== false)
    return fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...(bodies[part] ?? [group])) },
      { weight: 1, arbitrary: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }) },
    )
  const parts = Object.entries(properties as Record<string, Schema>).map(
    ([name, one]) => [name, withMeaning(name, valid(one, part))] as const,
  )
  return fc.record(Object.fromEntries(parts), { requiredKeys: required })
}

function withMeaning(name: string, chance: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const values = meaningful[name]?.() ?? []
  return values.length === 0 ? chance : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, chance)
}

/** A value of a schema, or mostly something that is none. */
function broken(schema: Schema, part: string): fc.Arbitrary<unknown> {
  const one = valid(schema, part)
  return fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(null, '', '\0', -1, 1e300, [], {}, 'x'.repeat(2_000), '\u{d800}'),
    one.map((value) => (typeof value === 'object' && value !== null ? { ...value, unknown: 1 } : [value])),
    one.map((value) => {
      if (typeof value !== 'object' || value === null) return value
      const [first] = Object.keys(value)
      return first === undefined ? 0 : { ...value, [first]: { broken: true } }
    }),
  )
}

/** Mostly as the document says, sometimes not. */
const mostly = (schema: Schema, part: string) =>
  fc.oneof({ weight: 5, arbitrary: valid(schema, part) }, { weight: 1, arbitrary: broken(schema, part) })

function queryOf({ parameters }: Operation): fc.Arbitrary<[string, string][]> {
  const known = parameters
    .filter((one) => one.in === 'query')
    .map(({ name, required, schema }) =>
      fc.option(withMeaning(name, mostly(schema, '')), { freq: required ? 20 : 1 }).map((value) => {
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

function headersOf(operation: Operation): fc.Arbitrary<Record<string, string>> {
  const edits = operation.parameters.some(({ name }) => name === 'if-match')
  const match = fc.constantFrom('right', 'right', 'right', 'right', '"1"', '*', 'W/"1"', '"999"', '"x"', null)
  return fc
    .record({
      match: edits ? match : fc.constant(null),
      none: fc.constantFrom(null, null, 'right', '*'),
      idempotency: fc.constantFrom(null, null, null, 'a', 'b', 'c d', 'x'.repeat(300)),
      accept: fc.constantFrom(null, null, null, 'text/csv', 'application/json', '*/*;q=0.1', 'image/png', ';;,q'),
      type: fc.constantFrom(...Array<string>(15).fill('application/json'), 'text/plain', 'application/xml'),
    })
    .map(({ match, none, idempotency, accept, type }) => ({
      ...(match !== null && { 'if-match': match }),
      ...(none !== null && { 'if-none-match': none }),
      ...(idempotency !== null && { 'idempotency-key': idempotency }),
      ...(accept !== null && { accept }),
      ...(operation.method !== 'GET' && { 'content-type': type }),
    }))
}

const tooLarge = JSON.stringify({ body: 'x'.repeat(1024 * 1024) })

function jsonOf({ body, path }: Operation): fc.Arbitrary<string | undefined> {
  return body === null ? fc.constant(undefined) : mostly(body, firstPart(path)).map((value) => JSON.stringify(value))
}

function asking(operation: Operation): fc.Arbitrary<Asked> {
  const names = operation.path.match(/\{[a-z_]+\}/g) ?? []
  const part = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('none', ...(seen.get(firstPart(operation.path)) ?? [])) },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 400, unit: 'grapheme' }) },
  )
  const text =
    operation.method === 'GET'
      ? fc.constant(undefined)
      : fc.oneof(
          {
            weight: 12,
            arbitrary: jsonOf(operation),
          },
          { weight: 1, arbitrary: fc.constantFrom('', '{', '[', '"', '{"a":1}}', '{"__proto__":{}}', tooLarge) },
        )
  return fc.record({
    operation: fc.constant(operation),
    path: fc.tuple(...names.map(() => part)).map((values) => {
      let index = 0
      return operation.path.replaceAll(/\{[a-z_]+\}/g, () => encodeURIComponent(values[index++]!.toWellFormed()))
    }),
    query: queryOf(operation),
    headers: headersOf(operation),
    body: text,
    key: fc.constantFrom(...Array<string>(15).fill(server.key), weakKey, 'dsk_none', null),
  })
}

/** What goes wrong in one way with every operation: chance finds each of it for some operations only. */
function inEveryWay(operation: Operation): Asked[] {
  const path = operation.path.replaceAll(/\{[a-z_]+\}/g, 'none')
  const asked = { operation, path, query: [], headers: {}, body: undefined, key: server.key }
  const json = { 'content-type': 'application/json' }
  const stale = { ...json, 'if-match': '"999"' }
  const reads = [
    { ...asked, key: null },
    { ...asked, key: weakKey },
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

/** A POST under an Idempotency-Key that is at work (`busy`), or that another request had. */
async function underUsedKey(operation: Operation, use: 'busy' | 'of another'): Promise<Asked> {
  const chance = operation.body === null ? fc.constant(undefined) : valid(operation.body, firstPart(operation.path))
  const [body] = fc.sample(chance, { seed: 1, numRuns: 1 })
  const path = operation.path.replaceAll(/\{[a-z_]+\}/g, 'none')
  const key = `${path}-${use.replace(' ', '-')}`
  const said = use === 'busy' ? (body ?? null) : 'another'
  const request = server.service.box.digest(JSON.stringify(['POST', path, said]))
  const actor = `key/${server.key.split('_')[1]}`
  await server.service.store.access.beginAnswer({ actor, key, request, status: null, body: null, at: new Date() })
  const headers = { 'content-type': 'application/json', 'idempotency-key': key }
  return {
    operation,
    path,
    query: [],
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    key: server.key,
  }
}

/** Reads an answer; of a stream of events no more than its beginning. */
async function ask({ operation, path, query, headers, body, key, origin = server.url }: Asked) {
  for (const name of ['if-match', 'if-none-match'])
    if (headers[name] === 'right') headers[name] = versions.get(path) ?? '"1"'
  const gone = new AbortController()
  const answer = await fetch(`${origin}${path}${query.length > 0 ? `?${new URLSearchParams(query)}` : ''}`, {
    method: operation.method,
    headers: { ...headers, ...(key !== null && { authorization: `Bearer ${key}` }) },
    ...(body !== undefined && { body }),
    redirect: 'manual',
    signal: gone.signal,
  })
  const type = (answer.headers.get('content-type') ?? '').split(';')[0]!
  if (type !== 'text/event-stream')
    return { status: answer.status, type, text: await answer.text(), etag: answer.headers.get('etag') }
  const { value } = await answer.body!.getReader().read()
  gone.abort()
  return { status: answer.status, type, text: new TextDecoder().decode(value), etag: null }
}

/** What the log says of a failed request, of which its answer tells nothing. */
function failureOf(text: string): string {
  const id = text === '' ? '' : JSON.parse(text).request_id
  const line = server.lines.find(({ fields }) => 'err' in fields && 'request_id' in fields && fields.request_id === id)
  return line === undefined ? '' : String((line.fields as { err: Error }).err.stack)
}

/** Notes what later requests may ask for, by what an object looks like. */
function learn(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const { id, key, kind, name, plan_id, orchestration, scopes } = value as Record<string, unknown>
  const note = (part: string, one: unknown) => {
    const known = seen.get(part) ?? new Set()
    if (typeof one === 'string' && one !== '' && known.size < 8) seen.set(part, known.add(one))
  }
  if (plan_id !== undefined) note('plans', plan_id)
  // Without the keys of this test, every further answer would be a 401.
  else if (scopes !== undefined) note('keys', name === 'test' ? null : id)
  else if (orchestration !== undefined) note('workflows', id)
  else if (typeof kind === 'string') note(kind === 'query' ? 'queries' : `${kind.replace('_', '-')}s`, key)
  if (kind === 'identity_provider') note('sign-in', key)
  const { resolutions, revision: told, failures, token } = value as Record<string, unknown>
  if (failures !== undefined) note('hand-overs', id)
  note('tokens', token)
  if (typeof told === 'number') revision = told
  if (Array.isArray(resolutions)) for (const one of resolutions) note('resolutions', one.id)
  for (const child of Object.values(value)) learn(child)
}

/** Statuses of a machine that is broken, which every operation documents and no request can bring about. */
const elsewhere: Record<string, string> = {
  500: 'a bug of ours, which fails this test; what is told of one is in src/server/problem-reply.test.ts',
  503: 'the server ends (src/server/server.test.ts) or its store is out of reach (src/server/problem-reply.test.ts)',
  507: 'the disk is full: test/faults/full-disk.test.ts, and the answer in src/server/problem-reply.test.ts',
}

test('no request makes the server fail, and every answer is one that its document describes', async () => {
  const seed = seedOf('api fuzz')
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  const operations = operationsOf(document)
  const checks = new Map<Schema, ReturnType<typeof ajv.compile>>()
  const fits = (schema: Schema, value: unknown) => {
    const check = checks.get(schema) ?? ajv.compile({ ...schema, components: document.components })
    checks.set(schema, check)
    return check(value) ? null : ajv.errorsText(check.errors)
  }
  const unseen = new Set(
    operations.flatMap(({ method, path, responses }) =>
      Object.keys(responses).map((status) => `${method} ${path} ${status}`),
    ),
  )
  const secrets = [...server.secrets, 'secret-of-the-fuzz', provider.clientSecret]
  const wrong: string[] = []
  const answered = new Map([
    [401, 0],
    [403, 0],
  ])
  const judge = async (asked: Asked, n: number | string) => {
    const { operation } = asked
    const { status, type, text, etag } = await ask(asked)
    const name = `${operation.method} ${operation.path} ${status}`
    const told = `${name} (request ${n}: ${asked.path} ${JSON.stringify(asked.query)} ${JSON.stringify(asked.headers)} ${asked.body?.slice(0, 300)}): ${text.slice(0, 500)}`
    unseen.delete(name)
    answered.set(status, (answered.get(status) ?? 0) + 1)
    if (status >= 500 && status !== 502) wrong.push(`failed: ${told} ${failureOf(text)}`)
    if (secrets.some((secret) => text.includes(secret))) wrong.push(`tells a secret: ${told}`)
    if (status === 304) return null
    // Not of this operation: a path that the characters of a parameter have made another one.
    const response = operation.responses[status]
    if (response === undefined) wrong.push(`not documented: ${told}`)
    else if (response.content === undefined) {
      if (text !== '') wrong.push(`not documented to say anything: ${told}`)
    } else {
      const schema = response.content?.[type]?.schema
      if (schema === undefined) wrong.push(`not documented as ${type}: ${told}`)
      else if (type.endsWith('json') && type !== 'application/x-ndjson') {
        const value = JSON.parse(text)
        const mistake = fits(schema, value)
        if (mistake !== null) wrong.push(`does not fit (${mistake}): ${told}`)
        if (status < 300) learn(value)
        if (etag !== null) versions.set(asked.path, etag)
        return value
      } else if (type === 'application/x-ndjson') {
        for (const line of text.split('\n').filter((one) => one !== '')) {
          const mistake = fits(schema, JSON.parse(line))
          if (mistake !== null) wrong.push(`does not fit (${mistake}): ${told}`)
        }
      }
    }
    return null
  }
  for (const operation of operations) for (const asked of inEveryWay(operation)) await judge(asked, 'in every way')
  for (const operation of operations.filter(({ method }) => method === 'POST'))
    for (const use of ['busy', 'of another'] as const) await judge(await underUsedKey(operation, use), use)
  const leading =
    (origin: string): Lead =>
    async (name, { at = [], query = {}, headers = {}, body, key } = {}) => {
      const [method, path = ''] = name.split(' ')
      const operation = operations.find((one) => one.method === method && one.path === `/api/v1${path}`)
      if (operation === undefined) throw new Error(`There is no operation ${name}.`)
      const values = [...at]
      return await judge(
        {
          operation,
          path: operation.path.replaceAll(/\{[a-z_]+\}/g, () => encodeURIComponent(values.shift() ?? 'none')),
          query: Object.entries(query),
          headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
          body: body === undefined ? undefined : JSON.stringify(body),
          key: key === undefined ? server.key : key,
          origin,
        },
        'led',
      )
    }
  const lead = leading(server.url)
  for (const live of [
    liveDefinitions,
    liveProject,
    livePeople,
    liveTrouble,
    liveSubscriptions,
    liveAccount,
    liveFailures,
    liveAccess,
  ])
    await live(lead, server)
  await liveBare(leading(bare.url), bare)
  const refusedBefore = answered.get(401)! + answered.get(403)!
  // Each sign-in hashes a password on purpose slowly.
  const rarely = new Set(['/api/v1/sign-in'])
  for (let n = 0; n < REQUESTS; n++) {
    const operation = operations[n % operations.length]!
    bodies.subscriptions![0]!.channel = [...(seen.get('channels') ?? ['none'])][0]
    if (rarely.has(operation.path) && n > operations.length * 3) continue
    const [asked] = fc.sample(asking(operation), { seed: seed + n, numRuns: 1 })
    await judge(asked!, n)
  }
  const missed = [...unseen].filter((name) => !Object.hasOwn(elsewhere, name.split(' ').at(-1) ?? ''))
  console.log(
    `api fuzz: ${REQUESTS} requests, ${operations.length} operations, ${JSON.stringify(Object.fromEntries(answered))}`,
  )
  expect(wrong.slice(0, 20)).toEqual([])
  expect(missed, 'answers that are documented and were never given').toEqual([])
  // A test that is refused at the door has looked at nothing.
  const refusals = answered.get(401)! + answered.get(403)! - refusedBefore
  expect(refusals).toBeLessThan(REQUESTS / 2)
  expect((await server.call('GET', '/api/v1/me')).status).toBe(200)
}, 3_600_000)
