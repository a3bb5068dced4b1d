import type { Call, Scene } from './account-tour.ts'

const nameOf = (scene: Scene, name: string): string => `${scene.prefix} ${name}`
const keyOf = (scene: Scene, name: string): string => `${scene.prefix}-${name}`

/** Names for the records that a job made, in its order. */
const keepResults =
  (...names: string[]): NonNullable<Call['keep']> =>
  (json) =>
    Object.fromEntries(names.map((name, index) => [name, json?.job_status?.results?.[index]?.id]))

export const organizationCalls: readonly Call[] = [
  {
    route: 'POST organizations',
    body: (scene) => ({
      organization: { name: nameOf(scene, 'acme'), external_id: keyOf(scene, 'o1'), details: 'x', tags: ['one'] },
    }),
    status: 201,
    keep: (json) => ({ acme: json.organization?.id }),
  },
  {
    route: 'POST organizations/create_or_update',
    of: 'new',
    body: (scene) => ({ organization: { name: nameOf(scene, 'other'), external_id: keyOf(scene, 'o2') } }),
    status: 201,
    keep: (json) => ({ other: json.organization?.id }),
  },
  {
    route: 'POST organizations/create_or_update',
    of: 'known',
    body: (scene) => ({ organization: { external_id: keyOf(scene, 'o2'), notes: 'known' } }),
    status: 200,
  },
  { route: 'GET organizations', at: () => 'organizations?per_page=2', status: 200 },
  { route: 'GET organizations', of: 'by cursor', at: () => 'organizations?page[size]=1', status: 200 },
  {
    route: 'GET organizations/show_many',
    at: ({ ids }) => `organizations/show_many?ids=${ids.acme},${ids.other}`,
    status: 200,
  },
  {
    route: 'GET organizations/search',
    at: (scene) => `organizations/search?external_id=${keyOf(scene, 'o1')}`,
    status: 200,
  },
  {
    route: 'GET organizations/autocomplete',
    at: (scene) => `organizations/autocomplete?name=${scene.prefix}`,
    status: 200,
  },
  { route: 'GET organizations/count', status: 200 },
  { route: 'GET organizations/{id}', at: ({ ids }) => `organizations/${ids.acme}`, status: 200 },
  {
    route: 'PUT organizations/{id}',
    at: ({ ids }) => `organizations/${ids.acme}`,
    body: () => ({ organization: { notes: 'changed' } }),
    status: 200,
  },
  {
    route: 'POST organizations/create_many',
    body: (scene) => ({
      organizations: [
        { name: nameOf(scene, 'bulk 1') },
        { name: nameOf(scene, 'bulk 2') },
        { name: nameOf(scene, 'acme') },
      ],
    }),
    status: 200,
    keep: keepResults('bulk1', 'bulk2'),
  },
  {
    route: 'PUT organizations/update_many',
    at: ({ ids }) => `organizations/update_many?ids=${ids.bulk1},${ids.bulk2}`,
    body: () => ({ organization: { notes: 'both' } }),
    status: 200,
  },
  {
    route: 'DELETE organizations/destroy_many',
    at: ({ ids }) => `organizations/destroy_many?ids=${ids.bulk1}`,
    status: 200,
  },
  { route: 'DELETE organizations/{id}', at: ({ ids }) => `organizations/${ids.bulk2}`, status: 204 },
]

const memberships = 'organization_memberships'
const ofUser = (more: string) => (scene: Scene) =>
  `users/${scene.ids.ann}/${more}`.replace(/<(\w+)>/g, (_, name) => String(scene.ids[name]))

const join = (name: string, user: string, organization: string): Call => ({
  route: `POST ${memberships}`,
  of: name,
  body: ({ ids }) => ({ organization_membership: { user_id: ids[user], organization_id: ids[organization] } }),
  status: 201,
  keep: (json) => ({ [name]: json.organization_membership?.id }),
})

/** Who belongs to which organisation. */
export const membershipCalls: readonly Call[] = [
  join('member', 'bob', 'acme'),
  {
    route: `POST users/{id}/${memberships}`,
    at: ofUser(memberships),
    body: ({ ids }) => ({ organization_membership: { organization_id: ids.other, default: false } }),
    status: 201,
    keep: (json) => ({ second: json.organization_membership?.id }),
  },
  { route: `GET ${memberships}`, at: () => `${memberships}?per_page=5`, status: 200 },
  { route: `GET ${memberships}/{id}`, at: ({ ids }) => `${memberships}/${ids.member}`, status: 200 },
  {
    route: `GET organizations/{id}/${memberships}`,
    at: ({ ids }) => `organizations/${ids.acme}/${memberships}?include=users,organizations`,
    status: 200,
  },
  { route: `GET users/{id}/${memberships}`, at: ofUser(memberships), status: 200 },
  { route: `GET users/{id}/${memberships}/{other}`, at: ofUser(`${memberships}/<second>`), status: 200 },
  {
    route: `PUT users/{id}/${memberships}/{other}/make_default`,
    at: ofUser(`${memberships}/<second>/make_default`),
    status: 200,
  },
  { route: 'GET users/{id}/organizations', at: ofUser('organizations'), status: 200 },
  { route: 'GET users/{id}/organizations/count', at: ofUser('organizations/count'), status: 200 },
  {
    route: 'PUT users/{id}/organizations/{other}/make_default',
    at: ofUser('organizations/<acme>/make_default'),
    status: 200,
  },
  { route: 'GET organizations/{id}/users', at: ({ ids }) => `organizations/${ids.acme}/users`, status: 200 },
  { route: `DELETE users/{id}/${memberships}/{other}`, at: ofUser(`${memberships}/<second>`), status: 204 },
  { route: 'DELETE users/{id}/organizations/{other}', at: ofUser('organizations/<acme>'), status: 204 },
  { route: `DELETE ${memberships}/{id}`, at: ({ ids }) => `${memberships}/${ids.member}`, status: 204 },
  {
    route: `POST ${memberships}/create_many`,
    body: ({ ids }) => ({
      organization_memberships: [
        { user_id: ids.ann, organization_id: ids.acme },
        { user_id: ids.bob, organization_id: ids.acme },
      ],
    }),
    status: 200,
    keep: keepResults('third', 'fourth'),
  },
  {
    route: `DELETE ${memberships}/destroy_many`,
    at: ({ ids }) => `${memberships}/destroy_many?ids=${ids.third},${ids.fourth}`,
    status: 200,
  },
]
