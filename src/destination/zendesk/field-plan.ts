import type { Json } from '../../problem.ts'
import type { FieldAttribute, FieldConflict, FieldDefinition, FieldPlan, FieldRemoval } from '../user-fields.ts'
import type { UserFieldSettings } from './field-settings.ts'
import { idText, objects, textOf } from './json.ts'

/**
 * What has to change so that the account has the user fields that the file declares. Pure; the reasons stand in
 * docs/decisions/0016-user-fields-as-code.md.
 */

/** A user field as the account has it, inactive ones too. */
export interface AccountField {
  id: string
  key: string
  type: string
  title: string
  description: string
  active: boolean
  /** Made by Zendesk: only `active` can be changed. */
  system: boolean
  pattern: string | null
  tag: string | null
  relationship_target_type: string | null
  options: { id: string; value: string; name: string }[]
}

/** Zendesk has two names for one type. */
function typeName(type: string): string {
  return type === 'tagger' ? 'dropdown' : type
}

/**
 * Reads one element of `user_fields`; null for one without id or key. Texts are the raw ones: a placeholder of dynamic content must
 * neither look like a difference nor be written back as the text that stands for it today.
 */
export function readAccountField(item: Record<string, Json>): AccountField | null {
  const id = idText(item.id)
  const key = textOf(item.key)
  if (id === null || key === null) return null
  return {
    id,
    key,
    type: typeName(textOf(item.type) ?? 'text'),
    title: textOf(item.raw_title) ?? textOf(item.title) ?? '',
    description: textOf(item.raw_description) ?? textOf(item.description) ?? '',
    active: item.active !== false,
    system: item.system === true,
    pattern: textOf(item.regexp_for_validation),
    tag: textOf(item.tag),
    relationship_target_type: textOf(item.relationship_target_type),
    options: objects(item.custom_field_options).flatMap((option) => {
      const optionId = idText(option.id)
      if (optionId === null) return []
      const name = textOf(option.raw_name) ?? textOf(option.name) ?? ''
      return [{ id: optionId, value: String(option.value ?? ''), name }]
    }),
  }
}

/** A declared field without the gaps that its type leaves in the file. */
export function definitionOf(declared: UserFieldSettings[string]): FieldDefinition {
  const options = 'options' in declared ? Object.entries(declared.options) : []
  return {
    type: declared.type,
    title: declared.title,
    description: declared.description ?? null,
    active: declared.active,
    pattern: 'pattern' in declared ? declared.pattern : null,
    tag: 'tag' in declared ? (declared.tag ?? null) : null,
    relationship_target_type: 'relationship_target_type' in declared ? declared.relationship_target_type : null,
    options: options.map(([value, name]) => ({ value, name })),
  }
}

/** `account` is the origin, for the plan's reader. Changes come in the order of the file, removed fields last. */
export function planUserFields(
  account: string,
  fields: readonly AccountField[],
  declared: UserFieldSettings,
  removal: FieldRemoval,
): FieldPlan {
  const plan: FieldPlan = {
    account,
    declared: Object.keys(declared).length,
    removal,
    changes: [],
    conflicts: [],
    left_alone: { fields: [], options: [] },
  }
  for (const [key, settings] of Object.entries(declared)) planField(plan, fields, key, definitionOf(settings))
  for (const key of new Set(removal.fields)) planRemoval(plan, fields, declared, key)
  for (const { key, type, title, active } of fields) {
    if (Object.hasOwn(declared, key) || removal.fields.includes(key)) continue
    plan.left_alone.fields.push({ key, type, title, active })
  }
  return plan
}

function planField(plan: FieldPlan, fields: readonly AccountField[], key: string, wanted: FieldDefinition): void {
  const field = fields.find((one) => one.key === key)
  if (field === undefined) {
    const twin = sameButForCase(key, fields, (one) => one.key)
    if (twin === undefined) plan.changes.push({ change: 'create_field', key, field: wanted })
    else plan.conflicts.push(caseConflict(key, `The field \`${key}\``, twin.key))
    return
  }
  const fixed = fixedConflict(field, wanted)
  if (fixed !== null) {
    plan.conflicts.push(fixed)
    return
  }
  const changes = changedAttributes(field, wanted)
  if (field.system && changes.some(({ attribute }) => attribute !== 'active')) {
    plan.conflicts.push({
      key,
      reason: `The field \`${key}\` is one of Zendesk's own, of which only \`active\` can be changed.`,
      fix: 'Write the rest as the account has it, or take the field out of `user_fields`.',
    })
    return
  }
  plan.changes.push(...changes)
  planOptions(plan, field, wanted)
}

/** Type, key and target of a field are fixed when it is made. */
function fixedConflict(field: AccountField, wanted: FieldDefinition): FieldConflict | null {
  const { key } = field
  if (field.type !== wanted.type) {
    return {
      key,
      reason: `The field \`${key}\` has the type ${field.type} in the account and ${wanted.type} in the file; Zendesk never changes a type.`,
      fix: `Write \`type: ${field.type}\`, or declare a new field with another key.`,
    }
  }
  const target = field.relationship_target_type
  if (wanted.type === 'lookup' && target !== null && target !== wanted.relationship_target_type) {
    return {
      key,
      reason: `The field \`${key}\` points to ${target} in the account and to ${wanted.relationship_target_type} in the file; Zendesk never changes that.`,
      fix: `Write \`relationship_target_type: ${target}\`, or declare a new field with another key.`,
    }
  }
  return null
}

function changedAttributes(field: AccountField, wanted: FieldDefinition) {
  const attributes: FieldAttribute[] = ['title', 'description', 'pattern', 'tag', 'active']
  return attributes.flatMap((attribute) => {
    const [from, to] = [field[attribute], wanted[attribute]]
    return to === null || from === to ? [] : [{ change: 'set' as const, key: field.key, attribute, from, to }]
  })
}

function planOptions(plan: FieldPlan, field: AccountField, wanted: FieldDefinition): void {
  const { key } = field
  for (const { value, name } of wanted.options) {
    const option = field.options.find((one) => one.value === value)
    if (option !== undefined) {
      if (option.name !== name) plan.changes.push({ change: 'rename_option', key, value, from: option.name, to: name })
      continue
    }
    const twin = sameButForCase(value, field.options, (one) => one.value)
    if (twin === undefined) plan.changes.push({ change: 'add_option', key, value, name })
    else plan.conflicts.push(caseConflict(key, `The option \`${value}\` of \`${key}\``, twin.value))
  }
  for (const { value, name } of field.options) {
    if (wanted.options.some((one) => one.value === value)) continue
    if (plan.removal.options) plan.changes.push({ change: 'remove_option', key, value, name })
    else plan.left_alone.options.push({ key, value, name })
  }
}

function planRemoval(plan: FieldPlan, fields: readonly AccountField[], declared: UserFieldSettings, key: string): void {
  const field = fields.find((one) => one.key === key)
  if (Object.hasOwn(declared, key)) {
    plan.conflicts.push({
      key,
      reason: `The field \`${key}\` is to be removed, but the file declares it.`,
      fix: 'Take it out of `user_fields` first.',
    })
  } else if (field === undefined) {
    plan.conflicts.push({
      key,
      reason: `The field \`${key}\` is to be removed, but the account has none of that key.`,
      fix: 'Look at the keys with `deskside fields plan`.',
    })
  } else if (field.system) {
    plan.conflicts.push({
      key,
      reason: `The field \`${key}\` is one of Zendesk's own and cannot be removed.`,
      fix: 'Leave out `--remove`.',
    })
  } else plan.changes.push({ change: 'remove_field', key, type: field.type, title: field.title })
}

/** Nobody knows whether Zendesk tells upper and lower case apart there, and two that differ in nothing else help nobody. */
function sameButForCase<T>(text: string, things: readonly T[], nameOf: (thing: T) => string): T | undefined {
  return things.find((thing) => nameOf(thing).toLowerCase() === text.toLowerCase())
}

function caseConflict(key: string, what: string, theirs: string): FieldConflict {
  return {
    key,
    reason: `${what} is written \`${theirs}\` in the account.`,
    fix: `Write \`${theirs}\`, or choose a name that differs in more than upper and lower case.`,
  }
}
