/**
 * The contract of every {@link Engine}, as tests: what it promises, and what it must refuse. Register it from the test file of an
 * implementation. Sources are files in a folder of each test's own.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Problem, type ProblemCode } from '../problem.ts'
import type { Engine, Extract, ExtractRequest, FileTable, SqlTable } from './engine.ts'

/** A folder with one source table `people` and a stage to be, for one test. */
export interface Bench {
  engine: Engine
  dir: string
  stagePath: string
  /** Writes a file into the folder and gives its path. */
  file(name: string, text: string): string
  request(sql: string, more?: Partial<ExtractRequest>): ExtractRequest
  /** Extracts, reads the stage as rows of text without their numbers, and removes it. */
  rows(sql: string, more?: Partial<ExtractRequest>): Promise<{ extract: Extract; rows: (string | null)[][] }>
  /** Extracts and gives the problem, after asserting that nothing is left of the stage. */
  problem(sql: string, more?: Partial<ExtractRequest>): Promise<Problem>
}

/** A table over a file, types sniffed unless said otherwise. */
export function fileTable(name: string, path: string, types: FileTable['types'] = null): FileTable {
  const format = path.endsWith('.parquet') ? 'parquet' : /\.jsonl?$/.test(path) ? 'json' : 'csv'
  return { kind: 'file', name, format, path, types }
}

/** A table over SQL; its file is `<name>.sql`. */
export function sqlTable(name: string, sql: string): SqlTable {
  return { kind: 'sql', name, sql, file: `${name}.sql` }
}

/** Opens a bench and gives the way to remove it. */
export function openBench(engine: Engine): Bench & { close(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'deskside-engine-'))
  const stagePath = join(dir, 'stage', 'run.duckdb')
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const people = fileTable('people', file('people.csv', 'id,name,zip\n1,Ann,10\n2,Bob,20\n'))
  const request: Bench['request'] = (sql, more) => ({
    tables: [people],
    sql,
    file: 'query.sql',
    timeZone: 'UTC',
    limits: { memoryMib: 300, timeoutMs: 60_000 },
    stagePath,
    ...more,
  })
  const rows: Bench['rows'] = async (sql, more) => {
    const extract = await engine.extract(request(sql, more))
    const found = await readStage(stagePath)
    rmSync(stagePath)
    expect(found.map((row) => row[0])).toEqual(found.map((_, index) => String(index + 1)))
    expect(extract.rows).toBe(found.length)
    return { extract, rows: found.map((row) => row.slice(1)) }
  }
  const problem: Bench['problem'] = async (sql, more) => {
    const found = await engine.extract(request(sql, more)).then(
      (extract) => expect.fail(`gave ${extract.rows} rows: ${sql}`),
      (error: unknown) => error,
    )
    expect(found, String(found)).toBeInstanceOf(Problem)
    expect(leftOf(dir)).toEqual([])
    return found as Problem
  }
  return { engine, dir, stagePath, file, request, rows, problem, close: () => rmSync(dir, { recursive: true }) }
}

/** What stands in the stage's folder. */
export function leftOf(dir: string): string[] {
  return existsSync(join(dir, 'stage')) ? readdirSync(join(dir, 'stage')) : []
}

/** Waits until a file is there. */
export async function appeared(path: string): Promise<void> {
  while (!existsSync(path)) await delay(5)
}

async function readStage(stagePath: string): Promise<(string | null)[][]> {
  const instance = await DuckDBInstance.create(stagePath, { access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  try {
    const types = await connection.runAndReadAll(
      "SELECT data_type FROM information_schema.columns WHERE table_name = 'stage'",
    )
    expect(new Set(types.getRows().map(String))).toEqual(new Set(['VARCHAR']))
    const reader = await connection.runAndReadAll('SELECT CAST(rowid + 1 AS VARCHAR), * FROM stage ORDER BY rowid')
    return reader.getRows() as (string | null)[][]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Registers the contract's tests for one implementation. */
export function engineContract(name: string, createEngine: () => Engine): void {
  describe(`${name} holds the contract of engines`, () => {
    let bench: ReturnType<typeof openBench>
    beforeEach(() => {
      bench = openBench(createEngine())
    })
    afterEach(() => bench.close())
    const current = () => bench
    resultTests(current)
    valueTests(current)
    refusalTests(current)
    failureTests(current)
    sourceTests(current)
    changeTests(current)
  })
}

function resultTests(bench: () => Bench): void {
  it('materialises rows, columns and their order', async () => {
    const { extract, rows } = await bench().rows(
      'SELECT name, id AS "user_fields.Id" FROM people ORDER BY id DESC; -- the end; really\n',
    )
    expect(rows).toEqual([
      ['Bob', '2'],
      ['Ann', '1'],
    ])
    expect(extract.columns.map((column) => column.name)).toEqual(['name', 'user_fields.Id'])
    expect(extract.ordered).toBe(true)
  })

  it('gives an empty result as no rows', async () => {
    const { extract } = await bench().rows('SELECT name FROM people WHERE id > 2')
    expect(extract.rows).toBe(0)
  })

  it('keeps the order of 300,000 rows', async () => {
    const more = { tables: [sqlTable('numbers', 'SELECT range AS n FROM range(300000)')] }
    const { rows } = await bench().rows('SELECT n FROM numbers ORDER BY n % 7 DESC, n', more)
    const expected = Array.from({ length: 300_000 }, (_, n) => n).sort((a, b) => (b % 7) - (a % 7) || a - b)
    expect(rows.every((row, index) => row[0] === String(expected[index]))).toBe(true)
  })

  it.each([
    ['SELECT id FROM people ORDER BY id', true],
    ['WITH p AS (SELECT id FROM people) SELECT id FROM p ORDER BY 1', true],
    ['SELECT id FROM people UNION ALL SELECT 3 ORDER BY id', true],
    ['SELECT id FROM people ORDER BY id LIMIT 1', true],
    ['(SELECT id FROM people ORDER BY id)', true],
    ['SELECT id FROM people', false],
    ['SELECT id FROM people LIMIT 1', false],
    ['SELECT * FROM (SELECT id FROM people ORDER BY id) AS p', false],
    ['WITH p AS (SELECT id FROM people ORDER BY id) SELECT id FROM p', false],
    ['SELECT id, row_number() OVER (ORDER BY id) AS n FROM people', false],
    ["SELECT string_agg(name, ',' ORDER BY name) AS names FROM people", false],
  ])('knows whether the outermost query is ordered: %s', async (sql, ordered) => {
    expect((await bench().engine.bind(bench().request(sql))).ordered).toBe(ordered)
  })

  it('binds without running', async () => {
    const bound = await bench().engine.bind(
      bench().request('SELECT id, name, CAST(name AS INTEGER) AS bad FROM people'),
    )
    expect(bound.columns.map((column) => column.name)).toEqual(['id', 'name', 'bad'])
    expect(existsSync(bench().stagePath)).toBe(false)
  })

  it.each(seedQueries)('runs the documented query %# unchanged', async (sql, columns) => {
    const header = 'amperity_id,email,full_name,phone,address,address2,city,state,postal'
    const row = 'a-1,ann@example.com,Ann LEE,+15555550100,1 Elm St,,Boston,MA,02108'
    const tables = [fileTable('Customer_360', bench().file('c.csv', `${header}\n${row}\n`))]
    const { extract, rows } = await bench().rows(sql, { tables })
    expect(extract.columns.map((column) => column.name)).toEqual(Object.keys(columns))
    expect(rows).toEqual([Object.values(columns)])
  })
}

const seedQueries: [string, Record<string, string | null>][] = [
  [
    'SELECT\n  amperity_id\n  ,amperity_id AS external_id\n  ,email AS email\n  ,LOWER(full_name) AS name\n  ,phone AS phone\nFROM Customer_360\n',
    { amperity_id: 'a-1', external_id: 'a-1', email: 'ann@example.com', name: 'ann lee', phone: '+15555550100' },
  ],
  [
    'SELECT\n  amperity_id AS external_id\n  ,LOWER(full_name) AS name\n  ,email AS email\nFROM Customer_360\n',
    { external_id: 'a-1', name: 'ann lee', email: 'ann@example.com' },
  ],
  [
    'SELECT\n  amperity_id AS external_id\n  ,LOWER(full_name) AS name\n  ,email AS email\n  ,phone AS phone\n  ,address AS "user_fields.address"\n' +
      '  ,address2 AS "user_fields.address2"\n  ,city AS "user_fields.city"\n  ,state AS "user_fields.state"\n  ,postal AS "user_fields.postal"\nFROM Customer_360\n',
    {
      external_id: 'a-1',
      name: 'ann lee',
      email: 'ann@example.com',
      phone: '+15555550100',
      'user_fields.address': '1 Elm St',
      'user_fields.address2': null,
      'user_fields.city': 'Boston',
      'user_fields.state': 'MA',
      'user_fields.postal': '02108',
    },
  ],
  [
    'SELECT\n  amperity_id AS external_id,\n  lower(full_name) AS name,\n  phone AS phone,\n  city AS "user_fields.city"\nFROM Customer_360\n',
    { external_id: 'a-1', name: 'ann lee', phone: '+15555550100', 'user_fields.city': 'Boston' },
  ],
]

const texts: [string, string | null][] = [
  ['CAST(5.0 AS DOUBLE)', '5'],
  ['CAST(0.1 AS REAL)', '0.1'],
  ['CAST(-2.5 AS DOUBLE)', '-2.5'],
  ['CAST(-0.00000012 AS DOUBLE)', '-0.00000012'],
  ['CAST(5e-324 AS DOUBLE)', '5e-324'],
  ['CAST(123456789012345680 AS DOUBLE)', '123456789012345680'],
  ['CAST(1e20 AS DOUBLE)', '100000000000000000000'],
  ['CAST(12.50 AS DECIMAL(9,2))', '12.50'],
  ['CAST(9007199254740993 AS BIGINT)', '9007199254740993'],
  ['170141183460469231731687303715884105727', '170141183460469231731687303715884105727'],
  ['1 = 1', 'true'],
  ["DATE '2024-02-29'", '2024-02-29'],
  ["TIMESTAMP '2024-02-29 01:02:03'", '2024-02-29T01:02:03'],
  ["TIMESTAMPTZ '2024-02-29 01:02:03.5+02:00'", '2024-02-28T23:02:03.5+00:00'],
  ["CAST('00000000-0000-0000-0000-000000000001' AS UUID)", '00000000-0000-0000-0000-000000000001'],
  ["['a', NULL]", '["a",null]'],
  ["{'a': 1, 'b': 'x'}", '{"a":1,"b":"x"}'],
  ["MAP {'k': 1}", '{"k":1}'],
  ["{'a': CAST(1 AS DOUBLE), 'b': 'NaN \"q\"'}", '{"a":1.0,"b":"NaN \\"q\\""}'],
  ['CAST(\'{"a": 1}\' AS JSON)', '{"a": 1}'],
  ['NULL', null],
]

function valueTests(bench: () => Bench): void {
  it('writes every value as text', async () => {
    const cells = texts.map(([expression], index) => `${expression} AS c${index}`)
    const { rows } = await bench().rows(`SELECT ${cells.join(', ')}`)
    const found = texts.map(([expression], index) => [expression, rows[0]?.[index]])
    expect(found).toEqual(texts)
  })

  it('makes NaN and infinity NULL and counts them', async () => {
    const cells =
      "SELECT CAST('NaN' AS DOUBLE) AS a, [CAST('inf' AS DOUBLE)] AS b, 'nan' AS c UNION ALL SELECT 1, [2], 'inf'"
    const { extract, rows } = await bench().rows(`SELECT a, b, c FROM (${cells}) ORDER BY c DESC`)
    expect(rows).toEqual([
      [null, null, 'nan'],
      ['1', '[2.0]', 'inf'],
    ])
    expect(extract.columns.map((column) => column.notFinite)).toEqual([1, 1, 0])
  })

  it('uses the time zone of the request', async () => {
    const sql = "SELECT TIMESTAMPTZ '2024-01-01 00:00:00+00' AS t"
    expect((await bench().rows(sql, { timeZone: 'Europe/Berlin' })).rows).toEqual([['2024-01-01T01:00:00+01:00']])
    expect((await bench().problem(sql, { timeZone: 'Mars/Olympus' })).code).toBe('config.invalid')
  })

  it.each([
    ['SELECT 1 AS name, 2 AS name', 'query.duplicate_column'],
    ['SELECT 1 AS name, 2 AS NAME', 'query.duplicate_column'],
    ['SELECT 1 AS "row"', 'query.duplicate_column'],
    ["SELECT CAST('x' AS BLOB) AS b", 'query.invalid'],
  ])('refuses columns that cannot stand in a stage: %s', async (sql, code) => {
    expect((await bench().problem(sql)).code).toBe(code)
  })
}

const refusals: [string, ProblemCode][] = [
  ['', 'query.not_one_select'],
  ['-- nothing', 'query.not_one_select'],
  ['SELECT 1; SELECT 2', 'query.not_one_select'],
  ['SELECT 1; DROP VIEW people', 'query.not_one_select'],
  ["COPY people TO '$DIR/out.csv'", 'query.not_one_select'],
  ["COPY (SELECT 1) TO '$DIR/out.csv'", 'query.not_one_select'],
  ["ATTACH '$DIR/other.duckdb'", 'query.not_one_select'],
  ['CREATE TABLE t AS SELECT 1', 'query.not_one_select'],
  ['INSERT INTO people VALUES (1)', 'query.not_one_select'],
  ['DELETE FROM people', 'query.not_one_select'],
  ['UPDATE people SET id = 1', 'query.not_one_select'],
  ['DROP VIEW people', 'query.not_one_select'],
  ["SET memory_limit = '10GB'", 'query.not_one_select'],
  ['RESET memory_limit', 'query.not_one_select'],
  ['PRAGMA version', 'query.not_one_select'],
  ['PRAGMA database_list', 'query.not_one_select'],
  ['DESCRIBE people', 'query.not_one_select'],
  ['SHOW TABLES', 'query.not_one_select'],
  ['SUMMARIZE people', 'query.not_one_select'],
  ['EXPLAIN SELECT 1', 'query.not_one_select'],
  ['PIVOT people ON name', 'query.not_one_select'],
  ['INSTALL httpfs', 'query.not_one_select'],
  ['LOAD httpfs', 'query.not_one_select'],
  ['CALL duckdb_settings()', 'query.not_one_select'],
  ["EXPORT DATABASE '$DIR/out'", 'query.not_one_select'],
  ['CHECKPOINT', 'query.not_one_select'],
  ['BEGIN', 'query.not_one_select'],
  ['PREPARE p AS SELECT 1', 'query.not_one_select'],
  ['SELECT * FROM (DESCRIBE people)', 'query.not_one_select'],
  ["SELECT * FROM read_csv('/etc/passwd')", 'query.forbidden'],
  ["SELECT * FROM read_text('$DIR/.env')", 'query.forbidden'],
  ["SELECT * FROM '$DIR/people.csv'", 'query.forbidden'],
  ["SELECT * FROM '$DIR/.env'", 'query.forbidden'],
  ["SELECT * FROM 'https://example.com/a.csv'", 'query.forbidden'],
  ["SELECT (SELECT content FROM read_blob('$DIR/.env')) AS x FROM people", 'query.forbidden'],
  ["SELECT * FROM people WHERE EXISTS (SELECT 1 FROM glob('/**'))", 'query.forbidden'],
  ["WITH x AS (SELECT * FROM sniff_csv('$DIR/.env')) SELECT * FROM x", 'query.forbidden'],
  ["SELECT * FROM query('SELECT 1')", 'query.forbidden'],
  ["SELECT * FROM query_table('people')", 'query.forbidden'],
  ["SELECT * FROM json_execute_serialized_sql('x')", 'query.forbidden'],
  ['SELECT * FROM duckdb_settings()', 'query.forbidden'],
  ['SELECT * FROM duckdb_databases', 'query.forbidden'],
  ['WITH duckdb_databases AS (SELECT * FROM duckdb_databases) SELECT * FROM duckdb_databases', 'query.forbidden'],
  ['SELECT * FROM (WITH duckdb_databases AS (SELECT 1) SELECT 1), duckdb_databases', 'query.forbidden'],
  ['SELECT * FROM information_schema.tables', 'query.forbidden'],
  ['SELECT * FROM sqlite_master', 'query.forbidden'],
  ["SELECT current_setting('allowed_paths') AS x", 'query.forbidden'],
  ["SELECT ('allowed_paths').Current_Setting() AS x", 'query.forbidden'],
  ["SELECT getenv('HOME') AS x", 'query.forbidden'],
  ['SELECT * FROM deskside_stage.stage', 'query.forbidden'],
  ['SELECT * FROM people WHERE id = ?', 'query.invalid'],
  ['SELECT 1 AS a) AS x; SELECT * FROM (SELECT 2 AS b', 'query.invalid'],
  ['SELECT 1 AS a \0; SELECT 2', 'query.invalid'],
]

function refusalTests(bench: () => Bench): void {
  it('refuses everything but one SELECT over the declared tables, and says why', async () => {
    const cases = refusals.values()
    const found: typeof refusals = []
    const worker = async () => {
      for (const [sql] of cases) {
        const own = openBench(bench().engine)
        own.file('.env', 'SECRET=1\n')
        const before = readdirSync(own.dir)
        const problem = await own.problem(sql.replaceAll('$DIR', own.dir))
        expect(JSON.stringify(problem), sql).not.toContain('SECRET')
        expect(
          readdirSync(own.dir).filter((name) => name !== 'stage'),
          sql,
        ).toEqual(before)
        found.push([sql, problem.code])
        own.close()
      }
    }
    // Each case starts a process; a few at once keep the suite short without crowding the machine.
    await Promise.all([worker(), worker(), worker()])
    expect(new Map(found)).toEqual(new Map(refusals))
  })

  it.each([
    "SELECT ';' AS x -- ; done",
    'SELECT 1 AS x /* ; */ ;; -- ;',
    'SELECT 1 AS x FROM (VALUES (1)) AS v(a)',
    'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT max(n) AS x FROM t',
    'WITH people AS (SELECT 1 AS x) SELECT x FROM people',
    'SELECT unnest([1]) AS x',
    '\uFEFFSELECT 1 AS x',
  ])('accepts %s', async (sql) => {
    expect((await bench().rows(sql)).rows).toHaveLength(1)
  })
}

function failureTests(bench: () => Bench): void {
  it.each<[string, ProblemCode, number, number]>([
    ['SELEC 1', 'query.invalid', 1, 1],
    ['SELECT id\nFROM nobody', 'query.invalid', 2, 6],
    ['SELECT id,\n  nope FROM people', 'query.invalid', 2, 3],
    ["SELECT 'äöü😀' AS a, nope FROM people", 'query.invalid', 1, 21],
    ['SELECT id, lowr(name) FROM people', 'query.invalid', 1, 12],
    ['SELECT id\n     , CAST(name AS INTEGER) AS n\nFROM people', 'query.failed', 2, 8],
  ])('names the place of a wrong query: %s', async (sql, code, line, column) => {
    const problem = await bench().problem(sql)
    expect(problem.code).toBe(code)
    expect(problem.data).toEqual({ file: 'query.sql', line, column })
    expect(problem.message.startsWith(`query.sql:${line}:${column}: `)).toBe(true)
  })

  it('suggests the table that was meant', async () => {
    expect((await bench().problem('SELECT 1 FROM peolpe')).message).toContain('did you mean people?')
  })

  it('leaves nothing of a result that fails in row 500,000', async () => {
    const cells = "SELECT CASE WHEN range = 499999 THEN 'x' ELSE CAST(range AS VARCHAR) END AS v FROM range(1000000)"
    const problem = await bench().problem('SELECT\n CAST(v AS BIGINT) AS n\nFROM cells', {
      tables: [sqlTable('cells', cells)],
    })
    expect(problem.code).toBe('query.failed')
    expect(problem.data).toEqual({ file: 'query.sql', line: 2, column: 2 })
  })

  it('reads SQL tables over SQL tables, and names the file of the one that is wrong', async () => {
    const base = bench().request('').tables
    const grown = sqlTable('grown', 'SELECT *, id + 1 AS next -- one more;\nFROM people;\n')
    const named = sqlTable('Named', 'WITH people AS (SELECT * FROM grown) SELECT name, next FROM people')
    const { rows } = await bench().rows('SELECT name, next FROM named ORDER BY next', {
      tables: [named, grown, ...base],
    })
    expect(rows).toEqual([
      ['Ann', '2'],
      ['Bob', '3'],
    ])
    const text = sqlTable('grown', 'SELECT *,\n  nope AS next\nFROM people')
    const wrong = await bench().problem('SELECT * FROM named', { tables: [named, text, ...base] })
    expect([wrong.code, wrong.data]).toEqual(['query.invalid', { file: 'grown.sql', line: 2, column: 3 }])
    const value = sqlTable('grown', 'SELECT *, 1 AS next,\n  CAST(name AS INTEGER) AS n\nFROM people')
    const failed = await bench().problem('SELECT * FROM grown', { tables: [value, ...base] })
    expect([failed.code, failed.data]).toEqual(['query.failed', { file: 'grown.sql', line: 2, column: 3 }])
  })

  it('refuses tables that read each other in a circle', async () => {
    const tables = [sqlTable('a', 'SELECT * FROM b'), sqlTable('b', 'SELECT *\nFROM A')]
    const problem = await bench().problem('SELECT * FROM a', { tables })
    expect([problem.code, problem.data]).toEqual(['query.invalid', { file: 'b.sql', line: 2, column: 6 }])
    expect(problem.message).toContain('a -> b -> a')
  })

  const endless = 'SELECT count(*) AS n FROM range(1000000000000) AS r(i) WHERE hash(i) = 1'

  it('stops a query that takes too long', async () => {
    const problem = await bench().problem(endless, { limits: { memoryMib: 300, timeoutMs: 700 } })
    expect(problem.code).toBe('query.timed_out')
  })

  it('stops when the signal aborts, before or in the middle', async () => {
    expect((await bench().problem('SELECT 1 AS x', { signal: AbortSignal.abort() })).code).toBe('workflow.stopped')
    const controller = new AbortController()
    const running = bench().problem(endless, { signal: controller.signal })
    await appeared(bench().stagePath)
    controller.abort()
    expect((await running).code).toBe('workflow.stopped')
  })

  it('holds the limit of memory', async () => {
    const sql = "SELECT list(i || '-----------------------------') AS x FROM range(20000000) AS r(i)"
    const problem = await bench().problem(sql, { limits: { memoryMib: 100, timeoutMs: 60_000 } })
    expect(problem.code).toBe('query.out_of_memory')
  })
}

function sourceTests(bench: () => Bench): void {
  it.each([
    ['a leading zero', '08000'],
    ['a plus sign', '+491701234567'],
    ['an integer beyond 64 bits', '123456789012345678901234567890'],
    ['a fraction beyond 15 digits', '0.12345678901234567'],
    ['an exponent', '1e5'],
  ])('keeps %s in row 50,001 of a CSV', async (_, value) => {
    const lines = Array.from(
      { length: 60_000 },
      (_, index) => `${index},${index === 50_000 ? value : index + 1},${index / 4}`,
    )
    const tables = [fileTable('t', bench().file('t.csv', `id,zip,amount\n${lines.join('\n')}\n`))]
    const { extract, rows } = await bench().rows('SELECT zip, amount, id FROM t WHERE id IN (0, 50000) ORDER BY id', {
      tables,
    })
    expect(rows).toEqual([
      ['1', '0', '0'],
      [value, '12500', '50000'],
    ])
    expect(extract.columns.map((column) => column.type)).toEqual(['VARCHAR', 'DOUBLE', 'BIGINT'])
    const bound = await bench().engine.bind(bench().request('SELECT zip FROM t', { tables }))
    expect(bound.columns[0]?.type).toBe('VARCHAR')
  })

  it('takes types as declared', async () => {
    const path = bench().file('t.csv', 'id,zip\n1,2\n')
    const types = async (declared: FileTable['types']) =>
      (await bench().rows('SELECT * FROM t', { tables: [fileTable('t', path, declared)] })).extract.columns.map(
        (one) => one.type,
      )
    expect(await types(null)).toEqual(['BIGINT', 'BIGINT'])
    expect(await types('text')).toEqual(['VARCHAR', 'VARCHAR'])
    expect(await types({ Zip: 'text' })).toEqual(['BIGINT', 'VARCHAR'])
    expect(await types({ zip: 'DECIMAL(9,2)' })).toEqual(['BIGINT', 'DECIMAL(9,2)'])
    const wrongs: Record<string, string>[] = [{ zap: 'text' }, { zip: 'strange' }, { zip: "INTEGER'" }]
    for (const wrong of wrongs) {
      const problem = await bench().problem('SELECT * FROM t', {
        tables: [fileTable('t', path, wrong)],
      })
      expect(problem.code).toBe('config.invalid')
    }
  })

  it('reads json, jsonl, parquet and globs', async () => {
    const { dir } = bench()
    bench().file('a.json', '[{"id": 1, "zip": "08000", "big": 123456789012345678901, "o": {"c": [1]}}, {"id": 2}]')
    bench().file('b.jsonl', '{"id": 1, "zip": "08000", "big": 123456789012345678901, "o": {"c": [1]}}\n{"id": 2}\n')
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const columns = "1 AS id, '08000' AS zip, 123456789012345678901::HUGEINT::VARCHAR AS big, {'c': [1]} AS o"
    await connection.run(`COPY (SELECT ${columns} UNION ALL SELECT 2, NULL, NULL, NULL) TO '${dir}/c.parquet'`)
    connection.closeSync()
    instance.closeSync()
    for (const name of ['a.json', 'b.jsonl', 'c.parquet']) {
      const tables = [fileTable('t', join(dir, name))]
      const { rows } = await bench().rows('SELECT id, zip, big, o, o.c[1] AS c FROM t ORDER BY id', { tables })
      expect(rows, name).toEqual([
        ['1', '08000', '123456789012345678901', '{"c":[1]}', '1'],
        ['2', null, null, null, null],
      ])
    }
    bench().file('part-2.csv', 'id,amount\n2,0.5\n')
    bench().file('part-1.csv', 'amount,id\n1,1\n')
    const tables = [fileTable('t', join(dir, 'part-*.csv'))]
    expect((await bench().rows('SELECT id, amount FROM t', { tables })).rows).toEqual([
      ['1', '1'],
      ['2', '0.5'],
    ])
    bench().file('part-3.csv', 'id\n3\n')
    expect((await bench().problem('SELECT * FROM t', { tables })).code).toBe('source.unreadable')
  })

  it('says which source is missing or cannot be read', async () => {
    const problem = async (path: string) => bench().problem('SELECT * FROM t', { tables: [fileTable('t', path)] })
    expect((await problem(join(bench().dir, 'no.csv'))).code).toBe('source.missing')
    expect((await problem(join(bench().dir, 'no-*.csv'))).code).toBe('source.missing')
    expect((await problem(bench().file('empty.csv', ''))).code).toBe('source.unreadable')
    expect((await problem(bench().file('no.parquet', 'PAR'))).code).toBe('source.unreadable')
    expect((await problem(bench().file('no.jsonl', '{"a": 1}\n{"a": \n'))).code).toBe('source.unreadable')
    const path = bench().file('wide.csv', 'a,b\n1,2\n3,4,5\n')
    const wide = await problem(path)
    expect([wide.code, wide.data]).toEqual(['source.unreadable', { file: path, line: 3 }])
    expect(wide.message).not.toContain('3,4,5')
  })
}

function changeTests(bench: () => Bench): void {
  it('stops when a source changes while it is read', async () => {
    const slow = 'SELECT name, (SELECT count(*) FROM range(300000000) AS r(i) WHERE hash(i) = 1) AS n FROM people'
    const running = bench().problem(slow)
    await appeared(bench().stagePath)
    bench().file('people.csv', 'id,name,zip\n1,Ann,10\n2,Bob,21\n')
    expect((await running).code).toBe('source.changed')
  })

  it('leaves the sources as they were', async () => {
    const before = readFileSync(join(bench().dir, 'people.csv'), 'utf8')
    await bench().rows('SELECT * FROM people')
    expect(readFileSync(join(bench().dir, 'people.csv'), 'utf8')).toBe(before)
    expect(leftOf(bench().dir)).toEqual([])
  })
}
