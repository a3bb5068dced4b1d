/** What a request may do to the definitions of user fields, and what becomes of stored values. */
import type { Account } from './account.ts'
import type { RecordError } from './reply.ts'
import {
  changeFieldValue,
  createUserField,
  type FieldValue,
  isFieldKey,
  readPattern,
  type UserField,
  type UserFieldType,
  userFieldTypes,
} from './user-fields.ts'

type Values = Readonly<Record<string, unknown>>
type Option = UserField['options'][number]

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
const textOr = (value: unknown, other: string): string => (typeof value === 'string' ? value : other)
const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
const hasOptions = (type: UserFieldType): boolean => type === 'dropdown' || type === 'multiselect'

/** The new field, last in position, or the reasons against it. */
export function addUserField(account: Account, values: Values): UserField | RecordError[] {
  const errors: RecordError[] = []
  const type = (values.type ?? 'text') as UserFieldType // OAS: text when none is given
  const { key, title } = values
  // Assumption: the words of all but the duplicate, whose code is recorded (JINMU); words come in the caller's language.
  if (!userFieldTypes.includes(type)) {
    errors.push({ attribute: 'type', description: `Type: ${type} is not a valid type`, error: 'InvalidValue' })
  }
  if (!isText(key)) errors.push({ attribute: 'key', description: 'Key: cannot be blank', error: 'BlankValue' })
  else if (!isFieldKey(key)) {
    const description = 'Key: may have letters, numbers and underscores only, and not only numbers'
    errors.push({ attribute: 'key', description, error: 'InvalidValue' })
  } else if (account.userField(key)) {
    const description = `Key: ${key} has already been taken`
    errors.push({ attribute: 'key', description, error: 'DuplicateValue' })
  }
  if (!isText(title)) errors.push({ attribute: 'title', description: 'Title: cannot be blank', error: 'BlankValue' })
  checkPattern(type, values, errors)
  // OAS CustomFieldObject: options are required for a dropdown.
  const options = hasOptions(type) ? readOptions(account, [], values.custom_field_options ?? [], errors) : []
  if (errors.length > 0) return errors
  const field = createUserField(account, { key: String(key), type, title: String(title) })
  field.options = options
  applyTexts(field, values)
  if (type === 'lookup') field.targetType = textOrNull(values.relationship_target_type)
  account.userFields.push(field)
  return field
}

/** Key and type are immutable (DOC); Assumption: one that is sent all the same is ignored. */
export function updateUserField(account: Account, field: UserField, values: Values): RecordError[] {
  const errors: RecordError[] = []
  if (values.title !== undefined && !isText(values.title)) {
    errors.push({ attribute: 'title', description: 'Title: cannot be blank', error: 'BlankValue' })
  }
  if ('regexp_for_validation' in values) checkPattern(field.type, values, errors)
  const isOptionsGiven = hasOptions(field.type) && values.custom_field_options !== undefined
  const options = isOptionsGiven ? readOptions(account, field.options, values.custom_field_options, errors) : undefined
  if (errors.length > 0) return errors
  applyTexts(field, values)
  // OAS UpdateUserField: what is not passed is removed, with its values; the order given is the order kept.
  if (options) replaceOptions(account, field, options)
  field.updatedAtS = account.nowS()
  return []
}

/** With its values. Assumption: the tags that they had added go too. */
export function removeUserField(account: Account, field: UserField): void {
  changeValues(account, field, () => null)
  account.history.settle()
  account.userFields.splice(account.userFields.indexOf(field), 1)
}

/** Assumption: fields that are not named follow in the order they had. */
export function reorderUserFields(account: Account, ids: readonly unknown[]): void {
  const place = new Map(ids.map((id, index) => [Number(id), index]))
  const placeOf = (field: UserField): number => place.get(field.id) ?? ids.length
  account.userFields.sort((one, other) => placeOf(one) - placeOf(other))
}

/** OAS CreateOrUpdateUserFieldOption: an id that is there is updated, any other makes a new option. */
export function putOption(
  account: Account,
  field: UserField,
  values: Values,
): { option: Option; isNew: boolean } | RecordError[] {
  const errors: RecordError[] = []
  const index = field.options.findIndex((option) => option.id === values.id)
  const given: unknown[] = [...field.options]
  if (index < 0) given.push({ name: values.name, value: values.value })
  else given[index] = { ...field.options[index], ...values }
  const options = readOptions(account, field.options, given, errors)
  if (errors.length > 0) return errors
  replaceOptions(account, field, options)
  return { option: options.at(index)!, isNew: index < 0 }
}

export function removeOption(account: Account, field: UserField, option: Option): void {
  replaceOptions(
    account,
    field,
    field.options.filter((one) => one !== option),
  )
}

function applyTexts(field: UserField, values: Values): void {
  field.title = textOr(values.title, field.title)
  field.description = textOr(values.description, field.description)
  if (typeof values.active === 'boolean') field.active = values.active
  if (field.type === 'checkbox' && 'tag' in values) field.tag = textOrNull(values.tag)
  if (field.type === 'regexp' && 'regexp_for_validation' in values) {
    field.regexp = textOrNull(values.regexp_for_validation)
    field.pattern = readPattern(field.type, field.regexp)
  }
}

/** DOC: a regexp field has a pattern. Assumption: the words. */
function checkPattern(type: UserFieldType, values: Values, errors: RecordError[]): void {
  if (type !== 'regexp' || isText(values.regexp_for_validation)) return
  const description = 'Regexp for validation: cannot be blank'
  errors.push({ attribute: 'regexp_for_validation', description, error: 'BlankValue' })
}

/** The options as they will be. Assumption: names and values are there, values are unique, and an unknown id makes a new option. */
function readOptions(account: Account, before: readonly Option[], given: unknown, errors: RecordError[]): Option[] {
  const attribute = 'custom_field_options'
  if (!Array.isArray(given) || given.length === 0) {
    errors.push({ attribute, description: 'Custom field options: cannot be blank', error: 'BlankValue' })
    return []
  }
  const options: Option[] = []
  for (const one of given as unknown[]) {
    const { id, name, value } = (one ?? {}) as Values
    if (!isText(name) || !isText(value)) {
      errors.push({ attribute, description: 'Option: name and value cannot be blank', error: 'BlankValue' })
      continue
    }
    if (options.some((option) => option.value === value)) {
      errors.push({ attribute, description: `Option: ${value} has already been taken`, error: 'DuplicateValue' })
      continue
    }
    const known = before.find((option) => option.id === id)
    options.push({ id: known?.id ?? account.nextId(), name, value })
  }
  return options
}

/** Values of removed options go; Assumption: those of an option whose value changes follow it. */
function replaceOptions(account: Account, field: UserField, options: Option[]): void {
  const next = new Map<string, string | undefined>()
  for (const { id, value } of field.options) next.set(value, options.find((option) => option.id === id)?.value)
  field.options = options
  if ([...next].every(([from, to]) => from === to)) return
  changeValues(account, field, (value) => {
    if (Array.isArray(value)) return value.map((one) => next.get(one)).filter((one) => one !== undefined)
    return (typeof value === 'string' ? next.get(value) : undefined) ?? null
  })
}

/** Assumption: users are not marked as updated by a change of a field. */
function changeValues(account: Account, field: UserField, change: (value: FieldValue) => FieldValue): void {
  for (const user of account.sortedUsers()) {
    const value = user.fields?.[field.slot] ?? null
    if (value !== null) changeFieldValue(account, user, field, change(value))
  }
}
