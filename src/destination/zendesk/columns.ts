import { createHash } from 'node:crypto'
import { distance } from 'fastest-levenshtein'
import type { ProblemCode } from '../../problem.ts'
import { Problem } from '../../problem.ts'
import type { Attribute, ColumnMapping, ColumnUse } from '../destination.ts'
import type { UserField } from './fields.ts'
import { builtInAttributes, fieldDigestSource, userFieldAttribute } from './fields.ts'
import { organizationAttributes, organizationColumns } from './organizations.ts'
import type { ZendeskSettings } from './settings.ts'
import { tagsAttribute } from './tags.ts'

/**
 * Which column of a query feeds which attribute of a Zendesk user. Names are matched without case; nothing is dropped in silence:
 * a column that is not sent is listed, refused attributes stop the plan.
 */

/** Raise it when the same text starts to become another canonical value; every row is then mapped again. */
const normaliserVersion = 2

interface Refusal {
  why: string
  /** Where removing the column is not the only way. */
  fix?: string
}

const setting = 'Add that setting to the destination, or remove the column from the query.'

/** Attributes that would take something away from agents or from other tools, unless the destination says how. */
const refusedAttributes: Record<string, Refusal> = {
  role: { why: 'Deskside never changes roles.' },
  custom_role_id: { why: 'Deskside never changes roles.' },
  password: { why: 'Deskside never sets passwords.' },
  tags: {
    why: 'Set `tags: add`, `tags: replace` or `tags: { own: <prefix> }` in the destination to say what becomes of the tags of others.',
    fix: setting,
  },
  ...Object.fromEntries(
    organizationColumns.map((column) => [
      column,
      {
        why: 'Set `organizations: add` (or `create`) in the destination: people then become members, and their other memberships stay.',
        fix: setting,
      },
    ]),
  ),
}

/** Everything that decides what is sent, or how a text becomes a value. The later settings may be missing, which is their default. */
type MappingSettings = Pick<
  ZendeskSettings,
  'default_country' | 'country_column' | 'invalid_values' | 'unknown_fields'
> &
  Partial<Pick<ZendeskSettings, 'email_change' | 'phone_change' | 'tags' | 'organizations' | 'field_ownership'>>

const fieldPrefix = 'user_fields.'

/** What keeps columns from being sent as they are. */
export interface Objection {
  /** Empty: something is missing, which no column is to blame for. */
  columns: readonly string[]
  /** Half a sentence or more about each of these columns; null where that of its use says it. */
  why: string | null
  problem: Problem
}

/** A mapping with everything that keeps it from being used. */
interface JudgedColumns extends ColumnMapping {
  /** The gravest first. */
  objections: Objection[]
}

/**
 * Maps the columns of a result. `fields` are the account's active user fields; null means that they are not known (offline), and
 * every user field is then accepted as text. Throws Problem `mapping.*` or `zendesk.unknown_user_field`.
 */
export function mapColumns(
  columns: readonly string[],
  settings: MappingSettings,
  fields: readonly UserField[] | null,
): ColumnMapping {
  const { objections, ...mapping } = judgeColumns(columns, settings, fields)
  if (objections[0] !== undefined) throw objections[0].problem
  return mapping
}

/** As {@link mapColumns}, and gives what that throws, all of it: columns that are refused have no use. */
export function judgeColumns(
  columns: readonly string[],
  settings: MappingSettings,
  fields: readonly UserField[] | null,
): JudgedColumns {
  const builtIn = knownAttributes(settings)
  const finder = fieldFinder(fields)
  const country = settings.country_column?.trim().toLowerCase() ?? null
  const uses: ColumnUse[] = []
  const extra: ColumnUse[] = []
  const unknown: string[] = []
  const digest: unknown[] = []
  const objections: Objection[] = []
  for (const column of columns) {
    const name = column.trim()
    const lower = name.toLowerCase()
    if (Object.hasOwn(refusedAttributes, lower) && !builtIn.has(lower)) {
      objections.push(refusedAttribute(column, refusedAttributes[lower]!))
      continue
    }
    const isCountry = lower === country
    if (lower === 'external_id' || lower === 'email') uses.push({ use: 'identity', column, key: lower })
    else if (builtIn.has(lower)) uses.push({ use: 'attribute', column, attribute: builtIn.get(lower)! })
    else if (lower.startsWith(fieldPrefix)) {
      const found = finder.find(name.slice(fieldPrefix.length))
      if (found !== null) {
        uses.push({ use: 'attribute', column, attribute: found.attribute })
        digest.push(found.digest)
      } else {
        unknown.push(column)
        uses.push({
          use: 'ignored',
          column,
          didYouMean: finder.nearest(name.slice(fieldPrefix.length)),
          unknownField: true,
        })
      }
    } else if (isCountry) {
      uses.push({ use: 'country', column })
      continue
    } else {
      uses.push({ use: 'ignored', column, didYouMean: didYouMean(name, builtIn, finder), unknownField: false })
    }
    // A column may both be sent and say in which country the row's phone number is.
    if (isCountry) extra.push({ use: 'country', column })
  }
  if (unknown.length > 0 && settings.unknown_fields === 'error') objections.push(unknownFields(unknown, finder))
  const all = [...uses, ...extra]
  objections.push(...objectionsTo(all, country))
  return { columns: all, fingerprint: fingerprint(all, settings, digest), objections }
}

/** By name: what every account has, and what the destination allows. */
function knownAttributes(settings: MappingSettings): Map<string, Attribute> {
  const known = builtInAttributes(settings.default_country)
  const phone = known.get('phone')
  if (phone !== undefined && settings.phone_change === 'replace_primary') {
    known.set('phone', { ...phone, apart: 'primary_phone' })
  }
  const tags = tagsAttribute(settings.tags ?? null)
  for (const attribute of [
    ...(tags === null ? [] : [tags]),
    ...organizationAttributes(settings.organizations ?? null),
  ]) {
    known.set(attribute.name, attribute)
  }
  return known
}

/** What a column stands for; two columns may not stand for the same. */
function targetOf(use: Exclude<ColumnUse, { use: 'ignored' }>): string {
  if (use.use === 'identity') return use.key
  if (use.use === 'country') return 'country_column'
  return use.attribute.apart === 'membership' ? 'the organization' : use.attribute.name
}

function objectionsTo(uses: readonly ColumnUse[], country: string | null): Objection[] {
  const found: Objection[] = []
  const object = (code: ProblemCode, message: string, columns: readonly string[] = [], why: string | null = null) =>
    found.push({ columns, why, problem: new Problem(code, { message }) })
  const seen = new Map<string, string>()
  for (const use of uses) {
    if (use.use === 'ignored') continue
    const target = targetOf(use)
    const earlier = seen.get(target)
    if (earlier === undefined) seen.set(target, use.column)
    else {
      const message = `The columns \`${earlier}\` and \`${use.column}\` both stand for ${target}.`
      object('mapping.duplicate_attribute', message, [use.column], `the column ${earlier} stands for ${target} already`)
    }
  }
  if (!seen.has('external_id') && !seen.has('email')) {
    object('mapping.no_identity', 'The query has neither a column `external_id` nor a column `email`.')
  }
  if (!seen.has('name')) object('mapping.no_name', 'The query has no column `name`.')
  if (country !== null && seen.has('phone') && !seen.has('country_column')) {
    object('mapping.no_country_column', `The query has no column \`${country}\`, which \`country_column\` names.`)
  }
  return found
}

function refusedAttribute(column: string, { why, fix }: Refusal): Objection {
  const problem = new Problem('mapping.refused_attribute', {
    message: `The column \`${column}\` cannot be sent. ${why}`,
    ...(fix === undefined ? {} : { fix }),
    data: { column },
  })
  return { columns: [column], why, problem }
}

function unknownFields(columns: readonly string[], finder: FieldFinder): Objection {
  const parts = columns.map((column) => {
    const near = finder.near(column.trim().slice(fieldPrefix.length))
    const hint =
      near.length === 0 ? 'it has no similar one' : `the nearest are ${near.map((key) => `\`${key}\``).join(', ')}`
    return `\`${column.trim().slice(fieldPrefix.length)}\` (${hint})`
  })
  const problem = new Problem('zendesk.unknown_user_field', {
    message: `The Zendesk account has no active user field with the key ${parts.join('; ')}.`,
    data: { columns: [...columns] },
  })
  return { columns, why: null, problem }
}

interface FoundField {
  attribute: Attribute
  digest: unknown
}

interface FieldFinder {
  /** By exact key, else without case when only one field fits. */
  find(key: string): FoundField | null
  /** The nearest attribute name within a sensible distance. */
  nearest(key: string): string | null
  /** Up to three nearest keys, whatever the distance is short of absurd. */
  near(key: string): string[]
}

function fieldFinder(fields: readonly UserField[] | null): FieldFinder {
  if (fields === null) {
    return {
      find: (key) => (key === '' ? null : { attribute: userFieldAttribute(untyped(key)), digest: key }),
      nearest: () => null,
      near: () => [],
    }
  }
  const exact = new Map(fields.map((field) => [field.key, field]))
  const keys = [...exact.keys()]
  const find = (key: string) => {
    const alike = keys.filter((candidate) => candidate.toLowerCase() === key.toLowerCase())
    const field = exact.get(key) ?? (alike.length === 1 ? exact.get(alike[0]!) : undefined)
    return field === undefined ? null : { attribute: userFieldAttribute(field), digest: fieldDigestSource(field) }
  }
  return {
    find,
    nearest(key) {
      const near = nearestOf(key, keys)
      return near === null ? null : `${fieldPrefix}${near}`
    },
    near: (key) =>
      keys
        .map((candidate) => ({ candidate, far: distance(plain(candidate), plain(key)) }))
        .filter(({ candidate, far }) => far < Math.max(plain(candidate).length, plain(key).length))
        .sort((a, b) => a.far - b.far || (a.candidate < b.candidate ? -1 : 1))
        .slice(0, 3)
        .map(({ candidate }) => candidate),
  }
}

function untyped(key: string): UserField {
  return { key, type: 'text', pattern: null, options: [] }
}

/** What people write when they mean an attribute whose name is not similar. */
const synonyms: Record<string, string> = {
  fullname: 'name',
  displayname: 'name',
  customername: 'name',
  username: 'name',
  mail: 'email',
  emailaddress: 'email',
  customeremail: 'email',
  phonenumber: 'phone',
  telephone: 'phone',
  mobile: 'phone',
  mobilephone: 'phone',
  language: 'locale',
  photourl: 'remote_photo_url',
  avatarurl: 'remote_photo_url',
  timezone: 'time_zone',
}

/** Set by Zendesk; no misspelling of anything. */
const readOnly = new Set(
  (
    'id url created_at updated_at active chat_only iana_time_zone last_login_at locale_id photo report_csv restricted_agent role_type ' +
    'separation shared shared_agent suspension_details two_factor_auth_enabled ticket_restriction moderator only_private_comments ' +
    'default_group_id'
  ).split(' '),
)

const almostField = /^(?:custom|user)[_\-. ]?fields?[_\-.: ]+(.+)$/i

/** The attribute that a column was probably meant for, or null. */
function didYouMean(column: string, builtIn: ReadonlyMap<string, Attribute>, finder: FieldFinder): string | null {
  const lower = column.toLowerCase()
  if (readOnly.has(lower)) return null
  const key = almostField.exec(column)?.[1]
  if (key !== undefined) return finder.find(key)?.attribute.name ?? finder.nearest(key)
  const synonym = synonyms[plain(lower)]
  if (synonym !== undefined) return synonym
  return bareField(column, finder) ?? nearestOf(column, ['external_id', 'email', ...builtIn.keys()])
}

/** `city` for `user_fields.city`; only with the account's own list, because offline every name would fit. */
function bareField(column: string, finder: FieldFinder): string | null {
  return finder.near(column).length === 0 ? null : (finder.find(column)?.attribute.name ?? null)
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[_\-. ]/g, '')
}

/** The nearest candidate: same letters in another order, or one slip in four characters, at most three. */
function nearestOf(name: string, candidates: readonly string[]): string | null {
  const wanted = plain(name)
  let best: string | null = null
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const other = plain(candidate)
    const far = distance(wanted, other)
    const swapped = far === 2 && [...wanted].sort().join('') === [...other].sort().join('')
    const allowed = Math.min(3, Math.floor(Math.max(wanted.length, other.length) / 4))
    if ((far <= allowed || swapped) && far < bestDistance) {
      best = candidate
      bestDistance = far
    }
  }
  return best
}

function fingerprint(uses: readonly ColumnUse[], settings: MappingSettings, fields: readonly unknown[]): string {
  const columns = uses.map((use) => [use.use, use.column, use.use === 'attribute' ? use.attribute.name : ''])
  const { default_country, country_column, invalid_values } = settings
  const { email_change, phone_change, tags, organizations, field_ownership } = settings
  const changes = { email_change, phone_change, tags, organizations, field_ownership }
  const source = [normaliserVersion, columns, default_country, country_column, invalid_values, fields, changes]
  return createHash('sha256').update(JSON.stringify(source)).digest('hex').slice(0, 32)
}
