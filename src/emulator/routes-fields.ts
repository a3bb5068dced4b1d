/** User fields: reading and writing definitions and their options (OAS user_fields). */
import { paginate } from './pagination.ts'
import {
  invalidAttribute,
  json,
  noContent,
  plainText,
  type Reply,
  recordInvalid,
  recordNotFound,
  tooManyValues,
} from './reply.ts'
import type { ApiRequest, Route } from './router.ts'
import {
  addUserField,
  putOption,
  removeOption,
  removeUserField,
  reorderUserFields,
  updateUserField,
} from './user-field-change.ts'
import type { UserField } from './user-fields.ts'
import { optionJson, userFieldJson } from './user-json.ts'

// OAS: agents read, admins write. Assumption: the scopes of users are those of their fields.
const read = { method: 'GET', level: 'agent', resource: 'users' } as const
const write = { level: 'admin', resource: 'users' } as const

export const fieldRoutes: readonly Route[] = [
  { ...read, path: 'user_fields', respond: listFields },
  { ...read, path: 'user_fields/show_many', respond: showMany },
  { ...write, method: 'POST', path: 'user_fields', respond: createField },
  { ...write, method: 'PUT', path: 'user_fields/reorder', respond: reorder },
  { ...read, path: 'user_fields/{id}', respond: withField(showField) },
  { ...write, method: 'PUT', path: 'user_fields/{id}', respond: withField(updateField) },
  { ...write, method: 'DELETE', path: 'user_fields/{id}', respond: withField(deleteField) },
  { ...read, path: 'user_fields/{id}/options', respond: withField(listOptions) },
  { ...write, method: 'POST', path: 'user_fields/{id}/options', respond: withField(writeOption) },
  { ...read, path: 'user_fields/{id}/options/{other}', respond: withField(showOption) },
  { ...write, method: 'DELETE', path: 'user_fields/{id}/options/{other}', respond: withField(deleteOption) },
]

type FieldRespond = (request: ApiRequest, field: UserField) => Reply

/** OAS UserFieldId: the id or the key. */
function withField(respond: FieldRespond): Route['respond'] {
  return (request) => {
    const { id } = request
    const field = request.world.account.userFields.find((one) => String(one.id) === id || one.key === id)
    return field ? respond(request, field) : recordNotFound()
  }
}

function render({ world, origin }: ApiRequest, field: UserField): Record<string, unknown> {
  return userFieldJson(field, world.account.userFields.indexOf(field), origin)
}

/** OAS: in the order of positions, 100 a page. */
function listFields(request: ApiRequest): Reply {
  const page = paginate(request.world.account.userFields, { keyOf: (field) => String(field.id) }, request)
  if ('status' in page) return page
  return json(200, { user_fields: page.records.map((field) => render(request, field)), ...page.frame })
}

/** OAS ShowManyUserFields. Inferred: 100 at most, and unknown keys are silently absent. */
function showMany(request: ApiRequest): Reply {
  const keys = (request.query.get('keys') ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean)
  if (keys.length > 100) return tooManyValues('keys')
  if (keys.length === 0) return invalidAttribute('keys', 'must be a list of keys', 'api/v2/user_fields/show_many')
  const fields = request.world.account.userFields.filter(({ key }) => keys.includes(key))
  return json(200, {
    user_fields: fields.map((field) => render(request, field)),
    next_page: null,
    previous_page: null,
    count: fields.length,
  })
}

/** The object under `name` of the body, or the refusal. */
function readObject({ body }: ApiRequest, name: string, action: string): Record<string, unknown> | Reply {
  const values = (body as Record<string, unknown> | undefined)?.[name]
  const isObject = typeof values === 'object' && values !== null && !Array.isArray(values)
  return isObject ? { ...values } : invalidAttribute(name, 'must be an object', `api/v2/user_fields/${action}`)
}

function isReply(value: Record<string, unknown> | Reply): value is Reply {
  return 'status' in value && 'headers' in value
}

function createField(request: ApiRequest): Reply {
  const values = readObject(request, 'user_field', 'create')
  if (isReply(values)) return values
  const field = addUserField(request.world.account, values)
  if (Array.isArray(field)) return recordInvalid(field)
  const user_field = render(request, field)
  return json(201, { user_field }, { location: String(user_field.url) })
}

function showField(request: ApiRequest, field: UserField): Reply {
  return json(200, { user_field: render(request, field) })
}

function updateField(request: ApiRequest, field: UserField): Reply {
  const values = readObject(request, 'user_field', 'update')
  if (isReply(values)) return values
  const errors = updateUserField(request.world.account, field, values)
  return errors.length > 0 ? recordInvalid(errors) : showField(request, field)
}

function deleteField({ world }: ApiRequest, field: UserField): Reply {
  removeUserField(world.account, field)
  return noContent()
}

/** OAS ReorderUserField: an empty answer. Assumption: the key of the body, which the OAS leaves out. */
function reorder({ world, body }: ApiRequest): Reply {
  const ids = (body as { user_field_ids?: unknown } | undefined)?.user_field_ids
  if (!Array.isArray(ids)) return invalidAttribute('user_field_ids', 'must be an array', 'api/v2/user_fields/reorder')
  reorderUserFields(world.account, ids)
  return plainText(200, '')
}

function listOptions(request: ApiRequest, field: UserField): Reply {
  const page = paginate(field.options, { keyOf: (option) => String(option.id) }, request)
  if ('status' in page) return page
  return json(200, { custom_field_options: page.records.map(optionJson), ...page.frame })
}

/** OAS: 201 for a new option and 200 for one that was there, with the path of the options as Location. */
function writeOption(request: ApiRequest, field: UserField): Reply {
  const values = readObject(request, 'custom_field_option', 'options')
  if (isReply(values)) return values
  // Assumption: other types have no options to add to.
  if (field.type !== 'dropdown' && field.type !== 'multiselect') return recordNotFound()
  const written = putOption(request.world.account, field, values)
  if (Array.isArray(written)) return recordInvalid(written)
  const headers = { location: `/api/v2/user_fields/${field.id}/options` }
  return json(written.isNew ? 201 : 200, { custom_field_option: optionJson(written.option) }, headers)
}

function findOption({ otherId }: ApiRequest, field: UserField): UserField['options'][number] | undefined {
  return field.options.find((option) => String(option.id) === otherId)
}

function showOption(request: ApiRequest, field: UserField): Reply {
  const option = findOption(request, field)
  return option ? json(200, { custom_field_option: optionJson(option) }) : recordNotFound()
}

function deleteOption(request: ApiRequest, field: UserField): Reply {
  const option = findOption(request, field)
  if (!option) return recordNotFound()
  removeOption(request.world.account, field, option)
  return noContent()
}
