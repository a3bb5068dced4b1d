import { identifier } from '../sql-text.ts'
import { type Surroundings, sampleRows } from './profile.ts'

/** One of the most usual values of a column. */
export interface Example {
  value: string
  /** Rows of the sample that have it. */
  rows: number
}

/** What is counted of a column of a whole table. */
export interface ColumnFigures {
  /** Rows that have a value: neither NULL nor blank. */
  values: number
  /** Different values. */
  distinct: number
  /** Whether `distinct` was counted exactly, which it is in tables that are no larger than a sample. */
  isExact: boolean
  /** Of a sample, the most usual first. */
  examples: Example[]
}

export interface TableFigures {
  rows: number
  columns: ColumnFigures[]
}

const mostExamples = 5

/** Longer values are shown in part. */
const longestExample = 100

/** A cell beyond this is compared in part, as in the profile. */
const maxChars = 500

/**
 * Reads the whole table and counts; examples come from a sample that is spread over it. Columns come back by their place in `columns`. Throws
 * what the engine throws.
 */
export async function tableFigures(
  { engine, ...around }: Surroundings,
  table: string,
  columns: readonly { name: string }[],
): Promise<TableFigures> {
  const sql = figuresSql(table, columns)
  const limit = 1 + columns.length * (1 + mostExamples)
  const { rows } = await engine.rows({ ...around, sql, file: `the figures of table ${table}`, limit, isOurs: true })
  const figures: TableFigures = {
    rows: Number(rows.find(([part]) => part === 'table')?.[2] ?? 0),
    columns: columns.map(() => ({ values: 0, distinct: 0, isExact: false, examples: [] })),
  }
  for (const [part, place, count, about, exactly, value] of rows) {
    const column = figures.columns[Number(place)]
    if (column === undefined) continue
    if (part === 'example') column.examples.push({ value: shown(value ?? ''), rows: Number(count) })
    else if (part === 'column') {
      column.values = Number(count)
      column.isExact = figures.rows <= sampleRows
      // Counted about, which may be more than there are, and fewer than a sample has.
      const most = Math.max(Number(about), Number(exactly))
      column.distinct = column.isExact ? Number(exactly) : Math.min(most, column.values)
    }
  }
  for (const { examples } of figures.columns)
    examples.sort((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0))
  return figures
}

/** Rows of `part, place, count, about, exactly, value`: one of the table, one of each column, and the examples. */
function figuresSql(table: string, columns: readonly { name: string }[]): string {
  const from = identifier(table)
  const values = columns.map(
    ({ name }, index) => `nullif(trim(left(CAST(${identifier(name)} AS VARCHAR), ${maxChars})), '') AS v${index}`,
  )
  const whole = columns.flatMap((_, index) => [
    `count(v${index}) AS n${index}`,
    `approx_count_distinct(v${index}) AS a${index}`,
  ])
  const few = columns.map((_, index) => `count(DISTINCT v${index}) AS e${index}`)
  const ofColumns = columns.flatMap((_, index) => [
    `SELECT 'column', ${index}, n${index}, a${index}, e${index}, NULL FROM whole, few`,
    `SELECT * FROM (SELECT 'example', ${index}, count(*) AS n, NULL, NULL, v${index} FROM sampled ` +
      `WHERE v${index} IS NOT NULL GROUP BY v${index} ORDER BY n DESC, v${index} LIMIT ${mostExamples})`,
  ])
  return [
    `WITH whole AS MATERIALIZED (SELECT ${['count(*) AS n', ...whole].join(', ')} FROM (SELECT ${values.join(', ')} FROM ${from})),`,
    `sampled AS MATERIALIZED (SELECT ${values.join(', ')} FROM (SELECT * FROM ${from} USING SAMPLE reservoir(${sampleRows} ROWS) REPEATABLE (1))),`,
    `few AS MATERIALIZED (SELECT ${few.join(', ')} FROM sampled)`,
    [
      "SELECT 'table' AS part, NULL AS place, n AS count, NULL AS about, NULL AS exactly, NULL AS value FROM whole",
      ...ofColumns,
    ].join('\nUNION ALL '),
  ].join('\n')
}

/** Counted in characters, so that none is cut in half. */
function shown(value: string): string {
  const characters = [...value]
  return characters.length <= longestExample ? value : `${characters.slice(0, longestExample).join('')}…`
}
