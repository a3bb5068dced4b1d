/** A client that was written for Zendesk itself, by other people: https://www.npmjs.com/package/node-zendesk */
import { createClient } from 'node-zendesk'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../src/emulator/index.ts'
import type { Json } from './account-client.ts'

let emulator: Emulator
// Its declarations lack half of what it answers.
let zendesk: Json

beforeEach(async () => {
  emulator = await startEmulator({
    plan: 'unlimited',
    jobLatencyMs: [20, 40],
    searchLagMs: 0,
    singularUpsertLimits: false,
  })
  zendesk = createClient({ endpointUri: `${emulator.url}/api/v2`, username: emulator.email, token: emulator.apiToken })
})

afterEach(() => emulator.close())

const person = (name: string, more: object = {}): object => ({
  name,
  email: `${name.toLowerCase()}@example.com`,
  external_id: `id-${name}`,
  skip_verify_email: true,
  ...more,
})

/** Starts a job and watches it to its end. */
const watch = async (started: Promise<Json>): Promise<Json> => {
  const { result } = await started
  const job = result.job_status ?? result
  return zendesk.jobstatuses.watch(job.id, 15, 3)
}

test('node-zendesk: users are created, shown, updated, listed and deleted', async () => {
  const { result: made } = await zendesk.users.create({ user: person('Ann') })
  expect(made).toMatchObject({ name: 'Ann', email: 'ann@example.com', external_id: 'id-Ann', role: 'end-user' })
  expect((await zendesk.users.show(made.id)).result).toMatchObject({ id: made.id, name: 'Ann' })
  expect((await zendesk.users.update(made.id, { user: { notes: 'new' } })).result).toMatchObject({ notes: 'new' })
  const listed = await zendesk.users.list()
  expect(listed.map(({ name }: Json) => name)).toEqual(['Olive Owner', 'Sam Second', 'Ann'])
  await zendesk.users.delete(made.id)
  expect(emulator.state({ external_id: 'id-Ann' }).users).toEqual([])
  expect((await zendesk.users.show(made.id)).result.active).toBe(false)
})

test('node-zendesk: all pages of a list come, each user once', async () => {
  emulator.seed({ users: Array.from({ length: 250 }, (_, index) => ({ name: `P${index}` })) })
  const listed = await zendesk.users.list()
  expect(listed).toHaveLength(252)
  expect(new Set(listed.map(({ id }: Json) => id)).size).toBe(252)
})

test('node-zendesk: createOrUpdateMany, and its job watcher, which ends when the job does', async () => {
  const rows = [person('Ann'), person('Bob'), person('Carl', { email: 'none' })]
  const first = await watch(zendesk.users.createOrUpdateMany({ users: rows }))
  expect(first).toMatchObject({ status: 'completed', total: 3, progress: 3 })
  expect(first.results.map(({ status }: Json) => status)).toEqual(['Created', 'Created', 'Failed'])
  expect(first.results[2].id).toBe(2)
  const second = await watch(zendesk.users.createOrUpdateMany({ users: rows.slice(0, 2) }))
  expect(second.results.map(({ id, status }: Json) => [id, status])).toEqual(
    first.results.slice(0, 2).map(({ id }: Json) => [id, 'Updated']),
  )
})

test('node-zendesk: the watcher gives up on a job that is lost', async () => {
  emulator.faults({ kind: 'job_lost' })
  const watched = watch(zendesk.users.createOrUpdateMany({ users: [person('Ann')] }))
  await expect(watched).rejects.toThrow(/RecordNotFound|Not found|404/)
})

test('node-zendesk: createMany, showMany and jobstatuses', async () => {
  const job = await watch(zendesk.users.createMany({ users: [person('Ann'), person('Bob')] }))
  const ids = job.results.map(({ id }: Json) => id)
  const { result } = await zendesk.users.showMany(ids)
  expect((result.users ?? result).map(({ name }: Json) => name).sort()).toEqual(['Ann', 'Bob'])
  expect((await zendesk.jobstatuses.show(job.id)).result.job_status).toMatchObject({ id: job.id, status: 'completed' })
  const shown = (await zendesk.jobstatuses.showMany([job.id])).result
  expect(shown.job_statuses.map(({ id }: Json) => id)).toEqual([job.id])
  const listed = (await zendesk.jobstatuses.list()).result
  expect(listed.job_statuses.map(({ id }: Json) => id)).toEqual([job.id])
})

test('node-zendesk: user fields and their options', async () => {
  const options = [{ name: 'Gold', value: 'gold' }]
  const { result: tier } = await zendesk.userfields.create({
    user_field: { key: 'tier', title: 'Tier', type: 'dropdown', custom_field_options: options },
  })
  await zendesk.userfields.create({ user_field: { key: 'city', title: 'City', type: 'text' } })
  const option = { custom_field_option: { name: 'Silver', value: 'silver' } }
  await zendesk.userfields.createOrUpdateOption(tier.id, option)
  await zendesk.userfields.update(tier.id, { user_field: { title: 'Level' } })
  const listed = await zendesk.userfields.list()
  expect(listed.map(({ key, title }: Json) => `${key} ${title}`)).toEqual(['tier Level', 'city City'])
  expect(listed[0].custom_field_options.map(({ value }: Json) => value)).toEqual(['gold', 'silver'])
  await zendesk.userfields.delete(tier.id)
  expect(emulator.state().user_fields.map(({ key }) => key)).toEqual(['city'])
})

test('node-zendesk: identities', async () => {
  const { result: ann } = await zendesk.users.create({ user: person('Ann') })
  const { result: added } = await zendesk.useridentities.create(ann.id, { type: 'email', value: 'second@example.com' })
  expect(added).toMatchObject({ type: 'email', value: 'second@example.com', primary: false, verified: false })
  await zendesk.useridentities.verify(ann.id, added.id)
  await zendesk.useridentities.makePrimary(ann.id, added.id)
  const listed = await zendesk.useridentities.list(ann.id)
  expect(listed.map(({ value, primary, verified }: Json) => [value, primary, verified])).toEqual([
    ['ann@example.com', false, false],
    ['second@example.com', true, true],
  ])
  await zendesk.useridentities.delete(ann.id, listed[0].id)
  expect(emulator.state({ id: ann.id }).users[0]?.emails).toEqual(['second@example.com'])
})

test('node-zendesk: organisations and who belongs to them', async () => {
  const { result: acme } = await zendesk.organizations.create({ organization: { name: 'Acme', external_id: 'o1' } })
  const job = await watch(zendesk.organizations.createMany({ organizations: [{ name: 'Beta' }] }))
  expect(job.results).toEqual([{ status: 'Created', id: expect.any(Number) }])
  await zendesk.organizations.update(acme.id, { organization: { notes: 'new' } })
  const listed = await zendesk.organizations.list()
  expect(listed.map(({ name, notes }: Json) => [name, notes])).toEqual([
    ['Acme', 'new'],
    ['Beta', null],
  ])
  const { result: ann } = await zendesk.users.create({ user: person('Ann') })
  await zendesk.organizationmemberships.create({ user_id: ann.id, organization_id: acme.id })
  const memberships = await zendesk.organizationmemberships.listByUser(ann.id)
  expect(memberships).toMatchObject([{ user_id: ann.id, organization_id: acme.id }])
  expect((await zendesk.users.listByOrganization(acme.id)).map(({ name }: Json) => name)).toEqual(['Ann'])
  await zendesk.organizationmemberships.delete(memberships[0].id)
  await zendesk.organizations.delete(acme.id)
  expect((await zendesk.organizations.list()).map(({ name }: Json) => name)).toEqual(['Beta'])
})

test('node-zendesk: search', async () => {
  await zendesk.users.create({ user: person('Ann') })
  const found = await zendesk.users.search({ query: 'email:ann@example.com' })
  expect(found.map(({ name }: Json) => name)).toEqual(['Ann'])
  expect((await zendesk.users.search({ external_id: 'id-Ann' })).map(({ name }: Json) => name)).toEqual(['Ann'])
})

test('node-zendesk: the incremental export, deleted people included', async () => {
  const { result: ann } = await zendesk.users.create({ user: person('Ann') })
  await zendesk.users.delete(ann.id)
  await zendesk.users.create({ user: person('Bob') })
  const startS = Math.floor(Date.now() / 1000) - 3600
  expect(await zendesk.users.incremental(startS)).toEqual([])
  // Exports leave out the latest minute.
  emulator.advance(120_000)
  const exported = await zendesk.users.incremental(startS)
  const people = exported.filter(({ role }: Json) => role === 'end-user')
  expect(people.map(({ name, active }: Json) => [name, active]).sort()).toEqual([
    ['Ann', false],
    ['Bob', true],
  ])
})

test('node-zendesk: with an OAuth token', async () => {
  const body = { grant_type: 'client_credentials', client_id: emulator.clientId, client_secret: emulator.clientSecret }
  const answer = await fetch(`${emulator.url}/oauth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, scope: 'read write' }),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const signedIn: Json = createClient({ endpointUri: `${emulator.url}/api/v2`, oauth: true, token })
  expect((await signedIn.users.me()).result).toMatchObject({ email: emulator.email, role: 'admin' })
})

test('node-zendesk: what Zendesk refuses, it reports', async () => {
  const wrong: Json = createClient({ endpointUri: `${emulator.url}/api/v2`, username: emulator.email, token: 'wrong' })
  await expect(wrong.users.list()).rejects.toThrow()
  await expect(zendesk.users.show(1)).rejects.toThrow()
  await expect(zendesk.users.create({ user: person('Bad', { email: 'none' }) })).rejects.toThrow()
})
