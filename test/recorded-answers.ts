/**
 * Answers as they were seen in real accounts: what was asked, and the shape of what came. Asked after the walk of account-tour.ts,
 * whose people, fields and organisations they use.
 */
import type { Settings } from '../src/emulator/index.ts'
import type { Answer } from './account-client.ts'
import { follow, type Scene, send } from './account-tour.ts'
import * as recorded from './recorded-shapes.ts'
import type { Shape } from './shape.ts'

export interface Recording {
  title: string
  /** Short name, as explained in docs/emulator.md. */
  source: string
  ask: (scene: Scene) => Promise<Answer>
  status: number
  headers?: Record<string, RegExp>
  /** Undefined: {@link text} says all. */
  body?: Shape
  text?: RegExp
  /** Only for the emulator, to be in the state of the recording. */
  settings?: Partial<Settings>
  /** Left out in a real account, and why. */
  notReal?: string
}

type Path = string | ((scene: Scene) => string)

const ask =
  (method: string, path: Path, body?: (scene: Scene) => unknown) =>
  (scene: Scene): Promise<Answer> =>
    send(scene, method, `/api/v2/${typeof path === 'string' ? path : path(scene)}`, body?.(scene))

/** Asks for a job, and answers how it ended. */
const finish =
  (...request: Parameters<typeof ask>) =>
  async (scene: Scene): Promise<Answer> => {
    const [, path] = request
    const full = `/api/v2/${typeof path === 'string' ? path : path(scene)}`
    return follow(scene, full, await ask(...request)(scene))
  }

const key = (scene: Scene, name: string): string => `${scene.prefix}-${name}`
const person = (scene: Scene, name: string, more: object = {}): object => ({
  name: `${scene.prefix} ${name}`,
  external_id: key(scene, name),
  email: `${key(scene, name)}@example.com`,
  skip_verify_email: true,
  ...more,
})
const users =
  (...rows: ((scene: Scene) => object)[]) =>
  (scene: Scene) => ({ users: rows.map((row) => row(scene)) })

const jobs: readonly Recording[] = [
  {
    title: 'a bulk request is answered with a queued job',
    source: 'ZENPY, JINMU',
    ask: ask(
      'POST',
      'users/create_many',
      users((scene) => person(scene, 'queued')),
    ),
    status: 200,
    body: recorded.queuedJob,
    // How many are left varies.
    headers: { 'zendesk-ratelimit-inflight-jobs': /^total=30; remaining=\d+; resets=\d+$/ },
    notReal: 'the walk followed such jobs to their ends',
  },
  {
    title: 'a job that works says at which row it is',
    source: 'ZENPY',
    ask: async (scene) => {
      const { json } = await ask(
        'POST',
        'users/create_many',
        users((one) => person(one, 'working')),
      )(scene)
      await scene.client.pass(950)
      return ask('GET', `job_statuses/${json.job_status.id}`)(scene)
    },
    settings: { jobLatencyMs: [1000, 1000] },
    status: 200,
    body: recorded.job({ progress: 'integer', status: 'working', message: /^Creating User #\d+$/, results: 'null' }),
    notReal: 'nobody can tell when a real job works',
  },
  {
    title: 'rows of an upsert that succeed show id and status, and the keys that the user has',
    source: 'JAVA, ZENPY',
    ask: finish(
      'POST',
      'users/create_or_update_many',
      users((scene) => person(scene, 'new')),
    ),
    status: 200,
    body: recorded.endedJob([
      { id: 'integer', status: { is: 'Created' }, email: /-new@example\.com$/, external_id: /-new$/ },
    ]),
  },
  {
    title: 'a row of a user without address and external_id shows id and status alone',
    source: 'ZENPY',
    ask: finish(
      'POST',
      'users/create_many',
      users((scene) => ({ name: `${scene.prefix} bare` })),
    ),
    status: 200,
    body: recorded.endedJob([{ id: 'integer', status: { is: 'Created' } }]),
  },
  {
    title: 'a row that fails has its index for an id',
    source: 'COMM-ORDER, JAVA',
    ask: async (scene) => {
      const answer = await finish(
        'POST',
        'users/create_or_update_many',
        users(
          ({ ids }) => ({ id: ids.ann, notes: 'x' }),
          ({ ids }) => ({ id: ids.bob, notes: 'x' }),
          (one) => person(one, 'bad', { email: 'error@example.com_' }),
        ),
      )(scene)
      answer.json.job_status.results = answer.json.job_status.results?.slice(2)
      return answer
    },
    status: 200,
    body: recorded.endedJob([
      {
        id: { is: 2 },
        error: { is: 'UserUpdateError' },
        details: { is: 'Name: Email: error@example.com_ is not properly formatted' },
        status: { is: 'Failed' },
      },
    ]),
  },
  {
    title: 'rows of update_many',
    source: 'ZENPY',
    ask: finish(
      'PUT',
      ({ ids }) => `users/update_many?ids=${ids.ann}`,
      () => ({ user: { notes: 'y' } }),
    ),
    status: 200,
    body: recorded.endedJob([
      { id: 'integer', action: { is: 'update' }, status: { is: 'Updated' }, success: { is: true } },
    ]),
  },
  {
    title: 'rows of destroy_many',
    source: 'ZENPY',
    ask: async (scene) => {
      const { json } = await ask('POST', 'users', (one) => ({ user: { name: `${one.prefix} doomed` } }))(scene)
      return finish('DELETE', `users/destroy_many?ids=${json.user.id}`)(scene)
    },
    status: 200,
    body: recorded.endedJob([
      { action: { is: 'delete' }, id: 'integer', status: { is: 'Deleted' }, success: { is: true } },
    ]),
  },
  {
    title: 'rows of organizations/create_many',
    source: 'ZENPY',
    ask: finish('POST', 'organizations/create_many', (scene) => ({
      organizations: [{ name: `${scene.prefix} job` }],
    })),
    status: 200,
    body: recorded.endedJob([{ status: { is: 'Created' }, id: 'integer' }]),
  },
  {
    title: 'rows of organization_memberships/create_many',
    source: 'DOC',
    ask: finish('POST', 'organization_memberships/create_many', ({ ids }) => ({
      organization_memberships: [{ user_id: ids.ann, organization_id: ids.other }],
    })),
    status: 200,
    body: recorded.endedJob([
      { action: { is: 'create' }, id: 'integer', status: { is: 'Created' }, success: { is: true } },
    ]),
  },
  {
    title: 'too many jobs',
    source: 'DOC-RL',
    ask: ask(
      'POST',
      'users/create_or_update_many',
      users((scene) => person(scene, 'late')),
    ),
    settings: { jobLimit: 0 },
    status: 429,
    body: {
      error: { is: 'TooManyJobs' },
      description: {
        is: 'Too many UserBulkUpdateJobV2 jobs are currently queued or running. Try again later.',
      },
      current_job_ids: 'array',
    },
    notReal: 'it would keep the jobs of others out',
  },
]

const records: readonly Recording[] = [
  {
    title: 'a new user has 37 keys in their order, and a Location',
    source: 'ZENPY',
    ask: ask('POST', 'users', (scene) => ({ user: { name: `${scene.prefix} keys`, external_id: key(scene, 'keys') } })),
    status: 201,
    headers: { location: /^https?:\/\/[^/]+\/api\/v2\/users\/\d+\.json$/ },
    body: { user: recorded.user },
  },
  {
    title: 'users/show_many has the frame of an offset page',
    source: 'ZENPY',
    ask: ask('GET', ({ ids }) => `users/show_many?ids=${ids.ann},${ids.bob}`),
    status: 200,
    body: { users: [recorded.user], next_page: 'null', previous_page: 'null', count: { is: 2 } },
  },
  {
    title: 'users/search may be cached for ten seconds',
    source: 'GRP',
    ask: ask('GET', (scene) => `users/search?external_id=${key(scene, 'ann')}`),
    status: 200,
    headers: { 'cache-control': /^max-age=10, private$/ },
    body: recorded.offsetPage('users', recorded.user),
  },
  {
    title: 'an offset page of users',
    source: 'ZENPY',
    ask: ask('GET', 'users?per_page=1'),
    status: 200,
    body: recorded.offsetPage('users', recorded.user),
  },
  {
    title: 'a cursor page of organisations',
    source: 'NODEZ',
    ask: ask('GET', 'organizations?page[size]=1'),
    status: 200,
    body: recorded.cursorPage('organizations', recorded.organization),
  },
  {
    title: 'the last cursor page leads on, to an empty one that leads nowhere',
    source: 'NODEZ',
    ask: async (scene) => {
      const path = `/api/v2/users/${scene.ids.ann}/identities`
      const last = await send(scene, 'GET', `${path}?page[size]=100`)
      const after = encodeURIComponent(last.json.meta.after_cursor)
      const beyond = await send(scene, 'GET', `${path}?page[size]=100&page[after]=${after}`)
      return { ...beyond, json: { last: last.json, beyond: beyond.json } }
    },
    status: 200,
    body: {
      last: {
        ...recorded.cursorPage('identities', recorded.identity),
        meta: { has_more: { is: false }, after_cursor: 'string', before_cursor: 'string' },
      },
      beyond: {
        identities: { is: [] },
        meta: { has_more: { is: false }, after_cursor: 'null', before_cursor: 'null' },
        links: { prev: 'null', next: 'null' },
      },
    },
  },
  {
    title: 'a deleted user keeps tags and fields, and loses address, external_id and verification',
    source: 'GRP',
    ask: async (scene) => {
      const more = { tags: ['kept'], verified: true, user_fields: { [`${scene.fieldPrefix}_text`]: 'kept' } }
      const { json } = await ask('POST', 'users', (one) => ({ user: person(one, 'leaver', more) }))(scene)
      const answer = await ask('DELETE', `users/${json.user?.id}`)(scene)
      // Whose other keys depend on the account.
      const { user } = answer.json
      const text = user?.user_fields?.[`${scene.fieldPrefix}_text`]
      return { ...answer, json: { user: { ...user, user_fields: { text } } } }
    },
    status: 200,
    body: {
      user: {
        ...recorded.user,
        email: 'null',
        external_id: 'null',
        verified: { is: false },
        active: { is: false },
        tags: { is: ['kept'] },
        user_fields: { text: { is: 'kept' } },
      },
    },
  },
  {
    title: 'users/me shows an own token after the keys that everybody sees',
    source: 'NODEZ',
    ask: ask('GET', 'users/me.json'),
    status: 200,
    body: { user: recorded.ownUser },
  },
  {
    title: 'identities of a user',
    source: 'GRP, DOC-IDENT',
    ask: ask('GET', ({ ids }) => `users/${ids.ann}/identities`),
    status: 200,
    body: recorded.offsetPage('identities', recorded.identity),
  },
  {
    title: 'make_primary answers the whole list of identities',
    source: 'GRP',
    ask: ask('PUT', ({ ids }) => `users/${ids.ann}/identities/${ids.identity}/make_primary`),
    status: 200,
    body: recorded.offsetPage('identities', recorded.identity),
  },
  ...(
    [
      ['text', recorded.userField],
      ['date', recorded.dateField],
      ['check', recorded.checkboxField],
      ['tier', recorded.dropdownField],
    ] as const
  ).map(
    ([name, shape]): Recording => ({
      title: `a user field: ${name}`,
      source: 'RUDDER, GRP',
      ask: ask('GET', ({ ids }) => `user_fields/${ids[name]}`),
      status: 200,
      body: { user_field: shape },
    }),
  ),
  {
    title: 'an organisation has 14 keys in their order',
    source: 'RUDDER, ZENPY',
    ask: ask('GET', ({ ids }) => `organizations/${ids.acme}`),
    status: 200,
    body: { organization: recorded.organization },
  },
  {
    title: 'an incremental export by cursor',
    source: 'ZENPY',
    ask: ask('GET', ({ nowS }) => `incremental/users/cursor?start_time=${nowS - 120}&per_page=5`),
    status: 200,
    body: {
      users: [recorded.exportedUser],
      after_url: 'string|null',
      after_cursor: 'string|null',
      before_url: 'string|null',
      before_cursor: 'string|null',
      end_of_stream: 'boolean',
    },
  },
  {
    title: 'an incremental export by time',
    source: 'ZENPY',
    ask: ask('GET', ({ nowS }) => `incremental/users?start_time=${nowS - 120}&per_page=5`),
    status: 200,
    body: {
      users: [recorded.exportedUser],
      next_page: 'string|null',
      count: 'integer',
      end_of_stream: 'boolean',
      end_time: 'integer',
    },
  },
]

export const recordedAnswers: readonly Recording[] = [...jobs, ...records]
export { ask, key, person, users }
