import { z } from 'zod'
import { Problem } from '../problem.ts'
import { assertNoMistakes, type RuleMistake } from './condition.ts'
import { ruleGroup } from './rules.ts'
import type { Segment } from './segment.ts'
import type { VisualQuery } from './visual-query.ts'

const folder = z
  .string()
  .refine((path) => isFolder(path), 'must be one to three names of at most 60 characters, with / between them')
  .describe('Where people find it: up to three names, `Marketing/Newsletter`.')

const label = z.string().regex(/^[A-Za-z0-9_-]{1,35}$/, 'must be letters, digits, _ or -, at most 35')

const labels = {
  name: z.string().min(1).optional().describe('What people read; the key is used where there is none.'),
  description: z.string().optional().describe('For people.'),
}

/** How people find one of many. */
export const filing = {
  folder: folder.optional(),
  labels: z.array(label).max(10).optional().describe('Words to search by.'),
}

function isFolder(path: string): boolean {
  const names = path.split('/')
  return names.length <= 3 && names.every((name) => name.trim() === name && name !== '' && name.length <= 60)
}

export const database = z
  .string()
  .optional()
  .describe('Key of the database whose tables it reads; needed where the project has several.')

const sqlFile = z
  .string()
  .min(1)
  .refine((path) => path === '' || path.toLowerCase().endsWith('.sql'), 'must be the path of a .sql file')

const column = z.string().min(1)

const mapping = z
  .record(column, z.string().min(1))
  .describe('Column -> attribute of the destination, such as `user_fields.city`; the others keep their names.')

/** An attributes table as deskside.yml has it. */
export const attributesTableBody = z.strictObject({
  sql: sqlFile.describe('A .sql file with one SELECT whose first column is the customer id, relative to deskside.yml.'),
  id: column.default('amperity_id').describe('Name of the first column: the customer id.'),
  database,
  segments: z.boolean().default(false).describe('true: the visual segment editor offers it.'),
  mapping: mapping.optional(),
  ...labels,
  ...filing,
})

const sent = {
  attributes: z.string().min(1).describe('Key of an attributes table.'),
  fields: z
    .array(column)
    .min(1)
    .optional()
    .describe('Columns of the attributes table that are delivered; all of them where it is not given.'),
}

const ruleSegment = z.strictObject({
  attributes: sent.attributes,
  include: ruleGroup.describe('Who belongs to it; a group without rules: everybody.'),
  exclude: ruleGroup.optional().describe('Who of those does not; a group without rules: nobody.'),
  fields: sent.fields,
  ...labels,
  ...filing,
})

const sqlSegment = z.strictObject({
  attributes: sent.attributes,
  sql: sqlFile.describe('A .sql file with one SELECT that gives the customer id and nothing else.'),
  fields: sent.fields,
  ...labels,
  ...filing,
})

/** A segment as deskside.yml has it: by rules, or by a SELECT that gives customer ids. */
export const segmentBody = z.union([ruleSegment, sqlSegment])

/** The text of SQL, which stands beside the name of its file where it is stored, and in the API. */
const sqlText = z.string().min(1).max(1_000_000).describe('The SELECT itself.')

/** A segment as it is stored and as the API has it. */
export const storedSegmentBody = shallow(z.union([ruleSegment, sqlSegment.extend({ text: sqlText })]))

/** More levels than any honest segment has; without an end, checking would run out of stack. */
const maxDepth = 60

function shallow<S extends z.ZodType>(schema: S) {
  return z
    .unknown()
    .refine((body) => !isDeeper(body, maxDepth), { error: 'is nested too deeply', abort: true })
    .pipe(schema)
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1))
}

/** A segment of a checked body; `sql` is the SELECT that the body names, if it does. */
export function segmentFrom(
  key: string,
  body: z.output<typeof segmentBody>,
  sql: { sql: string; file: string } | null,
): Segment {
  const { name, description, attributes, fields } = body
  const labels = { name: name ?? key, description: description ?? null }
  const who = 'include' in body ? { include: body.include, exclude: body.exclude ?? null } : sql!
  return { key, ...labels, attributes, fields: fields ?? null, who }
}

/** Key of a segment that is not saved: no other segment can have it. */
const unsaved = '(not saved)'

/** A segment that is being edited, as it would be stored. Throws `segment.invalid` with every mistake and its place. */
export function unsavedSegment(body: unknown, key: string = unsaved): Segment {
  const data = parsedOrMistakes(storedSegmentBody, 'The segment', body)
  return segmentFrom(key, data, 'sql' in data ? { sql: data.text, file: data.sql } : null)
}

function parsedOrMistakes<S extends z.ZodType>(schema: S, subject: string, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  assertNoMistakes(subject, mistakesOf(parsed.error.issues))
  throw new Problem('internal.bug', { message: `${subject} was refused without a reason.` })
}

/** Each mistake at its place: of a union, those of the alternative that was most likely meant. */
export function mistakesOf(issues: readonly z.core.$ZodIssue[], base = ''): RuleMistake[] {
  return issues.flatMap((issue) => {
    const path = [base, ...issue.path.map(String)].filter((part) => part !== '').join('.')
    if (issue.code === 'invalid_key')
      return [{ path, message: `is not a legal name: it ${issue.issues[0]?.message ?? 'is not valid'}` }]
    if (issue.code !== 'invalid_union' || issue.errors.length === 0)
      return [{ path, message: issue.message.replace(/^Invalid (?:input|option): /, '').replace(/\.$/, '') }]
    const ofKind = issue.errors.filter((branch) => !branch.some(isOtherKind))
    const branches = (ofKind.length > 0 ? ofKind : issue.errors).map((branch) => mistakesOf(branch, path))
    return branches.sort((a, b) => a.length - b.length)[0] ?? []
  })
}

/** Whether a value is of another kind than was wanted, such as text for a map. */
const isOtherKind = ({ code, path }: z.core.$ZodIssue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')

/** A query that is made of rules over one table. */
export const visualQueryBody = z.strictObject({
  from: z.string().min(1).describe('A table of the database, or an attributes table.'),
  database,
  where: ruleGroup.optional().describe('Which of its rows; all of them where it is not given.'),
  columns: z
    .array(column)
    .min(1, 'must name one column at least')
    .optional()
    .describe('Which of its columns, in this order; all where it is not given.'),
  mapping: mapping.optional(),
  ...labels,
  ...filing,
})

/** A visual query of a checked body. */
export function visualQueryFrom({ from, where, columns, mapping }: z.output<typeof visualQueryBody>): VisualQuery {
  return { from, where: where ?? null, columns: columns ?? null, mapping: mapping ?? {} }
}

/**
 * A visual query that is being edited, as it would be stored, and the database that it names. Throws `segment.invalid` with every mistake and its
 * place.
 */
export function unsavedVisualQuery(body: unknown): { query: VisualQuery; database: string | null } {
  const data = parsedOrMistakes(shallow(visualQueryBody), 'The query', body)
  return { query: visualQueryFrom(data), database: data.database ?? null }
}

const sqlQuery = z.strictObject({
  sql: sqlFile.describe('Name of a .sql file.'),
  text: sqlText,
  database,
  ...labels,
  ...filing,
})

/** A query as it is stored and as the API has it: a SELECT, or rules over one table. */
export const storedQueryBody = shallow(z.union([sqlQuery, visualQueryBody]))

const basedOn = z
  .int()
  .min(1)
  .nullable()
  .default(null)
  .describe('Version of the query that it was begun from; null: a new query.')

/** A query that somebody works on; nothing is sent by it. Its SQL, or the columns it gives, need not be right, or be there at all. */
export const queryDraftBody = shallow(
  z.union([
    sqlQuery.extend({ text: z.string().max(1_000_000), based_on: basedOn }),
    visualQueryBody.extend({ columns: z.array(column).optional(), based_on: basedOn }),
  ]),
)

/** An attributes table as it is stored and as the API has it. */
export const storedAttributesTableBody = shallow(attributesTableBody.extend({ text: sqlText }))
