import { describe, expect, it } from 'vitest'
import { Problem } from '../problem.ts'
import { type AttributesTable, attributesTableSql, checkAttributesTable } from './attributes-table.ts'
import type { Column } from './columns.ts'
import { type Rule, type RuleGroup, ruleGroup } from './rules.ts'
import { type Segment, type SegmentGround, segmentSql, withItsSegments, withoutSemicolon } from './segment.ts'
import { unsavedSegment } from './segment-body.ts'

const columns: Column[] = [
  { name: 'amperity_id', type: 'VARCHAR' },
  { name: 'email', type: 'VARCHAR' },
  { name: 'city', type: 'VARCHAR' },
  { name: 'orders', type: 'BIGINT' },
  { name: 'born', type: 'DATE' },
  { name: 'vip', type: 'BOOLEAN' },
  { name: 'tags', type: 'VARCHAR[]' },
]
const table: AttributesTable = {
  key: 'People',
  name: 'People',
  description: null,
  sql: 'SELECT * FROM customers',
  file: 'people.sql',
  id: 'amperity_id',
  segments: true,
  mapping: { city: 'user_fields.city' },
}

function segment(key: string, include: RuleGroup, more: Partial<Segment> = {}): Segment {
  return {
    key,
    name: key,
    description: null,
    attributes: 'People',
    fields: null,
    who: { include, exclude: null },
    ...more,
  }
}

const all = (...rules: (Rule | RuleGroup)[]): RuleGroup => ({ combinator: 'and', rules })

function ground(...segments: Segment[]): SegmentGround {
  return {
    segments: new Map(segments.map((one) => [one.key, one])),
    tables: new Map([['People', { table, columns }]]),
    lists: ['vips'],
    today: null,
  }
}

function problemOf(work: () => unknown): Problem {
  try {
    work()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('a segment as SQL', () => {
  it('reads as somebody would write it', () => {
    const include = all(
      { field: 'city', operator: '=', value: "O'Hara" },
      { field: 'ORDERS', operator: '!=', value: '3' },
      { combinator: 'or', not: true, rules: [{ field: 'born', operator: '>=', value: { today: -1, unit: 'years' } }] },
    )
    expect(
      segmentSql(segment('x', include, { fields: ['email', 'city'] }), ground()),
    ).toBe(`SELECT "email", "city" AS "user_fields.city"
FROM "People"
WHERE "amperity_id" IS NOT NULL
  AND "city" = 'O''Hara'
  AND "orders" IS DISTINCT FROM 3
  AND NOT coalesce("born" >= CAST(CAST(timezone('UTC', now()) AS DATE) + to_years(-1) AS DATE), false)
QUALIFY row_number() OVER (PARTITION BY "People"."amperity_id" ORDER BY "People"."email", "People"."city", "People"."orders", "People"."born", "People"."vip", "People"."tags") = 1
ORDER BY "People"."amperity_id"
`)
  })

  const wrong: [rule: Rule, place: string, message: RegExp][] = [
    [{ field: 'cty', operator: '=', value: 'x' }, 'field', /no column cty; did you mean city\?/],
    [{ field: 'orders', operator: 'contains', value: '1' }, 'operator', /does not go with orders, which is integer/],
    [{ field: 'tags', operator: '=', value: 'x' }, 'operator', /which is VARCHAR\[\]; use null, notNull/],
    [{ field: 'orders', operator: '=', value: 'many' }, 'value', /must be a number/],
    [{ field: 'orders', operator: '=', value: '1000000000000000001' }, 'value', /too many digits/],
    [{ field: 'orders', operator: '=' }, 'value', /is missing/],
    [{ field: 'orders', operator: 'between', value: [1] }, 'value', /must be two values/],
    [{ field: 'orders', operator: 'in', value: ', ,' }, 'value', /at least one value/],
    [{ field: 'born', operator: '=', value: '2026-02-30' }, 'value', /must be a day/],
    [{ field: 'born', operator: '=', value: '0000-01-01' }, 'value', /must be a day/],
    [{ field: 'vip', operator: '=', value: 'perhaps' }, 'value', /true or false/],
    [{ field: 'city', operator: '=', value: '\ud800' }, 'value', /no text/],
    [{ field: 'city', operator: '=', value: 'a\0b' }, 'value', /no text/],
    [{ field: 'city', operator: '=', value: 'orders', valueSource: 'field' }, 'value', /cannot be compared/],
    [
      { field: 'city', operator: 'contains', value: 'email', valueSource: 'field' },
      'operator',
      /compares with no column/,
    ],
    [{ field: 'email', operator: 'inSegment', value: 'other' }, 'field', /must be amperity_id/],
    [{ field: 'amperity_id', operator: 'inSegment', value: 'none' }, 'value', /key of no segment/],
    [{ field: 'email', operator: 'inList', value: 'none' }, 'value', /no table/],
  ]

  it.each(wrong)('is refused at its place: %j', (rule, place, message) => {
    const problem = problemOf(() => segmentSql(segment('x', all(rule)), ground()))
    expect(problem).toMatchObject({
      code: 'segment.invalid',
      data: { problems: [{ path: `include.rules.0.${place}` }] },
    })
    expect(problem.message).toMatch(message)
  })

  it('tells every mistake at once', () => {
    const rules = wrong.slice(0, 4).map(([rule]) => rule)
    const problem = problemOf(() => segmentSql(segment('x', all(...rules)), ground()))
    expect(problem.data.problems).toHaveLength(4)
  })

  it('is refused where segments are made of each other in a circle', () => {
    const of = (key: string) => all({ field: 'amperity_id', operator: 'inSegment' as const, value: key })
    const [a, b] = [segment('a', of('b')), segment('b', of('a'))]
    expect(problemOf(() => segmentSql(a, ground(a, b))).message).toContain('a -> b -> a')
    expect(problemOf(() => withItsSegments(segment('c', of('c')), new Map())).message).toContain('c -> c')
  })

  it('is refused where its SQL would grow without end', () => {
    const twice = (key: string) => {
      const rule = { field: 'amperity_id', operator: 'inSegment' as const, value: key }
      return all(rule, rule)
    }
    const chain = Array.from({ length: 30 }, (_, n) => segment(`s${n}`, n === 0 ? all() : twice(`s${n - 1}`)))
    const last = chain.at(-1)!
    expect(problemOf(() => segmentSql(last, ground(...chain))).message).toContain('made of more than 500 others')
    expect(segmentSql(chain[3]!, ground(...chain)).match(/FROM/g)).toHaveLength(15)
  })

  it.each([
    ['SELECT 1;', 'SELECT 1 '],
    ['SELECT 1; -- end; really', 'SELECT 1  -- end; really'],
    ["SELECT ';' -- ;\n", "SELECT ';' -- ;\n"],
    ['SELECT ";" /* ; */ ; /* x */', 'SELECT ";" /* ; */   /* x */'],
    ['SELECT $a$;$a$;\n\n', 'SELECT $a$;$a$ \n\n'],
    ['SELECT 1; SELECT 2', 'SELECT 1; SELECT 2'],
  ])('of SQL stands between parentheses: %j', (sql, expected) => {
    expect(withoutSemicolon(sql)).toBe(expected)
  })
})

describe('an attributes table', () => {
  it('sends its own SELECT where nothing is renamed, else its columns under their attributes', () => {
    expect(attributesTableSql({ ...table, mapping: {} }, columns)).toBe(table.sql)
    expect(attributesTableSql(table, columns.slice(0, 3))).toBe(
      'SELECT "amperity_id", "email", "city" AS "user_fields.city"\nFROM "People"\n',
    )
  })

  it.each([
    [[{ name: 'email', type: 'VARCHAR' }], 'email', /must be amperity_id/],
    [[columns[0]!, { name: 'user_fields.city', type: 'VARCHAR' }], 'user_fields.city', /must start with a letter/],
    [[columns[0]!, { name: '_x', type: 'VARCHAR' }], '_x', /must start with a letter/],
  ])('is refused with its file and the column: %j', (given, column, message) => {
    const problem = problemOf(() => checkAttributesTable(table, given))
    expect(problem).toMatchObject({ code: 'query.invalid', data: { file: 'people.sql', column_name: column } })
    expect(problem.message).toMatch(message)
  })

  it.each([
    [{ cty: 'x' }, /did you mean city/],
    [{ city: 'email' }, /both email/],
  ])('is refused for a mapping of what is not there or twice: %j', (mapping, message) => {
    expect(problemOf(() => attributesTableSql({ ...table, mapping }, columns)).message).toMatch(message)
  })
})

it('rules keep the form in which the editor wrote them', () => {
  const written = {
    id: 'g',
    combinator: 'and',
    not: false,
    rules: [{ id: 'r', field: 'city', operator: '=', valueSource: 'value', value: 'x', disabled: true }],
  }
  expect(ruleGroup.parse(written)).toEqual(written)
})

it('a segment that is nested without end is refused', () => {
  let include: object = { combinator: 'and', rules: [] }
  for (let level = 0; level < 20_000; level += 1) include = { combinator: 'and', rules: [include] }
  expect(problemOf(() => unsavedSegment({ attributes: 'People', include })).message).toContain('nested too deeply')
})

it('a segment that is being edited is told every mistake at its place', () => {
  const problem = problemOf(() =>
    unsavedSegment({ attributes: 'People', include: { combinator: 'xor', rules: [{ field: '', operator: '=' }] } }),
  )
  expect((problem.data.problems as { path: string }[]).map(({ path }) => path)).toEqual([
    'include.combinator',
    'include.rules.0.field',
  ])
})
