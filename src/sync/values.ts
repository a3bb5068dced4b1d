import type { ColumnUse } from '../destination/destination.ts'
import type { RowCode } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import type { Database } from './ledger/database.ts'

/** Rows that travel to TypeScript at a time; bounds memory: two pages of 10,000 were 40 MiB of text, and no faster. */
const PAGE_ROWS = 2_000

export type AttributeColumn = Extract<ColumnUse, { use: 'attribute' }>

export interface ValuesRequest {
  attributes: readonly AttributeColumn[]
  countryColumn: string | null
  /** Columns of user fields that the account lacks, left out on request; each value there is a warning. */
  unknownFields: readonly string[]
  invalidValues: 'omit' | 'reject'
}

/** A value that was left out, or that rejects its row. */
interface Finding {
  row: number
  field: string
  code: RowCode
  value: string
  reason: string
}

/**
 * Makes canonical values of the rows in temp table `todo_row(row)`, the only work per value that leaves the database. Leaves temp table
 * `canonical(row, "<attribute>"...)` with NULL for what is absent or was left out, and adds what was left out to
 * `findings(row, field, code, value, reason, rejects)`. A row with `rejects` is not in `canonical`.
 */
export async function makeValues(db: Database, request: ValuesRequest): Promise<void> {
  const columns = [...request.attributes.map((use) => use.column), ...request.unknownFields]
  if (request.countryColumn !== null) columns.push(request.countryColumn)
  await db.run(`
    CREATE OR REPLACE TEMP TABLE raw AS
    SELECT row_number() OVER () AS n, json_array(row${columns.map((name) => `, clean_text(${identifier(name)})`).join('')})::VARCHAR AS cells
    FROM stage_row WHERE row IN (SELECT row FROM todo_row)`)
  const names = request.attributes.map((use) => `${identifier(use.attribute.name)} VARCHAR`)
  await db.run(`CREATE OR REPLACE TEMP TABLE canonical (row BIGINT${names.map((name) => `, ${name}`).join('')})`)
  await db.run(
    'CREATE OR REPLACE TEMP TABLE findings (row BIGINT, field VARCHAR, code VARCHAR, value VARCHAR, reason VARCHAR, rejects BOOLEAN)',
  )
  const total = (await db.first<{ n: number }>('SELECT count(*) AS n FROM raw'))?.n ?? 0
  let next = readPage(db, 1)
  for (let from = 1; from <= total; from += PAGE_ROWS) {
    const page = await next
    // The database reads the next page while this one is worked on.
    if (from + PAGE_ROWS <= total) next = readPage(db, from + PAGE_ROWS)
    await cookPage(db, request, page)
  }
  await db.run('DROP TABLE raw')
}

/** A row of the stage: its number, then its cells. */
type RawRow = [row: number, ...cells: (string | null)[]]

/** One text for a whole page crosses to JavaScript far faster than an object for each row. */
async function readPage(db: Database, from: number): Promise<RawRow[]> {
  const page = await db.first<{ rows: string | null }>(
    "SELECT '[' || string_agg(cells, ',') || ']' AS rows FROM raw WHERE n BETWEEN $1 AND $2",
    [from, from + PAGE_ROWS - 1],
  )
  return JSON.parse(page?.rows ?? '[]') as RawRow[]
}

async function cookPage(db: Database, request: ValuesRequest, page: readonly RawRow[]): Promise<void> {
  const findings: Finding[] = []
  const rejects = request.invalidValues === 'reject'
  await db.append({ table: 'canonical', database: 'temp' }, (appender) => {
    for (const [row, ...cells] of page) {
      const { cooked, refused } = cookRow(request, row, cells, findings)
      if (rejects && refused) continue
      appender.appendBigInt(BigInt(row))
      for (const value of cooked) {
        if (value === null) appender.appendNull()
        else appender.appendVarchar(value)
      }
      appender.endRow()
    }
  })
  if (findings.length === 0) return
  await db.append({ table: 'findings', database: 'temp' }, (appender) => {
    for (const finding of findings) {
      appender.appendBigInt(BigInt(finding.row))
      appender.appendVarchar(finding.field)
      appender.appendVarchar(finding.code)
      appender.appendVarchar(finding.value)
      appender.appendVarchar(finding.reason)
      appender.appendBoolean(rejects && finding.code !== 'unknown_field')
      appender.endRow()
    }
  })
}

/** Canonical values of one row, in the order of the attributes; `refused` when one of them cannot be made valid. */
function cookRow(
  request: ValuesRequest,
  row: number,
  cells: readonly (string | null)[],
  findings: Finding[],
): { cooked: (string | null)[]; refused: boolean } {
  const width = request.attributes.length
  const country = request.countryColumn === null ? null : (cells[width + request.unknownFields.length] ?? null)
  let refused = false
  const cooked = request.attributes.map(({ attribute }, index) => {
    const text = cells[index] ?? null
    if (text === null) return null
    const result = attribute.normalise(text, { country })
    // A list without anything in it is the same as no value.
    if (result.ok) return result.value === '' ? null : result.value
    refused = true
    findings.push({ row, field: attribute.name, code: result.code, value: text, reason: result.reason })
    return null
  })
  request.unknownFields.forEach((column, index) => {
    const text = cells[width + index] ?? null
    if (text === null) return
    findings.push({
      row,
      field: column,
      code: 'unknown_field',
      value: text,
      reason: `The account has no user field for ${column}.`,
    })
  })
  return { cooked, refused }
}
