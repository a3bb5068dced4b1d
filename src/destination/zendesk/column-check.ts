import type { Attribute, CheckedColumn, CheckedColumns, ColumnUse } from '../destination.ts'
import { type AccountDefinition, feeds, fieldOf, notesOf, objectionToInactive, whyIgnored } from './column-findings.ts'
import { judgeColumns, type Objection } from './columns.ts'
import type { ZendeskSettings } from './settings.ts'

/** Of an account that was not read, which is said where it matters: it complains of nothing. */
const unread: AccountDefinition = { fields: [], inactive: [], userSettings: {} }

const fieldPrefix = 'user_fields.'

/**
 * What becomes of each column, as `mapColumns` and with it every plan decides it, told without stopping at the first problem. `account` null: it is
 * not asked, and user fields are taken as they are named.
 */
export function checkColumns(
  columns: readonly { name: string; type: string }[],
  settings: ZendeskSettings,
  account: AccountDefinition | null,
): CheckedColumns {
  const names = columns.map(({ name }) => name)
  const inactive = account === null ? null : objectionToInactive(names, settings, account)
  const judged = judgeColumns(names, settings, account?.fields ?? null)
  const objections = saidOnce([...(inactive === null ? [] : [inactive]), ...judged.objections])
  return {
    columns: columns.map(({ name, type }) => {
      const uses = judged.columns.filter((use) => use.column === name)
      const objection = objections.find((one) => one.columns.includes(name))
      const judge = { uses, settings, account }
      return { column: name, type, ...(objection === undefined ? accepted(judge, type) : refused(judge, objection)) }
    }),
    problems: objections.map(({ columns: named, problem }) => ({ columns: named, problem })),
  }
}

/** A field that is switched off is not missing, too. */
function saidOnce(objections: readonly Objection[]): Objection[] {
  const named = new Set<string>()
  return objections.filter(({ columns }) => {
    const isNew = columns.length === 0 || columns.some((column) => !named.has(column))
    for (const column of columns) named.add(column)
    return isNew
  })
}

interface Judge {
  /** Those of one column. */
  uses: readonly ColumnUse[]
  settings: ZendeskSettings
  account: AccountDefinition | null
}

type Verdict = Omit<CheckedColumn, 'column' | 'type'>

function refused({ uses, account }: Judge, { why, problem }: Objection): Verdict {
  const ignored = uses.find((use) => use.use === 'ignored')
  return {
    ...{ use: 'refused', becomes: null, field_type: null, meaning: '', notes: [] },
    why: why ?? (ignored === undefined ? problem.message : whyIgnored(ignored, account ?? unread)),
    did_you_mean: ignored?.didYouMean ?? null,
  }
}

function accepted({ uses, settings, account }: Judge, type: string): Verdict {
  const known = account ?? unread
  const notes = uses.flatMap((use) => notesOf(use, settings, known))
  const ignored = uses.find((use) => use.use === 'ignored')
  if (ignored !== undefined) {
    const why = whyIgnored(ignored, known)
    return {
      ...{ use: 'ignored', becomes: null, field_type: null, meaning: '', why, notes },
      did_you_mean: ignored.didYouMean,
    }
  }
  const attribute = uses.find((use) => use.use === 'attribute')?.attribute
  const becomes = attribute?.name ?? uses.find((use) => use.use === 'identity')?.key ?? null
  const fieldType = attribute === undefined ? null : (fieldOf(attribute.name, known)?.type ?? null)
  return {
    use: becomes === null ? 'read' : 'sent',
    becomes,
    field_type: fieldType,
    meaning: uses.map((use) => meaningOf(use, account)).join('; '),
    ...{ why: null, did_you_mean: null },
    notes: attribute === undefined ? notes : [...notes, ...typeNotes(attribute, { type, fieldType, settings })],
  }
}

function meaningOf(use: ColumnUse, account: AccountDefinition | null): string {
  const isField = use.use === 'attribute' && use.attribute.name.startsWith(fieldPrefix)
  if (account !== null || !isField) return feeds(use, account ?? unread)
  return `user field ${use.attribute.name.slice(fieldPrefix.length)}, as far as the account has it`
}

/** How values of a type are written. Those of BOOLEAN are all that there are. */
const written: readonly (readonly [type: RegExp, texts: readonly string[]])[] = [
  [/^BOOLEAN$/, ['true', 'false']],
  [/^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/, ['1', '0', '-7', '20241']],
  [/^(FLOAT|DOUBLE|DECIMAL\(.*\))$/, ['1', '0', '-7', '1.5', '20241']],
  [/^DATE$/, ['2024-02-29']],
  [/^TIMESTAMP(_S|_MS|_NS)?$/, ['2024-02-29 12:30:00']],
  [/^TIMESTAMP WITH TIME ZONE$/, ['2024-02-29 12:30:00+00']],
  [/^TIME$/, ['12:30:00']],
  [/^UUID$/, ['4ac7a9e9-607c-4c8a-84f3-843f0191e3fd']],
]

/** These attributes, and fields of these types, judge the form of a value alone: a few texts of a type stand for all of them. */
const judgesForm = /^(locale|remote_photo_url|shared_phone_number|suspended|verified)$/
const formTypes = new Set(['integer', 'decimal', 'date', 'checkbox', 'lookup'])

/** Told where no value of the type can become one of the attribute, which a plan says of each row. */
function typeNotes(
  attribute: Attribute,
  { type, fieldType, settings }: { type: string; fieldType: string | null; settings: ZendeskSettings },
): string[] {
  const texts = written.find(([pattern]) => pattern.test(type))?.[1]
  const isTold =
    type === 'BOOLEAN' || judgesForm.test(attribute.name) || (fieldType !== null && formTypes.has(fieldType))
  if (texts === undefined || !isTold) return []
  if (texts.some((text) => attribute.normalise(text, { country: null }).ok)) return []
  const end = settings.invalid_values === 'omit' ? 'every value is left out' : 'every row with a value is rejected'
  return [`No value of type ${type} fits ${attribute.name}, so that ${end}.`]
}
