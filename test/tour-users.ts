import type { Call, Scene } from './account-tour.ts'
import { membershipCalls } from './tour-organizations.ts'

const keyOf = (scene: Scene, name: string): string => `${scene.prefix}-${name}`
const emailOf = (scene: Scene, name: string): string => `${keyOf(scene, name)}@example.com`

/** Somebody with both keys, who gets no mail. */
const person = (scene: Scene, name: string, more: object = {}): object => ({
  name: `${scene.prefix} ${name}`,
  external_id: keyOf(scene, name),
  email: emailOf(scene, name),
  skip_verify_email: true,
  ...more,
})

const ofAnn = (more: string) => (scene: Scene) =>
  `users/${scene.ids.ann}${more}`.replace(/<(\w+)>/g, (_, name) => String(scene.ids[name]))

const oneByOne: readonly Call[] = [
  {
    route: 'POST users',
    of: 'with every kind of value',
    body: (scene) => ({
      user: person(scene, 'ann', {
        verified: true,
        phone: '+493012345678',
        alias: 'A',
        details: 'd',
        notes: 'n',
        tags: ['one', 'two'],
        organization_id: scene.ids.acme,
        locale: 'en-US',
        time_zone: 'Arizona',
        user_fields: {
          [`${scene.fieldPrefix}_text`]: 'x',
          [`${scene.fieldPrefix}_date`]: '2026-01-02',
          [`${scene.fieldPrefix}_number`]: 12.5,
          [`${scene.fieldPrefix}_check`]: true,
          [`${scene.fieldPrefix}_tier`]: 'gold_deskside',
        },
      }),
    }),
    status: 201,
    keep: (json) => ({ ann: json.user?.id }),
  },
  {
    route: 'POST users',
    of: 'with a name alone',
    body: (scene) => ({ user: { name: `${scene.prefix} nobody` } }),
    status: 201,
    keep: (json) => ({ nobody: json.user?.id }),
  },
  {
    route: 'POST users/create_or_update',
    of: 'new',
    body: (scene) => ({ user: person(scene, 'bob') }),
    status: 201,
    keep: (json) => ({ bob: json.user?.id }),
  },
  {
    route: 'POST users/create_or_update',
    of: 'known',
    body: (scene) => ({ user: { external_id: keyOf(scene, 'bob'), details: 'known' } }),
    status: 200,
  },
  { route: 'PUT users/{id}', at: ofAnn(''), body: () => ({ user: { notes: 'changed' } }), status: 200 },
  { route: 'GET users/{id}', at: ofAnn('?include=identities'), status: 200 },
  { route: 'GET users/{id}/related', at: ofAnn('/related'), status: 200 },
  { route: 'GET users', at: () => 'users?per_page=3', status: 200 },
  { route: 'GET users', of: 'by cursor', at: () => 'users?page[size]=2', status: 200 },
  { route: 'GET users/count', status: 200 },
  { route: 'GET users/show_many', at: ({ ids }) => `users/show_many?ids=${ids.ann},${ids.nobody}`, status: 200 },
  { route: 'GET users/{id}/tags', at: ofAnn('/tags'), status: 200 },
  { route: 'POST users/{id}/tags', at: ofAnn('/tags'), body: () => ({ tags: ['three'] }), status: 201 },
  { route: 'PUT users/{id}/tags', at: ofAnn('/tags'), body: () => ({ tags: ['four'] }), status: 200 },
  { route: 'DELETE users/{id}/tags', at: ofAnn('/tags'), body: () => ({ tags: ['four'] }), status: 200 },
]

const identities: readonly Call[] = [
  { route: 'GET users/{id}/identities', at: ofAnn('/identities'), status: 200 },
  { route: 'GET users/{id}/identities', of: 'by cursor', at: ofAnn('/identities?page[size]=1'), status: 200 },
  {
    route: 'POST users/{id}/identities',
    at: ofAnn('/identities'),
    body: (scene) => ({ identity: { type: 'email', value: emailOf(scene, 'ann-2'), skip_verify_email: true } }),
    status: 201,
    keep: (json) => ({ identity: json.identity?.id }),
  },
  { route: 'GET users/{id}/identities/{other}', at: ofAnn('/identities/<identity>'), status: 200 },
  {
    route: 'PUT users/{id}/identities/{other}',
    at: ofAnn('/identities/<identity>'),
    body: () => ({ identity: { verified: true } }),
    status: 200,
  },
  { route: 'PUT users/{id}/identities/{other}/verify', at: ofAnn('/identities/<identity>/verify'), status: 200 },
  {
    route: 'PUT users/{id}/identities/{other}/request_verification',
    at: ofAnn('/identities/<identity>/request_verification'),
    status: 200,
    notReal: 'it sends a mail',
  },
  {
    route: 'PUT users/{id}/identities/{other}/make_primary',
    at: ofAnn('/identities/<identity>/make_primary'),
    status: 200,
  },
  {
    route: 'POST users/{id}/identities',
    of: 'to be deleted',
    at: ofAnn('/identities'),
    body: (scene) => ({ identity: { type: 'email', value: emailOf(scene, 'ann-3'), skip_verify_email: true } }),
    status: 201,
    keep: (json) => ({ gone: json.identity?.id }),
  },
  { route: 'DELETE users/{id}/identities/{other}', at: ofAnn('/identities/<gone>'), status: 204 },
]

const bulk: readonly Call[] = [
  {
    route: 'POST users/create_or_update_many',
    body: (scene) => ({
      users: [
        person(scene, 'carl'),
        { external_id: keyOf(scene, 'bob'), details: 'again' },
        { ...person(scene, 'dora'), email: 'not an address' },
      ],
    }),
    status: 200,
    keep: (json) => ({ carl: json?.job_status?.results?.[0]?.id }),
  },
  {
    route: 'POST users/create_many',
    body: (scene) => ({
      users: [person(scene, 'eve'), { name: `${scene.prefix} frank`, skip_verify_email: true }],
    }),
    status: 200,
    keep: (json) => ({ eve: json?.job_status?.results?.[0]?.id, frank: json?.job_status?.results?.[1]?.id }),
  },
  {
    route: 'PUT users/update_many',
    of: 'one change for all',
    at: ({ ids }) => `users/update_many?ids=${ids.bob},${ids.eve}`,
    body: () => ({ user: { notes: 'all' } }),
    status: 200,
  },
  {
    route: 'PUT users/update_many',
    of: 'its own change each',
    body: ({ ids }) => ({
      users: [
        { id: ids.bob, notes: 'b' },
        { id: 1, notes: 'nobody' },
      ],
    }),
    status: 200,
  },
  { route: 'GET job_statuses', status: 200 },
  { route: 'GET job_statuses/show_many', at: ({ ids }) => `job_statuses/show_many?ids=${ids.job}`, status: 200 },
]

const found: readonly Call[] = [
  // Only now: the index of the search lags behind by up to two minutes, the exports by one.
  {
    route: 'GET users/search',
    at: (scene) => `users/search?external_id=${keyOf(scene, 'ann')}`,
    status: 200,
    afterMs: 130_000,
  },
  {
    route: 'GET users/search',
    of: 'by a query',
    at: (scene) => `users/search?query=${encodeURIComponent(`type:user email:${emailOf(scene, 'bob')}`)}`,
    status: 200,
  },
  { route: 'GET users/autocomplete', at: (scene) => `users/autocomplete?name=${scene.prefix}`, status: 200 },
  { route: 'POST users/autocomplete', at: (scene) => `users/autocomplete?name=${scene.prefix}`, status: 200 },
  {
    route: 'GET incremental/users',
    at: ({ nowS }) => `incremental/users?start_time=${nowS - 120}&per_page=50`,
    status: 200,
  },
  {
    route: 'GET incremental/users/cursor',
    at: ({ nowS }) => `incremental/users/cursor?start_time=${nowS - 120}&per_page=50`,
    status: 200,
  },
]

const endings: readonly Call[] = [
  {
    route: 'PUT users/{id}/merge',
    at: ({ ids }) => `users/${ids.eve}/merge`,
    body: ({ ids }) => ({ user: { id: ids.bob } }),
    status: 200,
  },
  { route: 'DELETE users/{id}', at: ({ ids }) => `users/${ids.carl}`, status: 200 },
  {
    route: 'DELETE users/destroy_many',
    at: ({ ids }) => `users/destroy_many?ids=${ids.frank},${ids.nobody}`,
    status: 200,
  },
  { route: 'GET deleted_users', at: () => 'deleted_users?per_page=5', status: 200 },
  { route: 'GET deleted_users', of: 'by cursor', at: () => 'deleted_users?page[size]=2', status: 200 },
  { route: 'GET deleted_users/count', status: 200 },
  { route: 'GET deleted_users/{id}', at: ({ ids }) => `deleted_users/${ids.carl}`, status: 200 },
  { route: 'DELETE deleted_users/{id}', at: ({ ids }) => `deleted_users/${ids.carl}`, status: 200 },
  { route: 'DELETE user_fields/{id}', at: ({ ids }) => `user_fields/${ids.spare}`, status: 204 },
]

/** Of a token issued for this alone. */
const tokens: readonly Call[] = [
  {
    route: 'POST /oauth/tokens',
    body: ({ client }) => ({ grant_type: 'client_credentials', ...client.oauth, scope: 'read write' }),
    status: 201,
    keep: (json) => ({ token: json?.access_token }),
  },
  { route: 'GET oauth/tokens/current', withToken: true, status: 200 },
  { route: 'DELETE oauth/tokens/current', withToken: true, status: 204 },
]

export const userCalls: readonly Call[] = [
  ...oneByOne,
  ...identities,
  ...bulk,
  ...membershipCalls,
  ...found,
  ...endings,
  ...tokens,
]
