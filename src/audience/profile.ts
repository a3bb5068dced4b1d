import type { Dialect, Engine, Limits, Table } from '../engine/engine.ts'
import { identifier } from '../sql-text.ts'

/** What is counted of the values of a column, in a sample of its table. No value is part of it. */
export interface ColumnProfile {
  /** Rows of the sample. */
  rows: number
  /** How many of them have a value: neither NULL nor empty. */
  values: number
  nulls: number
  /** Different values, about. */
  distinct: number
  /** How many values look like something personal. */
  looks: Record<Look, number>
}

const lookNames = ['email', 'phone', 'barePhone', 'network', 'iban', 'card', 'cardShaped', 'ssn'] as const
type Look = (typeof lookNames)[number]

/** Enough to see a share of a few percent, few enough to be looked at in a second. */
export const sampleRows = 10_000

/** A cell beyond this is looked at in part. */
const maxChars = 500

const octet = '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])'

/** SQL over the text `v` of a value. */
const looks: Record<Look, string> = {
  email: "regexp_matches(v, '[A-Za-z0-9._%+''-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,}')",
  // With a plus, with separators that no date, decimal or postal code has, or with the zero of a trunk.
  phone:
    "(regexp_full_match(v, '(\\+|00)[1-9][0-9 ()./-]{6,20}') AND length(regexp_replace(v, '[^0-9]', '', 'g')) BETWEEN 8 AND 17) " +
    "OR (regexp_full_match(v, '\\(?0?[0-9]{2,5}\\)?[ ./-]{1,3}[0-9]{2,5}([ ./-]?[0-9]{2,5}){1,3}') " +
    "AND length(regexp_replace(v, '[^0-9]', '', 'g')) BETWEEN 7 AND 13 " +
    "AND NOT regexp_full_match(v, '[0-9]{1,4}([-./])[0-9]{1,2}[-./][0-9]{1,4}([ T].*)?') " +
    "AND NOT regexp_full_match(v, '[0-9 ]+\\.[0-9]+') AND NOT regexp_full_match(v, '([0-9]{1,3}\\.){2,3}[0-9]{1,3}') " +
    "AND NOT regexp_full_match(v, '[0-9]{4}([ -][0-9]{4}){2,}')) " +
    "OR regexp_full_match(v, '0[1-9][0-9]{7,10}')",
  barePhone: "regexp_full_match(v, '1?[2-9][0-9]{2}[2-9][0-9]{6}')",
  network:
    `regexp_full_match(v, '(${octet}\\.){3}${octet}(/[0-9]{1,2})?') ` +
    "OR (regexp_full_match(v, '[0-9A-Fa-f:.]{3,45}(/[0-9]{1,3})?') AND (contains(v, '::') OR length(v) - length(replace(v, ':', '')) = 7)) " +
    "OR regexp_full_match(v, '([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}')",
  // The letters become numbers, the first four characters go to the end, and the rest by 97 is 1 (ISO 13616).
  iban:
    "CASE WHEN regexp_full_match(replace(v, ' ', ''), '[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}') THEN list_reduce(list_prepend(0, list_transform(" +
    "string_split(replace(v, ' ', '')[5:] || replace(v, ' ', '')[1:4], ''), " +
    "lambda c: CASE WHEN c BETWEEN '0' AND '9' THEN ascii(c) - 48 ELSE ascii(c) - 55 END)), " +
    'lambda a, d: (a * (CASE WHEN d > 9 THEN 100 ELSE 10 END) + d) % 97) = 1 ELSE false END',
  cardShaped:
    "regexp_full_match(v, '[3-6][0-9]{3}([ -]?[0-9]{4}){2}[ -]?[0-9]{1,7}') OR regexp_full_match(v, '3[47][0-9]{2} [0-9]{6} [0-9]{5}')",
  // Luhn: every second digit from the right counts twice, its own digits summed.
  card:
    "CASE WHEN regexp_full_match(regexp_replace(v, '[ -]', '', 'g'), '[3-6][0-9]{12,18}') THEN list_sum(list_transform(" +
    "list_reverse(string_split(regexp_replace(v, '[ -]', '', 'g'), '')), lambda c, i: CASE WHEN i % 2 = 1 THEN ascii(c) - 48 " +
    'WHEN (ascii(c) - 48) > 4 THEN (ascii(c) - 48) * 2 - 9 ELSE (ascii(c) - 48) * 2 END)) % 10 = 0 ELSE false END',
  ssn: "regexp_full_match(v, '[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}')",
}

/** Where a table can be looked at. */
export interface Surroundings {
  engine: Engine
  tables: readonly Table[]
  dialect: Dialect
  timeZone: string
  limits: Limits
}

/**
 * Counts what the columns of a table look like, in a sample spread over the whole table; the counting happens in the engine's sandbox, and
 * nothing but counts leaves it. Columns come back by their place in `columns`. Throws what the engine throws.
 */
export async function profileTable(
  { engine, ...around }: Surroundings,
  { name: table, kind }: Pick<Table, 'name' | 'kind'>,
  columns: readonly { name: string }[],
): Promise<ColumnProfile[]> {
  const cells = columns.flatMap((_, index) => [
    `count(v${index}) AS values_${index}`,
    `approx_count_distinct(v${index}) AS distinct_${index}`,
    `count(*) FILTER (WHERE c${index} IS NULL) AS nulls_${index}`,
    ...lookNames.map(
      (look) => `count(*) FILTER (WHERE ${looks[look].replaceAll(/\bv\b/g, `v${index}`)}) AS ${look}_${index}`,
    ),
  ])
  const texts = columns.map((_, index) => `c${index}, nullif(trim(left(c${index}, ${maxChars})), '') AS v${index}`)
  const names = columns.map(({ name }, index) => `CAST(${identifier(name)} AS VARCHAR) AS c${index}`)
  const sample = `SELECT ${names.join(', ')} FROM ${identifier(table)} USING SAMPLE reservoir(${sampleRows} ROWS) REPEATABLE (1)`
  const sql = `SELECT count(*) AS rows, ${cells.join(', ')} FROM (SELECT ${texts.join(', ')} FROM (${sample}))`
  const file = `the profile of table ${table}`
  // Of a table that SQL makes of others, nothing would be right that was made of samples.
  const figures = await engine.figures({ ...around, sql, file, ...(kind === 'postgres' && { sampleRows }) })
  const figure = (name: string) => figures[name] ?? 0
  return columns.map((_, index) => ({
    rows: figure('rows'),
    values: figure(`values_${index}`),
    nulls: figure(`nulls_${index}`),
    distinct: figure(`distinct_${index}`),
    looks: Object.fromEntries(lookNames.map((look) => [look, figure(`${look}_${index}`)])) as Record<Look, number>,
  }))
}
