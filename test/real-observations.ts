/**
 * What nobody outside Zendesk knows, asked of an account: for every reading of src/emulator/readings.ts, either which of its values
 * the account shows, or why that cannot be seen without harm.
 */
import type { readings } from '../src/emulator/readings.ts'
import type { Answer, Json } from './account-client.ts'
import { follow, type Scene, send } from './account-tour.ts'

export interface Observation {
  /** Values of the reading that the answer agrees with; empty if none. */
  agrees: readonly (string | number | boolean)[]
  /** What was seen when it is none of the values. */
  seen?: string
}

/** Why something could not be seen this time. */
export class Unseen extends Error {}

/** A sentence: it was not looked at, and why. */
type Observer = ((scene: Scene) => Promise<Observation>) | string

const is = (...agrees: Observation['agrees']): Observation => ({ agrees })
const other = (seen: string): Observation => ({ agrees: [], seen })

function nothing(reason: string): never {
  throw new Unseen(reason)
}

const get = (scene: Scene, path: string): Promise<Answer> => send(scene, 'GET', `/api/v2/${path}`)
const key = (scene: Scene, name: string): string => `${scene.prefix}-${name}`
const email = (scene: Scene, name: string): string => `${key(scene, name)}@example.com`
const fieldKey = (scene: Scene, name: string): string => `${scene.fieldPrefix}_${name}`

const person = (scene: Scene, name: string, more: object = {}): object => ({
  name: `${scene.prefix} ${name}`,
  external_id: key(scene, name),
  skip_verify_email: true,
  ...more,
})

async function create(scene: Scene, name: string, more: object = {}): Promise<number> {
  const { status, json } = await send(scene, 'POST', '/api/v2/users', { user: person(scene, name, more) })
  if (status !== 201) throw new Error(`A user could not be created for an observation: ${status}`)
  return json.user.id
}

const upsertPath = '/api/v2/users/create_or_update_many'

/** Results of an upsert, or the refusal. */
async function tryUpsert(scene: Scene, ...users: object[]): Promise<{ refused?: Answer; results: Json[] }> {
  const posted = await send(scene, 'POST', upsertPath, { users })
  const ended = await follow(scene, upsertPath, posted)
  return ended === posted ? { refused: posted, results: [] } : { results: ended.json?.job_status?.results ?? [] }
}

/** Results of an upsert. Without them there is nothing to see. */
async function upsert(scene: Scene, ...users: object[]): Promise<Json[]> {
  const { refused, results } = await tryUpsert(scene, ...users)
  return refused ? nothing(`a bulk request is refused with ${refused.status}`) : results
}

/** One row that may fail: `failed` or `taken`. */
const row =
  (rowOf: (scene: Scene) => object, failed: string | boolean, taken: string | boolean) =>
  async (scene: Scene): Promise<Observation> => {
    const { refused, results } = await tryUpsert(scene, rowOf(scene))
    if (refused?.status === 403) return nothing('bulk import is off')
    if (refused) return other(`the whole request is refused with ${refused.status}`)
    return is(results[0]?.status === 'Failed' ? failed : taken)
  }

const identity: Record<'externalIdOnEmailMatch' | 'keyPrecedence' | 'emailMatch' | 'idSelects', Observer> = {
  externalIdOnEmailMatch: async (scene) => {
    await create(scene, 'match', { email: email(scene, 'match') })
    const results = await upsert(scene, person(scene, 'rematch', { email: email(scene, 'match') }))
    if (results[0]?.status === 'Failed') return is('refuse')
    return results[0]?.external_id === key(scene, 'rematch') ? is('overwrite') : other('the old external_id stays')
  },
  keyPrecedence: async (scene) => {
    const first = await create(scene, 'first')
    await create(scene, 'second', { email: email(scene, 'second') })
    const results = await upsert(scene, person(scene, 'first', { email: email(scene, 'second') }))
    const { status, id, details = '' } = results[0] ?? {}
    if (status === 'Failed') return is(details.includes('@') ? 'external_id' : 'email')
    return is(id === first ? 'external_id' : 'email')
  },
  emailMatch: async (scene) => {
    const id = await create(scene, 'two', { email: email(scene, 'two') })
    const more = { type: 'email', value: email(scene, 'two-b'), skip_verify_email: true }
    await send(scene, 'POST', `/api/v2/users/${id}/identities`, { identity: more })
    const results = await upsert(scene, { email: email(scene, 'two-b'), notes: 'seen', skip_verify_email: true })
    return is(results[0]?.status === 'Updated' && results[0].id === id ? 'any_address' : 'primary')
  },
  idSelects: async (scene) => {
    const id = await create(scene, 'by-id')
    const { refused, results } = await tryUpsert(scene, { id, notes: 'seen' })
    if (refused?.status === 403) return nothing('bulk import is off')
    if (refused) return other(`the whole request is refused with ${refused.status}`)
    return is(results[0]?.status === 'Updated' && results[0].id === id)
  },
}

/** Twenty rows, two of each person. */
const twins = (scene: Scene, name: string): object[] =>
  Array.from({ length: 20 }, (_, index) =>
    person(scene, `${name}-${index >> 1}`, { email: email(scene, `${name}-${index >> 1}`) }),
  )

type JobReading =
  | 'rowRace'
  | 'collisionError'
  | 'failedCreateError'
  | 'upsertResultKeys'
  | 'brokenJobResults'
  | 'localizedJobDetails'
  | 'userLimitInBulk'

const jobs: Record<JobReading, Observer> = {
  rowRace: async (scene) => {
    const results = await upsert(scene, ...twins(scene, 'race'))
    const inOrder = results.every(({ status }, index) => status === (index % 2 === 0 ? 'Created' : 'Updated'))
    return is(inOrder ? 'in_order' : 'parallel')
  },
  collisionError: async (scene) => {
    // Of people who are there already: rows of new ones meet otherwise.
    await upsert(scene, ...twins(scene, 'clash').filter((_, index) => index % 2 === 0))
    const results = await upsert(scene, ...twins(scene, 'clash'))
    const failed = results.find(({ status }) => status === 'Failed')
    if (!failed) return nothing('no two rows met')
    return is(failed.error)
  },
  failedCreateError: async (scene) => {
    const results = await upsert(scene, person(scene, 'failed', { email: 'none' }))
    return results[0]?.status === 'Failed' ? is(results[0].error) : nothing('the row did not fail')
  },
  upsertResultKeys: async (scene) => {
    const results = await upsert(scene, person(scene, 'shown'))
    return is('index' in (results[0] ?? {}) || 'success' in (results[0] ?? {}) ? 'extended' : 'recorded')
  },
  brokenJobResults: 'nobody can make a job fail as a whole',
  localizedJobDetails: 'it takes a caller whose language is not English',
  userLimitInBulk: async (scene) => {
    await create(scene, 'often')
    for (let times = 1; times <= 7; times++) {
      const results = await upsert(scene, { external_id: key(scene, 'often'), notes: `${times}` })
      if (results[0]?.status === 'Failed') return is(true)
    }
    return is(false)
  },
}

const withField = (name: string, value: (scene: Scene) => object) => (scene: Scene) =>
  person(scene, name, { user_fields: value(scene) })

type ValueReading =
  | 'badDropdown'
  | 'badFieldValue'
  | 'unknownFieldKey'
  | 'decimals'
  | 'badRole'
  | 'badLocale'
  | 'badTimeZone'
  | 'unknownOrganization'
  | 'organizationByName'

const values: Record<ValueReading, Observer> = {
  badDropdown: row(
    withField('option', (scene) => ({ [fieldKey(scene, 'tier')]: 'no_such_option' })),
    'fail',
    'drop',
  ),
  badFieldValue: row(
    withField('date', (scene) => ({ [fieldKey(scene, 'date')]: 'no date' })),
    'fail',
    'drop',
  ),
  unknownFieldKey: row(
    withField('field', (scene) => ({ [fieldKey(scene, 'none')]: 'x' })),
    'refuse',
    'ignore',
  ),
  decimals: async (scene) => {
    const id = await create(scene, 'decimal', { user_fields: { [fieldKey(scene, 'number')]: 12.345 } })
    const { json } = await get(scene, `users/${id}`)
    const value = Number(json.user.user_fields[fieldKey(scene, 'number')])
    return value === 12.345 ? is('exact') : Math.abs(value - 12.345) < 0.01 ? is('two_places') : other(`${value}`)
  },
  badRole: row((scene) => person(scene, 'role', { role: 'wizard' }), 'fail', 'ignore'),
  badLocale: row((scene) => person(scene, 'locale', { locale: 'no language!' }), 'fail', 'ignore'),
  badTimeZone: row((scene) => person(scene, 'zone', { time_zone: 'Mars/Olympus' }), 'fail', 'ignore'),
  unknownOrganization: row((scene) => person(scene, 'joiner', { organization_id: 1 }), 'fail', 'ignore'),
  organizationByName: async (scene) => {
    const results = await upsert(scene, person(scene, 'founder', { organization: { name: `${scene.prefix} founded` } }))
    if (results[0]?.status !== 'Created') return other(`the row is ${results[0]?.status}`)
    const { organization_id: id } = (await get(scene, `users/${results[0].id}`)).json.user
    if (id !== null) scene.made.organizations.add(id)
    return is(id === null ? 'find' : 'create')
  },
}

type RequestReading =
  | 'jobLimitScope'
  | 'tooManyJobsStatus'
  | 'inFlightJobsHeader'
  | 'jobListOrder'
  | 'jobIdsLimit'
  | 'missingJobBody'
  | 'importsOffBody'
  | 'updateManyNeedsImport'
  | 'noUsersStatus'
  | 'duplicateIdentityStatus'
  | 'anonymousOnBadToken'

const noJob = (index: number): string => `V3-${index.toString(16).padStart(32, '0')}`

const requests: Record<RequestReading, Observer> = {
  jobLimitScope: 'it would fill the job queue of the account',
  tooManyJobsStatus: 'it would fill the job queue of the account',
  inFlightJobsHeader: async (scene) => {
    const body = { users: [person(scene, 'counted')] }
    const posted = await send(scene, 'POST', upsertPath, body)
    await follow(scene, upsertPath, posted)
    if (posted.status !== 200) return nothing(`a bulk request is refused with ${posted.status}`)
    return is(posted.headers.has('zendesk-ratelimit-inflight-jobs'))
  },
  jobListOrder: async (scene) => {
    await upsert(scene, person(scene, 'earlier'))
    const body = { users: [person(scene, 'later')] }
    const posted = await send(scene, 'POST', upsertPath, body)
    const { json } = await get(scene, 'job_statuses')
    await follow(scene, upsertPath, posted)
    const statuses: string[] = json.job_statuses.map(({ status }: Json) => status)
    const isUnfinished = (status: string | undefined): boolean => status === 'queued' || status === 'working'
    if (!statuses.some(isUnfinished)) return nothing('the job had ended already, or is not listed')
    // The youngest one stands first either way.
    return isUnfinished(statuses[0]) ? is('unfinished_first', 'created') : is('unfinished_last')
  },
  jobIdsLimit: async (scene) => {
    for (const limit of [30, 50, 100]) {
      const ids = Array.from({ length: limit + 1 }, (_, index) => noJob(index)).join()
      if ((await get(scene, `job_statuses/show_many?ids=${ids}`)).status >= 400) return is(limit)
    }
    return other('more than 100')
  },
  missingJobBody: async (scene) => {
    const { status, json } = await get(scene, `job_statuses/${noJob(0)}`)
    return status === 404 ? is(json === undefined ? 'text' : 'json') : other(`status ${status}`)
  },
  importsOffBody: async (scene) => {
    const { refused } = await tryUpsert(scene, person(scene, 'import'))
    if (refused?.status !== 403) return nothing('bulk import is on')
    return is(refused.json?.error?.title === undefined ? 'description' : 'title')
  },
  updateManyNeedsImport: async (scene) => {
    const { refused } = await tryUpsert(scene, person(scene, 'import-2'))
    if (refused?.status !== 403) return nothing('bulk import is on')
    const id = await create(scene, 'updated')
    const body = { users: [{ id, notes: 'seen' }] }
    return is((await send(scene, 'PUT', '/api/v2/users/update_many', body)).status === 403)
  },
  noUsersStatus: async (scene) => {
    const answer = await send(scene, 'POST', upsertPath, { users: [] })
    return answer.status === 403 ? nothing('bulk import is off') : is(answer.status)
  },
  duplicateIdentityStatus: async (scene) => {
    await create(scene, 'holder', { email: email(scene, 'held') })
    const id = await create(scene, 'wanter')
    const body = { identity: { type: 'email', value: email(scene, 'held'), skip_verify_email: true } }
    return is((await send(scene, 'POST', `/api/v2/users/${id}/identities`, body)).status)
  },
  anonymousOnBadToken: async ({ client }) => {
    const authorization = `Basic ${Buffer.from('agent@example.com/token:wrong').toString('base64')}`
    const { status, json } = await client.call('GET', '/api/v2/users/me', undefined, { authorization })
    return status === 401 ? is(false) : is(status === 200 && json?.user?.id === null)
  },
}

/** Two people whom the search knows, one of them with two addresses. The index lags behind by up to two minutes. */
async function searchable(scene: Scene): Promise<void> {
  if (scene.ids.searched !== undefined) return
  const id = await create(scene, 'found', { email: email(scene, 'found') })
  await create(scene, 'found-2')
  const more = { type: 'email', value: email(scene, 'hidden'), skip_verify_email: true }
  await send(scene, 'POST', `/api/v2/users/${id}/identities`, { identity: more })
  await scene.client.pass(130_000)
  scene.ids.searched = id
}

const count = async (scene: Scene, query: string): Promise<number> =>
  (await get(scene, `users/search?query=${encodeURIComponent(query)}`)).json?.users?.length ?? -1

const searches: Record<'repeatedKeyword' | 'searchEmails', Observer> = {
  repeatedKeyword: async (scene) => {
    await searchable(scene)
    const found = await count(scene, `external_id:${key(scene, 'found')} external_id:${key(scene, 'found-2')}`)
    return found < 0 ? other('the search is refused') : is(found > 0 ? 'any' : 'all')
  },
  searchEmails: async (scene) => {
    await searchable(scene)
    return is((await count(scene, `email:${email(scene, 'hidden')}`)) > 0 ? 'all' : 'primary')
  },
}

export const observers: Record<keyof typeof readings, Observer> = {
  ...identity,
  ...jobs,
  ...values,
  ...requests,
  ...searches,
}
