import type { Call, Scene } from './account-tour.ts'

const field = (scene: Scene, name: string): string => `${scene.fieldPrefix}_${name}`
const nameOf = (scene: Scene, name: string): string => `${scene.prefix} ${name}`

/** Makes a user field of a type; its id is kept as `name`. */
function create(name: string, more: object): Call {
  return {
    route: 'POST user_fields',
    of: name,
    body: (scene) => ({ user_field: { key: field(scene, name), title: nameOf(scene, name), ...more } }),
    status: 201,
    keep: (json) => ({ [name]: json.user_field?.id, option: json.user_field?.custom_field_options?.[0]?.id }),
  }
}

const options = [
  { name: 'Gold', value: 'gold' },
  { name: 'Silver', value: 'silver' },
]

/** The account itself and its user fields. */
export const fieldCalls: readonly Call[] = [
  { route: 'GET users/me', status: 200, keep: (json) => ({ me: json.user.id }) },
  { route: 'GET account/settings', status: 200 },
  { route: 'GET brands', status: 200 },
  { route: 'GET locales', status: 200 },
  create('text', { type: 'text' }),
  create('date', { type: 'date' }),
  create('number', { type: 'decimal' }),
  create('spare', { type: 'integer' }),
  create('check', { type: 'checkbox', tag: 'deskside_checked' }),
  create('tier', {
    type: 'dropdown',
    custom_field_options: options.map((option) => ({ ...option, value: `${option.value}_deskside` })),
  }),
  { route: 'GET user_fields', of: 'by cursor', at: () => 'user_fields?page[size]=2', status: 200 },
  { route: 'GET user_fields', status: 200 },
  {
    route: 'GET user_fields/show_many',
    at: (scene) => `user_fields/show_many?keys=${field(scene, 'text')},${field(scene, 'tier')}`,
    status: 200,
  },
  { route: 'GET user_fields/{id}', at: ({ ids }) => `user_fields/${ids.tier}`, status: 200 },
  {
    route: 'PUT user_fields/{id}',
    at: ({ ids }) => `user_fields/${ids.text}`,
    body: (scene) => ({ user_field: { title: nameOf(scene, 'other'), description: 'Where they live' } }),
    status: 200,
  },
  { route: 'GET user_fields/{id}/options', at: ({ ids }) => `user_fields/${ids.tier}/options`, status: 200 },
  {
    route: 'POST user_fields/{id}/options',
    of: 'new',
    at: ({ ids }) => `user_fields/${ids.tier}/options`,
    body: () => ({ custom_field_option: { name: 'Bronze', value: 'bronze_deskside' } }),
    status: 201,
    keep: (json) => ({ bronze: json.custom_field_option?.id }),
  },
  {
    route: 'POST user_fields/{id}/options',
    of: 'known',
    at: ({ ids }) => `user_fields/${ids.tier}/options`,
    body: ({ ids }) => ({ custom_field_option: { id: ids.bronze, name: 'Copper', value: 'bronze_deskside' } }),
    status: 200,
  },
  {
    route: 'GET user_fields/{id}/options/{other}',
    at: ({ ids }) => `user_fields/${ids.tier}/options/${ids.option}`,
    status: 200,
  },
  {
    route: 'DELETE user_fields/{id}/options/{other}',
    at: ({ ids }) => `user_fields/${ids.tier}/options/${ids.bronze}`,
    status: 204,
  },
  {
    route: 'PUT user_fields/reorder',
    body: ({ ids }) => ({ user_field_ids: [ids.date, ids.text, ids.number, ids.spare, ids.check, ids.tier] }),
    status: 200,
    notReal: 'it would move fields of the account',
  },
]
