import { Problem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import { type AttributesTable, mapped, selected } from './attributes-table.ts'
import type { Column } from './columns.ts'
import { assertNoMistakes, type Condition, type RuleMistake, readRules } from './condition.ts'
import { holds, type MatchContext, type TextRow } from './condition-match.ts'
import { type ConditionSql, conditionSql, literals, parameterWriter, type ValueWriter } from './condition-sql.ts'
import { type RuleGroup, segmentsIn } from './rules.ts'

/** Some of the people of an attributes table: whom rules describe, or whom a SELECT of ids names. */
export interface Segment {
  key: string
  name: string
  description: string | null
  /** Key of an attributes table. */
  attributes: string
  /** Columns that are delivered; null: all. */
  fields: readonly string[] | null
  who: { include: RuleGroup; exclude: RuleGroup | null } | { sql: string; file: string }
}

/** An attributes table with its columns, the first of them the customer id. */
export interface BoundTable {
  table: AttributesTable
  columns: readonly Column[]
}

/** What the segments of a project are made of. */
export interface SegmentGround {
  segments: ReadonlyMap<string, Segment>
  /** Attributes tables by their keys: those that the segment and the segments in it use. */
  tables: ReadonlyMap<string, BoundTable>
  /** Names of tables that can be lists. */
  lists: readonly string[]
  /** The day that is today, such as 2026-02-28; null: the day in UTC on which the SQL runs. */
  today: string | null
}

export interface SegmentSql {
  text: string
  parameters: (string | boolean)[]
}

/** A segment's rules, checked; null for those that say nothing. */
interface Checked {
  bound: BoundTable
  include: Condition | null
  exclude: Condition | null
}

/** Segments that a segment names in its rules, as often as it does. */
function segmentsOf({ who }: Segment): string[] {
  return 'sql' in who ? [] : [...segmentsIn(who.include), ...segmentsIn(who.exclude ?? undefined)]
}

/** Each mention of a segment stands in the SQL as a whole, so that thirty segments which name each the one before twice would fill the memory. */
const maxMentions = 500

/**
 * The segment and all that it is made of, each after those it names. Throws `segment.invalid` where they name each other in a circle, or so often
 * that the SQL would have no end; names that no segment has are left to {@link segmentSql}.
 */
export function withItsSegments(segment: Segment, segments: ReadonlyMap<string, Segment>): Segment[] {
  const done = new Map<string, Segment>()
  const mentions = new Map<string, number>()
  const visit = (one: Segment, path: readonly string[]) => {
    if (path.includes(one.key)) {
      const circle = [...path.slice(path.indexOf(one.key)), one.key].join(' -> ')
      throw new Problem('segment.invalid', { message: `The segments are made of each other in a circle: ${circle}.` })
    }
    if (done.has(one.key)) return
    for (const key of segmentsOf(one)) {
      const named = key === segment.key ? segment : segments.get(key)
      if (named !== undefined) visit(named, [...path, one.key])
    }
    const all = segmentsOf(one).reduce((sum, key) => sum + (mentions.get(key) ?? 0), 1)
    if (all > maxMentions) {
      const message = `The segment ${one.key} is made of more than ${maxMentions} others, each counted as often as it is named.`
      throw new Problem('segment.invalid', { message })
    }
    mentions.set(one.key, all)
    done.set(one.key, one)
  }
  visit(segment, [])
  return [...done.values()]
}

/** Checks rules against the columns that they are about. Throws `segment.invalid` with every mistake and its place. */
function checked(segment: Segment, ground: SegmentGround): Checked {
  const bound = ground.tables.get(segment.attributes)
  if (bound === undefined) {
    throw new Problem('segment.invalid', {
      message: `The segment ${segment.key} is of the attributes table ${segment.attributes}, which is not there.`,
    })
  }
  if ('sql' in segment.who) return { bound, include: null, exclude: null }
  const { table, columns } = bound
  const rules = {
    of: `the attributes table ${table.key}`,
    columns,
    id: columns[0]!.name,
    segments: [...ground.segments.keys()],
    lists: ground.lists,
  }
  const mistakes: RuleMistake[] = []
  const include = readRules(segment.who.include, rules, 'include', mistakes)
  const exclude = segment.who.exclude === null ? null : readRules(segment.who.exclude, rules, 'exclude', mistakes)
  assertNoMistakes(`The segment ${segment.key}`, mistakes)
  return { bound, include, exclude }
}

/**
 * What a segment delivers, as one SELECT with its values in it: the rows of its members, one for each id, in the order of the ids, the fields
 * under the names of the attributes that they are mapped to. Throws `segment.invalid`.
 */
export function segmentSql(segment: Segment, ground: SegmentGround): string {
  return delivering(segment, ground, literals)
}

/** {@link segmentSql} with `$1`, `$2`, ... in the place of the values that rules compare with. */
export function segmentSqlWithParameters(segment: Segment, ground: SegmentGround): SegmentSql {
  const parameters: SegmentSql['parameters'] = []
  return { text: delivering(segment, ground, parameterWriter(parameters)), parameters }
}

/** A SELECT of how many members a segment has; `isUnique`: no two rows of its attributes table have one id. Throws `segment.invalid`. */
export function segmentCountSql(segment: Segment, ground: SegmentGround, isUnique: boolean): string {
  withItsSegments(segment, ground.segments)
  const { bound } = checked(segment, ground)
  const id = identifier(bound.columns[0]!.name)
  const where = membership(segment, ground, literals)
  const count = isUnique ? 'count(*)' : `count(DISTINCT ${id})`
  return `SELECT ${count} AS "count"\nFROM ${identifier(bound.table.key)}\nWHERE ${where}\n`
}

/** A SELECT of the ids of a segment's members, such as a segment by SQL is made of. Throws `segment.invalid`. */
export function segmentIdsSql(segment: Segment, ground: SegmentGround): string {
  withItsSegments(segment, ground.segments)
  const { bound } = checked(segment, ground)
  const id = identifier(bound.columns[0]!.name)
  return `SELECT DISTINCT ${id}\nFROM ${identifier(bound.table.key)}\nWHERE ${membership(segment, ground, literals)}\n`
}

/**
 * Whether a row of the attributes table belongs to a segment that is made of rules: what its SQL says, in plain JavaScript. Rows without an id
 * belong to none.
 */
export function matches(segment: Segment, ground: SegmentGround, row: TextRow, context: MatchContext): boolean {
  const { bound, include, exclude } = checked(segment, ground)
  if ('sql' in segment.who) {
    throw new Problem('internal.bug', { message: `The segment ${segment.key} is SQL, which an engine must judge.` })
  }
  if ((row[bound.columns[0]!.name] ?? null) === null) return false
  if (include !== null && !holds(include, row, context)) return false
  return exclude === null || !holds(exclude, row, context)
}

function delivering(segment: Segment, ground: SegmentGround, write: ValueWriter): string {
  withItsSegments(segment, ground.segments)
  const { table, columns } = checked(segment, ground).bound
  const [id, ...others] = columns.map(({ name }) => `${identifier(table.key)}.${identifier(name)}`)
  const fields = mapped(
    { of: `the attributes table ${table.key}`, path: `segments.${segment.key}`, list: 'fields' },
    columns,
    mappingOf(table, segment),
    segment.fields,
  )
  // Of two rows with one id, which nobody wants, always the same one is taken.
  const order = others.length === 0 ? '' : ` ORDER BY ${others.join(', ')}`
  return [
    `SELECT ${selected(fields)}`,
    `FROM ${identifier(table.key)}`,
    `WHERE ${membership(segment, ground, write)}`,
    `QUALIFY row_number() OVER (PARTITION BY ${id}${order}) = 1`,
    `ORDER BY ${id}`,
    '',
  ].join('\n')
}

/** A column that is mapped and not delivered is no mistake. */
function mappingOf({ mapping }: AttributesTable, { fields }: Segment): Record<string, string> {
  if (fields === null) return { ...mapping }
  const lower = new Set(fields.map((field) => field.toLowerCase()))
  return Object.fromEntries(Object.entries(mapping).filter(([column]) => lower.has(column.toLowerCase())))
}

/** The condition of a WHERE over the attributes table. */
function membership(segment: Segment, ground: SegmentGround, write: ValueWriter): string {
  const { bound, include, exclude } = checked(segment, ground)
  const id = identifier(bound.columns[0]!.name)
  if ('sql' in segment.who) {
    const ids = `SELECT CAST(members.id AS VARCHAR) FROM (\n${withoutSemicolon(segment.who.sql)}\n) AS members(id)`
    return `CAST(${id} AS VARCHAR) IN (${ids})`
  }
  const context: ConditionSql = {
    write,
    today: ground.today,
    membersOf: (key) => membersSql(ground.segments.get(key)!, ground, write),
  }
  const parts = [`${id} IS NOT NULL`]
  for (const condition of [include, exclude === null ? null : { all: [exclude], negated: true }]) {
    if (condition === null) continue
    const sql = conditionSql(condition, context, '  ')
    parts.push('any' in condition && !condition.negated && condition.any.length > 1 ? `(${sql})` : sql)
  }
  return parts.join('\n  AND ')
}

/** A SELECT of the ids of a segment's members, as text. */
function membersSql(segment: Segment, ground: SegmentGround, write: ValueWriter): string {
  const { bound } = checked(segment, ground)
  const id = `CAST(${identifier(bound.columns[0]!.name)} AS VARCHAR)`
  return `SELECT ${id} FROM ${identifier(bound.table.key)} WHERE ${membership(segment, ground, write)}`
}

/** A SELECT as it stands between parentheses: without the semicolon at its end. Comments may follow it. */
export function withoutSemicolon(sql: string): string {
  const part = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]*)\$[\s\S]*?\$\1\$|;|[^\s]/g
  let end: number | null = null
  for (const found of sql.matchAll(part)) {
    if (found[0] === ';') end ??= found.index
    // More text after a semicolon: another statement, which the engine refuses in its own words.
    else if (!found[0].startsWith('--') && !found[0].startsWith('/*')) end = null
  }
  return end === null ? sql : `${sql.slice(0, end)} ${sql.slice(end + 1)}`
}
