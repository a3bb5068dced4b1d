import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbEngine } from '../engine/duckdb.ts'
import { type Bench, fileTable, openBench, sqlTable } from '../engine/engine-contract.ts'
import { literal } from '../sql-text.ts'
import { type Column, kindOf, operatorsOf } from './columns.ts'
import type { Operator, Rule, RuleGroup } from './rules.ts'
import { matches, type Segment, type SegmentGround, segmentSql, segmentSqlWithParameters } from './segment.ts'

const today = '2024-02-29'

/** Columns of every kind, with the values that tell the kinds of arithmetic apart; NULL is added to each. */
const samples: Record<string, { type: string; values: string[] }> = {
  city: {
    type: 'VARCHAR',
    values: [
      '',
      ' ',
      'Boston',
      'boston',
      'BOSTON',
      'São Paulo',
      'Sa\u0303o Paulo',
      '😀',
      '\uffee',
      'ﬃ',
      'İ',
      "O'Hara",
      '%',
      '_',
      '\\',
      '10',
      '9',
      'a\nb',
      'null',
    ],
  },
  other_city: { type: 'VARCHAR', values: ['', 'Boston', 'boston', 'São Paulo', '😀'] },
  orders: {
    type: 'BIGINT',
    values: [
      '-9223372036854775808',
      '-3',
      '-1',
      '0',
      '1',
      '2',
      '9007199254740992',
      '9007199254740993',
      '9223372036854775807',
    ],
  },
  visits: { type: 'UTINYINT', values: ['0', '1', '2', '255'] },
  spent: {
    type: 'DOUBLE',
    values: ['-2.5', '-0.0', '0', '0.1', '0.30000000000000004', '1e-7', '1e300', 'NaN', 'Infinity'],
  },
  owed: { type: 'DECIMAL(9,2)', values: ['-2.50', '0.00', '0.10', '0.30', '12.50'] },
  huge: { type: 'DECIMAL(38,10)', values: ['-0.1000000000', '12345678901234567890.1234567891', '12.5000000000'] },
  rate: { type: 'FLOAT', values: ['-2.5', '0.1', '16777216'] },
  born: {
    type: 'DATE',
    values: [
      '0001-01-01',
      '1970-01-01',
      '2024-01-29',
      '2024-02-28',
      today,
      '2024-03-01',
      '2023-02-28',
      '9999-12-31',
      'infinity',
      '-infinity',
      '0044-03-15 (BC)',
    ],
  },
  seen: {
    type: 'TIMESTAMP',
    values: ['2024-02-28 23:59:59.999999', '2024-02-29 00:00:00', '2024-02-29 23:59:59', '1969-12-31 23:59:59'],
  },
  asked: {
    type: 'TIMESTAMP WITH TIME ZONE',
    values: ['2024-02-29 00:30:00+02', '2024-02-28 23:30:00-05:30', '2024-02-29 12:00:00+00'],
  },
  vip: { type: 'BOOLEAN', values: ['true', 'false'] },
  tags: { type: 'VARCHAR[]', values: ['[]', '[a]'] },
}

const columns: Column[] = [
  { name: 'id', type: 'VARCHAR' },
  ...Object.entries(samples).map(([name, { type }]) => ({ name, type })),
]

type Row = Record<string, string | null>

const pick = <T>(values: readonly T[]) => fc.constantFrom(...values)

const row: fc.Arbitrary<Row> = fc.record(
  Object.fromEntries(
    Object.entries(samples).map(([name, { values }]) => [name, fc.option(pick(values), { freq: 5, nil: null })]),
  ),
)

const numbers = [
  '-2.5',
  '-1',
  '0',
  '1',
  '2',
  '0.1',
  '0.3',
  '12.5',
  '1e300',
  '9007199254740993',
  '300',
  '1000000000000000000',
]
const days = fc.oneof(
  pick(['0001-01-01', '1970-01-01', '2024-02-28', today, '2024-03-01', '9999-12-31']),
  fc.record({ today: fc.integer({ min: -400, max: 400 }), unit: pick(['days', 'months', 'years'] as const) }),
  pick([
    { today: 0 },
    { today: -1 },
    { today: 1 },
    { today: -1, unit: 'months' as const },
    { today: -1, unit: 'years' as const },
  ]),
)

function value(column: Column): fc.Arbitrary<string | number | boolean | { today: number }> {
  switch (kindOf(column)) {
    case 'text':
      return fc.oneof(pick(samples.city!.values), pick(['o', 'B', 'ton', '\ud83d\ude00', 'n P']))
    case 'integer':
    case 'number':
      return fc.oneof(pick(numbers), pick([-2.5, -1, 0, -0, 1, 0.1, 0.3, 12.5]))
    case 'date':
      return days
    case 'boolean':
      return pick([true, false, 'true', 'FALSE'])
    case 'other':
      return pick(['x'])
  }
}

const others: Record<string, string[]> = {
  city: ['other_city', 'CITY'],
  orders: ['visits', 'spent', 'owed'],
  spent: ['orders', 'rate'],
  owed: ['huge', 'visits'],
  born: ['seen', 'asked'],
  asked: ['born'],
  vip: ['vip'],
}

/** Operators that the tests try on a column: segments are about ids, and the only list holds cities. */
function legalOn(column: Column): Operator[] {
  return operatorsOf[kindOf(column)].filter(
    (one) => !/Segment/.test(one) && (!/List/.test(one) || column.name === 'city'),
  )
}

function ruleWith(column: Column, operator: Operator): fc.Arbitrary<Rule> {
  const one = value(column)
  const given = (): fc.Arbitrary<unknown> => {
    if (/null/i.test(operator)) return fc.constant(null)
    if (/List/.test(operator)) return fc.constant('cities')
    if (/between/i.test(operator)) return fc.tuple(one, one)
    return /^(in|notIn)$/.test(operator) ? fc.array(one, { minLength: 1, maxLength: 4 }) : one
  }
  return given().map((found): Rule => ({ field: column.name, operator, value: found as Rule['value'] }))
}

function ruleOn(column: Column): fc.Arbitrary<Rule> {
  const plain = pick(legalOn(column)).chain((operator) => ruleWith(column, operator))
  const mates = others[column.name]
  if (mates === undefined) return plain
  const compared = kindOf(column) === 'boolean' ? (['=', '!='] as const) : (['=', '!=', '<', '<=', '>', '>='] as const)
  const against = fc
    .tuple(pick(compared), pick(mates))
    .map(
      ([operator, mate]): Rule => ({ field: column.name.toUpperCase(), operator, value: mate, valueSource: 'field' }),
    )
  return fc.oneof({ arbitrary: plain, weight: 4 }, { arbitrary: against, weight: 1 })
}

const aboutSegment = fc
  .tuple(pick(['inSegment', 'notInSegment'] as const), pick(['bostonians', 'some_ids']))
  .map(([operator, key]): Rule => ({ field: 'id', operator, value: key }))

const rule = fc.oneof(
  { arbitrary: pick(columns.slice(1)).chain(ruleOn), weight: 12 },
  { arbitrary: aboutSegment, weight: 1 },
)

const group: fc.Arbitrary<RuleGroup> = fc.letrec<{ group: RuleGroup }>((tie) => ({
  group: fc.record(
    {
      combinator: pick(['and', 'or'] as const),
      not: fc.boolean(),
      rules: fc.array(fc.oneof({ maxDepth: 3 }, rule, tie('group')), { maxLength: 4 }),
    },
    { requiredKeys: ['combinator', 'rules'] },
  ),
})).group

const table = {
  key: 'People',
  name: 'People',
  description: null,
  sql: 'SELECT * FROM source',
  file: 'people.sql',
  id: 'id',
  segments: true,
  mapping: {},
}
const labels = { description: null, attributes: 'People', fields: ['id'] }
const bostonians: Segment = {
  ...labels,
  key: 'bostonians',
  name: 'Bostonians',
  who: {
    include: { combinator: 'and', rules: [{ field: 'city', operator: 'beginsWith', value: 'B' }] },
    exclude: null,
  },
}
const someIds: Segment = {
  ...labels,
  key: 'some_ids',
  name: 'Some',
  who: { sql: "SELECT id FROM source WHERE id LIKE '%3'; -- of all", file: 'some.sql' },
}
const listed = ['Boston', '😀', '']

function ground(): SegmentGround {
  return {
    segments: new Map([bostonians, someIds].map((one) => [one.key, one])),
    tables: new Map([['People', { table, columns }]]),
    lists: ['cities'],
    today,
  }
}

function segmentOf(include: RuleGroup, exclude: RuleGroup | null): Segment {
  return { ...labels, key: 'tried', name: 'Tried', who: { include, exclude } }
}

/** Whom the evaluator accepts. */
function accepted(segment: Segment, rows: readonly Row[]): string[] {
  const cities = new Set(listed)
  return rows
    .filter((one) =>
      matches(segment, ground(), one, {
        today,
        isMember: (key, id) =>
          key === 'some_ids'
            ? id.endsWith('3')
            : matches(bostonians, ground(), rows.find((other) => other.id === id)!, {
                today,
                isMember: () => false,
                isListed: () => false,
              }),
        isListed: (_, __, text) => cities.has(text),
      }),
    )
    .map((one) => one.id!)
    .sort()
}

/** A source as SQL that no file could change: each value a cast of its text. */
function sourceSql(rows: readonly Row[]): string {
  const lines = rows.map((one) => {
    const cells = columns.map(({ name, type }) => {
      const text = one[name] ?? null
      return `CAST(${text === null ? 'NULL' : literal(text)} AS ${type}) AS ${name}`
    })
    return `SELECT ${cells.join(', ')}`
  })
  return lines.join(' UNION ALL ')
}

let bench: Bench & { close(): void }
let connection: DuckDBConnection
beforeAll(async () => {
  bench = openBench(duckdbEngine())
  connection = await (await DuckDBInstance.create(':memory:')).connect()
})
afterAll(() => {
  connection.closeSync()
  bench.close()
})

/** The source as a file that keeps the types, and the tables over it. */
async function tables(rows: readonly Row[]) {
  const path = bench.file('source.parquet', '')
  await connection.run(`COPY (${sourceSql(rows)}) TO ${literal(path)} (FORMAT parquet)`)
  const list = `city\n${listed.map((one) => JSON.stringify(one)).join('\n')}\n`
  return [
    fileTable('source', path),
    sqlTable('People', 'SELECT * FROM source'),
    fileTable('raw_cities', bench.file('cities.csv', list), 'text'),
    sqlTable('cities', "SELECT coalesce(city, '') AS city FROM raw_cities UNION ALL SELECT NULL"),
  ]
}

/** Ids of the members of each segment by their SQL, several segments in one SELECT, because each SELECT costs a process. */
async function members(segments: readonly Segment[], rows: readonly Row[]): Promise<string[][]> {
  const found: string[][] = segments.map(() => [])
  const declared = await tables(rows)
  for (let from = 0; from < segments.length; from += 40) {
    const parts = segments
      .slice(from, from + 40)
      .map((one, index) => `SELECT ${from + index} AS n, id FROM (${segmentSql(one, ground())})`)
    const more = { tables: declared, timeZone: 'Europe/Berlin' }
    for (const [n, id] of (await bench.rows(parts.join(' UNION ALL '), more)).rows) found[Number(n)]!.push(id!)
  }
  return found.map((ids) => ids.sort())
}

function numbered(rows: readonly Row[]): Row[] {
  return rows.map((one, index) => ({ id: `p${index}`, ...one }))
}

describe('the SQL of a segment and the evaluator agree', () => {
  it('on every operator of every kind of column, through the engine', async () => {
    const rows = numbered(fc.sample(row, { numRuns: 60, seed: 20 }))
    const rules = columns
      .slice(1)
      .flatMap((column) =>
        legalOn(column).flatMap((operator) => fc.sample(ruleWith(column, operator), { numRuns: 2, seed: 21 })),
      )
    const segments = rules.map((one) => segmentOf({ combinator: 'and', rules: [one] }, null))
    const found = await members(segments, rows)
    for (const [index, one] of segments.entries())
      expect(found[index], JSON.stringify(rules[index])).toEqual(accepted(one, rows))
  })

  it('on random groups of rules and random rows, through the engine', async () => {
    const tried = fc.array(fc.tuple(group, fc.option(group, { nil: null })), { minLength: 30, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), tried, async (random, groups) => {
        const rows = numbered(random)
        const segments = groups.map(([include, exclude]) => segmentOf(include, exclude))
        const found = await members(segments, rows)
        for (const [index, one] of segments.entries())
          expect(found[index], JSON.stringify(one.who)).toEqual(accepted(one, rows))
      }),
      { numRuns: 5, endOnFailure: true },
    )
  })

  it('with parameters in the place of literals, too', async () => {
    const rows = numbered(fc.sample(row, { numRuns: 40, seed: 5 }))
    await connection.run(`CREATE TABLE source AS ${sourceSql(rows)}`)
    await connection.run('CREATE VIEW "People" AS SELECT * FROM source')
    await connection.run(
      `CREATE TABLE cities AS SELECT unnest([${[...listed.map(literal), 'NULL'].join(', ')}]) AS city`,
    )
    for (const include of fc.sample(group, { numRuns: 100, seed: 6 })) {
      const segment = segmentOf(include, null)
      const { text, parameters } = segmentSqlWithParameters(segment, ground())
      const found = (await connection.runAndReadAll(text, parameters)).getRows().map(([id]) => String(id))
      expect(found.sort(), text).toEqual(accepted(segment, rows))
    }
  })

  it('on the day that is today, where no day is given', async () => {
    const sql = segmentSql(
      segmentOf({ combinator: 'and', rules: [{ field: 'born', operator: '=', value: { today: -1 } }] }, null),
      {
        ...ground(),
        today: null,
      },
    )
    const source = `SELECT 'p' || n AS id, CAST(timezone('UTC', now()) AS DATE) - n AS born, ${columns
      .slice(1)
      .filter(({ name }) => name !== 'born')
      .map(({ name, type }) => `CAST(NULL AS ${type}) AS ${name}`)
      .join(', ')} FROM (VALUES (0), (1), (2)) AS t(n)`
    const { rows } = await bench.rows(sql, { tables: [sqlTable('People', source)], timeZone: 'Pacific/Kiritimati' })
    expect(rows).toEqual([['p1']])
  })
})
