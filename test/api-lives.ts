import { utimesSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestServer } from '../src/server/test-server.ts'

/** What one operation is asked, beside its path. */
export interface LedRequest {
  /** Values of the path's parameters, in order. */
  at?: readonly string[]
  query?: Record<string, string>
  headers?: Record<string, string>
  /** A text goes out as CSV, everything else as JSON. */
  body?: unknown
  /** Null: nobody's. The key that may do everything where not said. */
  key?: string | null
}

/** Asks an operation by its method and path as the document has them (`GET /workflows/{id}`), judges the answer, and gives its JSON. */
// biome-ignore lint/suspicious/noExplicitAny: answers have any shape
export type Lead = (operation: string, request?: LedRequest) => Promise<any>

const account = { plugin: 'zendesk', credential: 'zendesk' }
/** Every answer is one that Zendesk does not give, and that asking again would not change. */
const unanswering = { kind: 'status', status: 418, times: 'always' } as const
/** The credential is refused. */
const refusing = { kind: 'status', status: 401, times: 'always' } as const
const right = { 'if-match': 'right' }
const stale = { 'if-match': '"999"' }

/**
 * A definition from its making to an edit, with those that come too late or for nothing. Gives what ends it, which also comes too late
 * once.
 */
export async function lifeOf(lead: Lead, kind: string, body: object): Promise<() => Promise<void>> {
  const named = (method: string, request: LedRequest = {}) =>
    lead(`${method} /${kind}/{key}`, { at: ['life'], ...request })
  await lead(`POST /${kind}`, { body: { key: 'life', body } })
  await named('GET')
  await named('PUT', { headers: stale, body: { body } })
  await named('PUT', { at: ['none'], headers: stale, body: { body } })
  await named('PUT', { headers: right, body: { body: {} } })
  await named('PUT', { headers: right, body: { body: { ...body, name: 'Life' } } })
  await named('GET')
  return async () => {
    for (const headers of [stale, right]) await named('DELETE', { headers })
  }
}

/** Each kind of definition from its making to its end. */
export async function liveDefinitions(lead: Lead, { project }: TestServer): Promise<void> {
  const { subdomain, url } = project.emulator
  const lives: [kind: string, body: object][] = [
    ['channels', { type: 'webhook', url: 'https://hooks.example.com/secret-of-the-fuzz', token: 'secret-of-the-fuzz' }],
    ['subscriptions', { orchestrations: 'all', events: ['failed'], channel: 'life', target: '' }],
    ['credentials', { type: 'zendesk_oauth', client_id: 'deskside', client_secret: 'secret-of-the-fuzz' }],
    ['destinations', { ...account, subdomain, base_url: url }],
    ['orchestrations', { query: 'people', destination: 'life' }],
    ['groups', { run: { on: 'manual' }, orchestrations: ['life'] }],
  ]
  const ends: (() => Promise<void>)[] = []
  for (const [kind, body] of lives) ends.push(await lifeOf(lead, kind, body))
  await lead('POST /channels/{key}/test', { at: ['life'] })
  for (const kind of ['credentials', 'destinations'])
    for (const accept of ['application/json', 'application/x-ndjson'])
      await lead(`POST /${kind}/{key}/test`, { at: ['life'], headers: { accept } })
  // While others use it, it stays.
  await lead('DELETE /channels/{key}', { at: ['life'], headers: right })
  for (const end of ends.toReversed()) await end()
}

/** Segments are made, counted and looked at, from git and here, and while their source has gone. */
export async function liveSegments(lead: Lead, { project }: TestServer): Promise<void> {
  const everyone = { attributes: 'Attributes', include: { combinator: 'and', rules: [] } }
  const end = await lifeOf(lead, 'segments', everyone)
  await end()
  await lead('PUT /segments/{key}', { at: ['everyone'], headers: right, body: { body: everyone } })
  await lead('DELETE /segments/{key}', { at: ['everyone'], headers: right })
  await lead('GET /attributes-tables/{key}', { at: ['Attributes'] })
  for (const body of [{ key: 'everyone' }, { key: 'none' }, { body: { ...everyone, attributes: 'none' } }])
    for (const operation of ['POST /segments/count', 'POST /segments/sql'] as const) await lead(operation, { body })
  const looks = [
    ['GET /segments/{key}/sql', 'everyone'],
    ['GET /segments/{key}/preview', 'everyone'],
    ['GET /attributes-tables/{key}/preview', 'Attributes'],
    ['GET /attributes-tables/{key}/columns', 'Attributes'],
    ['GET /queries/{key}/preview', 'people'],
    ['GET /segments/{key}/check', 'everyone'],
    ['GET /attributes-tables/{key}/check', 'Attributes'],
    ['GET /queries/{key}/check', 'people'],
  ] as const
  const queryOf = (operation: string) => (operation.endsWith('/check') ? { query: { destination: 'zendesk' } } : {})
  const look = async () => {
    for (const [operation, key] of looks)
      for (const at of [[key], ['none']]) await lead(operation, { at, ...queryOf(operation) })
  }
  await look()
  for (const query of [
    { destination: 'none', live: 'true' },
    { destination: 'zendesk', live: 'false' },
  ])
    await lead('GET /queries/{key}/check', { at: ['people'], query })
  await rename(join(project.dir, 'people.csv'), join(project.dir, 'gone.csv'))
  await look()
  await rename(join(project.dir, 'gone.csv'), join(project.dir, 'people.csv'))
  await whileWritten(join(project.dir, 'people.csv'), lead, async (lead) => {
    for (const [operation, key] of looks.slice(1)) await lead(operation, { at: [key], ...queryOf(operation) })
  })
}

/**
 * Nobody can tell what is wrong with a file while somebody writes to it. A small one is read in a few milliseconds, in which a busy machine may
 * not have written: then it is asked again.
 */
export async function whileWritten(file: string, lead: Lead, work: (lead: Lead) => Promise<void>): Promise<void> {
  const whole = await readFile(file)
  await writeFile(file, 'a,b\n"never closed,1\n')
  let seconds = 0
  const writing = setInterval(() => utimesSync(file, 0, ++seconds), 1)
  await work(async (operation, request) => {
    for (let times = 1; ; times++) {
      const answer = await lead(operation, request)
      if (answer?.status !== 422 || times === 30) return answer
    }
  })
  clearInterval(writing)
  await writeFile(file, whole)
}

/** What comes from deskside.yml can be read, tested and copied, and neither changed nor deleted here. */
export async function liveProject(lead: Lead, { project }: TestServer): Promise<void> {
  for (const [kind, key] of [
    ['credentials', 'zendesk'],
    ['destinations', 'zendesk'],
    ['orchestrations', 'people'],
    ['groups', 'nightly'],
  ] as const) {
    const { body } = await lead(`GET /${kind}/{key}`, { at: [key] })
    await lead(`PUT /${kind}/{key}`, { at: [key], headers: right, body: { body } })
    await lead(`DELETE /${kind}/{key}`, { at: [key], headers: right })
  }
  await lead('GET /sources/{key}', { at: ['crm'] })
  await lead('GET /tables/{key}', { at: ['people'] })
  await lead('GET /queries/{key}', { at: ['people'] })
  for (const kind of ['credentials', 'destinations']) await lead(`POST /${kind}/{key}/test`, { at: ['zendesk'] })
  await lead('POST /destinations/{key}/clone', { at: ['none'], body: { key: 'copy', name: 'Copy' } })
  await lead('POST /destinations/{key}/clone', { at: ['zendesk'], body: { key: 'copy', name: 'Copy' } })
  await applied(lead)
  const file = join(project.dir, 'deskside.yml')
  const text = await readFile(file, 'utf8')
  await writeFile(file, `${text}\nunknown: 1\n`)
  await lead('GET /apply')
  await writeFile(file, text)
}

/** The columns of a table: looked at, tagged, and out of reach. */
export async function liveColumns(lead: Lead, { project }: TestServer): Promise<void> {
  const file = join(project.dir, 'people.csv')
  const columns = '/tables/{key}/columns'
  const people = { at: ['people'] }
  const tag = (tags: object, at = people.at) => lead(`PUT ${columns}`, { at, body: { columns: tags } })
  await lead(`GET ${columns}`, people)
  const uses = `GET ${columns}/{column}/uses`
  for (const at of [
    ['people', 'email'],
    ['people', 'none'],
  ])
    await lead(uses, { at })
  await tag({ email: true, name: null })
  await tag({ none: true })
  await tag({}, ['none'])
  const whole = await readFile(file)
  await writeFile(file, 'a,b\n"never closed,1\n')
  await lead(`GET ${columns}`, people)
  await lead(uses, { at: ['people', 'email'] })
  await lead('POST /tables/{key}/refresh', people)
  await writeFile(file, whole)
  await whileWritten(file, lead, async (lead) => {
    await lead(`GET ${columns}`, people)
    await lead(uses, { at: ['people', 'email'] })
    await lead('POST /tables/{key}/refresh', people)
    await tag({})
  })
}

/** A CSV that is uploaded, refused, replaced, looked at, read by somebody, and deleted. */
export async function liveUploads(lead: Lead): Promise<void> {
  const table = { at: ['life'] }
  const query = { key: 'life' }
  const large = `id\n${'x'.repeat(1024 * 1024)}`
  for (const body of ['a,a\n1,2\n', large]) await lead('POST /tables', { query, body })
  await lead('POST /tables', { query, body: 'external_id,name\n1,Ada\n' })
  await lead('POST /tables', { query, body: 'external_id,name\n1,Ada\n' })
  await lead('POST /tables', { query: { ...query, types: '{' }, body: 'id\n' })
  await lead('POST /tables/{key}/refresh', table)
  const tag = async (at = 'life') => await lead('GET /tables/{key}', { at: [at] })
  const match = async () => ({ 'if-match': `"${(await tag()).version}"` })
  const replace = async (headers: Record<string, string>, body: string, at = table.at) =>
    await lead('PUT /tables/{key}/content', { at, headers, body })
  await replace(stale, 'id\n1\n')
  for (const body of ['external_id,name\n1,2,3\n', large]) await replace(await match(), body)
  await replace(await match(), 'external_id,name\n2,Ben\n')
  await replace(stale, 'id\n1\n', ['none'])
  await replace({ 'if-match': `"${(await tag('people')).version}"` }, 'id\n1\n', ['people'])
  const rules = [{ field: 'external_id', operator: 'inList', value: 'life' }]
  const segment = { attributes: 'Attributes', include: { combinator: 'and', rules } }
  await lead('POST /segments', { body: { key: 'listed', body: segment } })
  const end = async (headers: Record<string, string>, at = table.at) =>
    await lead('DELETE /tables/{key}', { at, headers })
  await end(await match())
  await lead('GET /segments/{key}', { at: ['listed'] })
  await lead('DELETE /segments/{key}', { at: ['listed'], headers: right })
  for (const headers of [stale, await match()]) await end(headers)
  await end(stale, ['none'])
  await end({ 'if-match': `"${(await tag('people')).version}"` }, ['people'])
}

/** People who are planned, sent, changed by an agent, found to have drifted, and taken back. */
export async function livePeople(lead: Lead, { project }: TestServer): Promise<void> {
  const people = { at: ['people'] }
  const { plan_id } = await lead('POST /orchestrations/{key}/plan', people)
  await lead('GET /plans/{id}', { at: [plan_id] })
  await lead('GET /plans/{id}/changes', { at: [plan_id], query: { q: 'p1' } })
  for (const list of ['changes', 'conflicts']) await lead(`GET /plans/{id}/${list}`, { at: [plan_id] })
  const { id } = await lead('POST /orchestrations/{key}/runs', { ...people, body: { plan_id } })
  const workflow = { at: [id] }
  await rested(lead, id)
  await lead('GET /workflows/{id}/events', workflow)
  await lead('GET /workflows/{id}/records', { ...workflow, query: { q: 'p1' } })
  await lead('GET /workflows/{id}/records', { ...workflow, headers: { accept: 'text/csv' } })
  await lead('GET /workflows/{id}/exits', workflow)
  // What has ended well can neither be stopped nor resolved.
  await lead('POST /workflows/{id}/stop', workflow)
  await lead('POST /workflows/{id}/resolve', { ...workflow, body: { resolution: 'retry' } })
  const sent = project.user('1')
  await project.asAgent('PUT', `/api/v2/users/${sent?.id}.json`, { user: { name: 'Somebody' } })
  await lead('GET /people', { query: { search: 'ADA' } })
  await lead('GET /people', { query: { search: 'e', limit: '1', cursor: '1' } })
  await lead('GET /people/{key}', { at: ['1'] })
  await lead('GET /people/{key}', { at: ['1'], query: { destination: 'none' } })
  const { drift_id } = await lead('POST /orchestrations/{key}/drift', people)
  await lead('GET /drifts/{id}', { at: [drift_id] })
  const undo = await lead('POST /workflows/{id}/undo', workflow)
  await lead('GET /plans/{id}/left', { at: [undo.plan.plan_id] })
  await lead('POST /orchestrations/{key}/resume', people)
  await lead('POST /groups/{key}/runs', { at: ['nightly'] })
  await lead('POST /signals/{signal}', { at: ['loaded'] })
  await lead('GET /schedules/preview', { query: { cron: '0 6 * * *' } })
  await lead('GET /schedules/preview', { query: { cron: 'at six' } })
  await lead('GET /workflows/days', { query: { days: '31', time_zone: 'Europe/Berlin' } })
  await lead('GET /workflows/days', { query: { time_zone: 'Europe/Nowhere' } })
}

/** Workflows that wait for somebody, are stopped, and go on; and one that ends before it has a run. */
export async function liveTrouble(lead: Lead, { project }: TestServer): Promise<void> {
  const people = { at: ['people'] }
  await writeFile(join(project.dir, 'people.csv'), '_row,external_id,email,name\n')
  const { id } = await lead('POST /orchestrations/{key}/runs', people)
  await rested(lead, id)
  await lead('POST /workflows/{id}/stop', { at: [id] })
  await project.write([{ external_id: '3', email: 'cleo@example.com', name: 'Cleo' }])
  const { resolutions } = await lead('GET /workflows/{id}', { at: [id] })
  await lead('POST /workflows/{id}/resolve', { at: [id], body: { resolution: 'none' } })
  await lead('POST /workflows/{id}/resolve', { at: [id], body: { resolution: resolutions[0].id } })
  await rested(lead, id)
  const lost = await lead('POST /orchestrations/{key}/runs', { ...people, body: { plan_id: 'none' } })
  await rested(lead, lost.id)
  await lead('GET /workflows/{id}/records', { at: [lost.id] })
  await lead('GET /workflows/{id}/exits', { at: [lost.id] })
  await lead('POST /workflows/{id}/undo', { at: [lost.id] })
}

/** Who hears of a workflow that waits for somebody; and that of one which has ended nothing is told any more. */
export async function liveSubscriptions(lead: Lead, { project }: TestServer): Promise<void> {
  const url = 'https://hooks.example.com/secret-of-the-fuzz'
  await lead('POST /channels', { body: { key: 'heard', body: { type: 'webhook', url, token: 'secret-of-the-fuzz' } } })
  await writeFile(join(project.dir, 'people.csv'), '_row,external_id,email,name\n')
  const { id } = await lead('POST /orchestrations/{key}/runs', { at: ['people'] })
  await rested(lead, id)
  const subscribe = (channel: string, workflow = id) =>
    lead('POST /workflows/{id}/subscriptions', { at: [workflow], body: { events: ['failed', 'succeeded'], channel } })
  const made = await subscribe('heard')
  await subscribe('heard')
  await subscribe('none')
  await subscribe('heard', 'none')
  await lead('GET /workflows/{id}/subscriptions', { at: [id] })
  await lead('DELETE /workflows/{id}/subscriptions/{subscription}', { at: [id, made.id] })
  await lead('POST /workflows/{id}/stop', { at: [id] })
  await subscribe('heard')
  await project.write([{ external_id: '3', email: 'cleo@example.com', name: 'Cleo' }])
}

/** The account's user fields; at last everything is forgotten. */
export async function liveAccount(lead: Lead, { project }: TestServer): Promise<void> {
  const zendesk = { at: ['zendesk'] }
  const body = await lead('POST /destinations/{key}/fields/plan', { ...zendesk, body: { options: false, fields: [] } })
  project.emulator.faults(unanswering)
  await lead('POST /destinations/{key}/fields/apply', { ...zendesk, body })
  project.emulator.clearFaults()
  await lead('POST /destinations/{key}/fields/apply', { ...zendesk, body })
  await lead('POST /destinations/{key}/fields/apply', { at: ['none'], body })
  await lead('POST /destinations/{key}/forget', zendesk)
}

/** Everything that asks Zendesk, while Zendesk answers nothing that can be understood, and while it refuses the credential. */
export async function liveFailures(lead: Lead, { project }: TestServer): Promise<void> {
  const people = { at: ['people'] }
  const zendesk = { at: ['zendesk'] }
  await project.query('SELECT *, name AS "user_fields.lacking" FROM people')
  await applied(lead)
  const lacking = await lead('POST /orchestrations/{key}/runs', people)
  await rested(lead, lacking.id)
  const { resolutions } = await lead('GET /workflows/{id}', { at: [lacking.id] })
  const creates = resolutions.find((one: { action: string }) => one.action === 'create_fields')
  const ended = await lead('GET /workflows', { query: { state: 'completed' } })
  for (const fault of [unanswering, refusing]) {
    project.emulator.faults(fault)
    await lead('POST /orchestrations/{key}/plan', people)
    await lead('POST /orchestrations/{key}/drift', people)
    await lead('POST /workflows/{id}/undo', { at: [ended.items[0].id] })
    await lead('GET /people/{key}', { at: ['1'] })
    await lead('POST /workflows/{id}/resolve', { at: [lacking.id], body: { resolution: creates.id } })
    await lead('POST /destinations/{key}/fields/plan', { ...zendesk, body: { options: false, fields: [] } })
    project.emulator.clearFaults()
  }
  await project.query('SELECT * FROM people')
  await project.settings({ base_url: 'https://zendesk.example.com' })
  await applied(lead)
  await lead('GET /people', { query: { search: 'ada' } })
  await lead('GET /people/{key}', { at: ['1'] })
  await project.settings({ base_url: project.emulator.url })
  await applied(lead)
}

/** Brings deskside.yml. */
async function applied(lead: Lead): Promise<void> {
  const { revision } = await lead('GET /apply')
  await lead('POST /apply', { body: { revision } })
}

/** Waits until nothing happens by itself to a workflow. */
async function rested(lead: Lead, id: string): Promise<void> {
  for (;;) {
    const { state, ended_at } = await lead('GET /workflows/{id}', { at: [id] })
    if (state !== 'running' && state !== 'stopping' && ended_at !== null) return
    await sleep(10)
  }
}
