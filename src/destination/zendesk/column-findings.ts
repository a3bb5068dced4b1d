import type { Json } from '../../problem.ts'
import { Problem } from '../../problem.ts'
import type { ColumnUse } from '../destination.ts'
import type { Objection } from './columns.ts'
import { mapColumns } from './columns.ts'
import type { UserField } from './fields.ts'
import { isUnchecked } from './fields.ts'
import type { ZendeskSettings } from './settings.ts'

/** What an account makes of the columns of a query, and what of it would not work; said before anything is sent. */

/** What of an account decides about columns. */
export interface AccountDefinition {
  fields: readonly UserField[]
  /** Keys of the user fields that are switched off. */
  inactive: readonly string[]
  /** `settings.user` of the account; null when the credential may not read it. */
  userSettings: Readonly<Record<string, Json>> | null
}

/** One column: what it feeds, and what the author should know. */
export interface ColumnFinding {
  column: string
  feeds: string
  isSent: boolean
  /** Sentences. */
  notes: string[]
}

const fieldPrefix = 'user_fields.'

/** What to do about a field that is switched off. */
const activate = 'Activate it in the Admin Center of Zendesk (People > Configuration > User fields)'

/** The key of the switched-off field that a column means, or null. A field that is in use goes before it. */
function inactiveKey(column: string, { fields, inactive }: AccountDefinition): string | null {
  const name = column.trim()
  if (!name.toLowerCase().startsWith(fieldPrefix)) return null
  const key = name.slice(fieldPrefix.length).toLowerCase()
  if (fields.some((field) => field.key.toLowerCase() === key)) return null
  return inactive.find((candidate) => candidate.toLowerCase() === key) ?? null
}

/** Throws `zendesk.unknown_user_field` for columns whose fields are there but switched off, unless unknown ones are ignored. */
export function refuseInactive(
  columns: readonly string[],
  settings: Pick<ZendeskSettings, 'unknown_fields'>,
  account: AccountDefinition,
): void {
  const objection = objectionToInactive(columns, settings, account)
  if (objection !== null) throw objection.problem
}

/** What {@link refuseInactive} throws; null: nothing. */
export function objectionToInactive(
  columns: readonly string[],
  settings: Pick<ZendeskSettings, 'unknown_fields'>,
  account: AccountDefinition,
): Objection | null {
  if (settings.unknown_fields === 'ignore') return null
  const named = columns.filter((column) => inactiveKey(column, account) !== null)
  if (named.length === 0) return null
  const keys = named.map((column) => `\`${inactiveKey(column, account)}\``)
  const [noun, verb] = keys.length === 1 ? ['user field', 'is'] : ['user fields', 'are']
  const problem = new Problem('zendesk.unknown_user_field', {
    message: `The ${noun} ${keys.join(', ')} of the Zendesk account ${verb} switched off, so that values would be lost.`,
    fix: `${activate}, or take the column out of the query, or set \`unknown_fields: ignore\`.`,
    data: { columns: named },
  })
  return { columns: named, why: null, problem }
}

/** Every column of a query in order, with what it feeds. Throws Problem `mapping.*`. */
export function columnFindings(
  columns: readonly string[],
  settings: ZendeskSettings,
  account: AccountDefinition,
): ColumnFinding[] {
  const { columns: uses } = mapColumns(columns, { ...settings, unknown_fields: 'ignore' }, account.fields)
  return columns.map((column) => {
    const own = uses.filter((use) => use.column === column)
    return {
      column,
      feeds: own.map((use) => feeds(use, account)).join('; '),
      isSent: own.some(({ use }) => use === 'identity' || use === 'attribute'),
      notes: own.flatMap((use) => notesOf(use, settings, account)),
    }
  })
}

/** What the author of a query should know of its columns before anything is sent; a sentence each. Throws Problem `mapping.*`. */
export function columnNotes(
  columns: readonly string[],
  settings: ZendeskSettings,
  account: AccountDefinition,
): string[] {
  return columnFindings(columns, settings, account).flatMap(({ notes }) => notes)
}

const builtInTypes: Record<string, string> = {
  name: 'name, text',
  phone: 'phone number, sent as E.164',
  locale: 'locale, a language tag',
  time_zone: 'time zone, an IANA name',
  remote_photo_url: 'address of a picture, which Zendesk fetches later',
  shared_phone_number: 'shared_phone_number, true or false',
  suspended: 'suspended, true or false',
  verified: 'verified, true or false',
  tags: 'tags',
  organization: 'organization, by name',
  organization_id: 'organization, by id',
  organization_external_id: 'organization, by external id',
}

const fieldTypes: Record<string, string> = {
  textarea: 'multi-line text',
  integer: 'whole number',
  decimal: 'number with two decimals',
  date: 'date',
  checkbox: 'checkbox',
  lookup: 'id of a record',
  regexp: 'text that matches a pattern',
  dropdown: 'drop-down',
  tagger: 'drop-down',
  multiselect: 'multi-select',
}

/** Why nothing is sent of a column, as half a sentence. */
export function whyIgnored(use: Extract<ColumnUse, { use: 'ignored' }>, account: AccountDefinition): string {
  if (inactiveKey(use.column, account) !== null) return 'the user field is switched off'
  return use.unknownField ? 'the account has no such user field' : 'it is no attribute of Zendesk'
}

/** What a column feeds, in words. */
export function feeds(use: ColumnUse, account: AccountDefinition): string {
  if (use.use === 'identity')
    return use.key === 'email' ? 'e-mail address, identifies the person' : 'external_id, identifies the person'
  if (use.use === 'country') return 'country by which a national phone number of the row is read'
  if (use.use === 'ignored') {
    const meant = inactiveKey(use.column, account) === null ? use.didYouMean : null
    return `not sent: ${whyIgnored(use, account)}${meant === null ? '' : `; did you mean ${meant}?`}`
  }
  const { name } = use.attribute
  const field = fieldOf(name, account)
  if (field === undefined) return builtInTypes[name] ?? `${name}, text`
  return `user field ${field.key}, ${fieldTypes[field.type] ?? 'text'}${hasOptions(field) ? options(field) : ''}`
}

/** The user field of an attribute of that name. */
export function fieldOf(name: string, { fields }: AccountDefinition): UserField | undefined {
  return name.startsWith(fieldPrefix) ? fields.find((field) => field.key === name.slice(fieldPrefix.length)) : undefined
}

function hasOptions(field: UserField): boolean {
  return ['dropdown', 'tagger', 'multiselect'].includes(field.type)
}

const shownOptions = 5

function options({ options: all }: UserField): string {
  if (all.length === 0) return ''
  const shown = all.slice(0, shownOptions).map((option) => option.value)
  const more = all.length - shown.length
  return `: ${shown.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}

/** What the author should know of a use, a sentence each. */
export function notesOf(use: ColumnUse, settings: ZendeskSettings, account: AccountDefinition): string[] {
  if (use.use === 'ignored') {
    const key = inactiveKey(use.column, account)
    return key === null
      ? []
      : [`The user field ${key} is switched off in Zendesk, so ${use.column} is not sent. ${activate}.`]
  }
  if (use.use !== 'attribute') return []
  const { name, apart } = use.attribute
  const field = fieldOf(name, account)
  if (field !== undefined) return fieldNotes(field)
  if (name === 'signature')
    return ['Zendesk keeps the signatures of agents and admins only, so the column signature changes nobody else.']
  const { userSettings } = account
  if ((name === 'tags' || apart === 'membership') && userSettings === null) {
    return [
      `The credential may not read the settings of the Zendesk account, so nobody knows whether it takes what ${use.column} says.`,
    ]
  }
  if (name === 'tags' && userSettings?.tagging === false) {
    return ['Tags of users are switched off in the settings of the Zendesk account, so the column tags has no effect.']
  }
  if (apart === 'membership' && userSettings?.multiple_organizations === false) {
    return [
      'The Zendesk account allows one organization for each person, so people who are in one already cannot be added to another.',
    ]
  }
  const isWithoutCountry = settings.default_country === null && settings.country_column === null
  if (name === 'phone' && isWithoutCountry && userSettings?.end_user_phone_number_validation === true) {
    return [
      'The Zendesk account checks phone numbers, and neither default_country nor country_column says whose national numbers are: they are left out.',
    ]
  }
  return []
}

function fieldNotes(field: UserField): string[] {
  if (isUnchecked(field)) {
    return [
      `Values of ${fieldPrefix}${field.key} go to Zendesk unchecked, because the pattern of the field is Ruby's alone.`,
    ]
  }
  if (hasOptions(field) && field.options.length === 0) {
    return [`The user field ${field.key} has no options in Zendesk, so every value of it is left out.`]
  }
  return []
}
