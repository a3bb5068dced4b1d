import { readdirSync, statSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { testPostgres } from '../../test/postgres.ts'
import { openSource, type SourceBench } from '../../test/postgres-source.ts'
import type { Problem, ProblemCode } from '../problem.ts'
import { duckdbEngine } from './duckdb.ts'
import type { PostgresTable } from './engine.ts'
import { fileTable, leftOf, openBench, sqlTable } from './engine-contract.ts'
import { copyTables } from './postgres-copies.ts'
import { inSnapshot } from './postgres-reader.ts'

const postgres = await testPostgres()

describe.skipIf(postgres.missing !== null)(
  `PostgreSQL tables${postgres.missing ? ` (${postgres.missing})` : ''}`,
  () => {
    let source: SourceBench
    let bench: ReturnType<typeof openBench>
    beforeEach(async () => {
      source = await openSource(postgres.newDatabase)
      bench = openBench(duckdbEngine())
    })
    afterEach(async () => {
      bench.close()
      await source.close()
    })

    const rowsOf = async (sql: string, ...tables: PostgresTable[]) => (await bench.rows(sql, { tables })).rows
    const bound = async (sql: string, ...tables: PostgresTable[]) =>
      (await bench.engine.bind(bench.request(sql, { tables }))).columns
    /** Extracts, and gives the problem, which never holds the password. */
    async function problemOf(table: PostgresTable, limits = { memoryMib: 300, timeoutMs: 60_000 }): Promise<Problem> {
      const problem = await bench.problem('SELECT * FROM t', { tables: [table], limits })
      const shown = JSON.stringify([problem, problem.message, problem.fix, problem.stack, String(problem.cause)])
      for (const secret of [source.password, encodeURIComponent(source.password), 'only for tests', 'only%20for'])
        expect(shown).not.toContain(secret)
      return problem
    }

    const types: [type: string, expected: string, values: [text: string, read: string | null][]][] = [
      ['smallint', 'SMALLINT', [['-32768', '-32768']]],
      ['int', 'INTEGER', [['2147483647', '2147483647']]],
      ['bigint', 'BIGINT', [['-9223372036854775808', '-9223372036854775808']]],
      ['oid', 'BIGINT', [['4294967295', '4294967295']]],
      [
        'numeric(12,2)',
        'DECIMAL(12,2)',
        [
          ['-9999999999.99', '-9999999999.99'],
          ['1.5', '1.50'],
        ],
      ],
      ['numeric(38)', 'DECIMAL(38,0)', [['9'.repeat(38), '9'.repeat(38)]]],
      ['numeric(3,-2)', 'DECIMAL(5,0)', [['12345', '12300']]],
      ['numeric(2,5)', 'DECIMAL(6,5)', [['0.00012', '0.00012']]],
      [
        'numeric',
        'VARCHAR',
        [
          ['5', '5'],
          ['1e40', `1${'0'.repeat(40)}`],
          ['0.10', '0.10'],
          ['NaN', 'NaN'],
        ],
      ],
      [
        'real',
        'FLOAT',
        [
          ['0.1', '0.1'],
          ['NaN', null],
          ['-infinity', null],
        ],
      ],
      [
        'float8',
        'DOUBLE',
        [
          ['0.1', '0.1'],
          ['1e300', '1e+300'],
          ['3', '3'],
          ['NaN', null],
        ],
      ],
      [
        'bool',
        'BOOLEAN',
        [
          ['t', 'true'],
          ['f', 'false'],
        ],
      ],
      [
        'text',
        'VARCHAR',
        [
          ['', ''],
          ['a"b\'c\\,\n\t', 'a"b\'c\\,\n\t'],
          ['Łódź 😀 \u{10FFFF}\u0001e\u0301', 'Łódź 😀 \u{10FFFF}\u0001e\u0301'],
        ],
      ],
      ['varchar(5)', 'VARCHAR', [['NULL', 'NULL']]],
      ['char(5)', 'VARCHAR', [['ab', 'ab']]],
      ['mood', 'VARCHAR', [['so so', 'so so']]],
      ['uuid', 'VARCHAR', [['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']]],
      [
        'date',
        'DATE',
        [
          ['2024-02-29', '2024-02-29'],
          ['0001-01-01', '0001-01-01'],
        ],
      ],
      [
        'time',
        'TIME',
        [
          ['23:59:59.999999', '23:59:59.999999'],
          ['24:00', '24:00:00'],
        ],
      ],
      ['timestamp', 'TIMESTAMP', [['2024-02-29 12:30:00.000001', '2024-02-29T12:30:00.000001']]],
      ['timestamptz', 'TIMESTAMP WITH TIME ZONE', [['2024-07-01 12:00:00+05:30', '2024-07-01T06:30:00+00:00']]],
      ['json', 'VARCHAR', [['{"a": 1.0, "b": [null]}', '{"a": 1.0, "b": [null]}']]],
      ['jsonb', 'VARCHAR', [['{"b":12345678901234567890}', '{"b": 12345678901234567890}']]],
      ['money', 'VARCHAR', [['12.5', '$12.50']]],
      ['interval', 'VARCHAR', [['1 day 2 hours', 'P1DT2H']]],
      ['timetz', 'VARCHAR', [['12:00+02', '12:00:00+02']]],
      ['inet', 'VARCHAR', [['10.0.0.1/8', '10.0.0.1/8']]],
      ['int4range', 'VARCHAR', [['[1,5)', '[1,5)']]],
      ['amount', 'DECIMAL(8,3)', [['1.2345', '1.235']]],
      [
        'int[]',
        'INTEGER[]',
        [
          ['{1,NULL,3}', '[1,null,3]'],
          ['{}', '[]'],
        ],
      ],
      ['text[]', 'VARCHAR[]', [['{"a,b","c\\"d",NULL,"NULL",""}', '["a,b","c\\"d",null,"NULL",""]']]],
      ['numeric(20,2)[]', 'DECIMAL(20,2)[]', [['{123456789012345678.01}', '[123456789012345678.01]']]],
      ['bool[]', 'BOOLEAN[]', [['{t,f}', '[true,false]']]],
      ['date[]', 'DATE[]', [['{2024-02-29}', '["2024-02-29"]']]],
      ['mood[]', 'VARCHAR[]', [['{"so so"}', '["so so"]']]],
      ['money[]', 'VARCHAR', [['{1}', '{$1.00}']]],
    ]

    // A copy and three processes cost more than a hundred columns, so the types stand beside each other.
    it('types keep their values, with their edges and NULL', async () => {
      await source.sql(`CREATE TYPE mood AS ENUM ('so so', 'fine'); CREATE DOMAIN cents AS numeric(8,3);
        CREATE DOMAIN amount AS cents CHECK (value > 0); SET lc_monetary = 'C';
        CREATE TABLE t (id int, ${types.map(([type], index) => `c${index} ${type}`).join(', ')})`)
      const most = Math.max(...types.map(([, , values]) => values.length))
      // One more than any type has values for: its cells are NULL.
      for (let row = 0; row <= most; row++) {
        const cells = types.map(([type, , values]) => {
          const text = values[row]?.[0]
          return text === undefined ? 'NULL' : `'${text.replaceAll("'", "''")}'::${type}`
        })
        await source.sql(`INSERT INTO t VALUES (${row}, ${cells.join(', ')})`)
      }
      const table = source.table('t', 'public.t')
      const found = await rowsOf('SELECT * EXCLUDE (id) FROM t ORDER BY id', table)
      const read = Object.fromEntries(types.map(([type], index) => [type, found.map((row) => row[index])]))
      const expected = types.map(([type, , values]) => [type, found.map((_, row) => values[row]?.[1] ?? null)])
      expect(read).toEqual(Object.fromEntries(expected))
      const columns = await bound('SELECT * FROM t', table)
      expect(columns.slice(1).map(({ type }, index) => [types[index]?.[0], type])).toEqual(
        types.map(([type, expected]) => [type, expected]),
      )
    })

    it('bytea is binary, as in a Parquet file', async () => {
      await source.sql(`CREATE TABLE t (v bytea); INSERT INTO t VALUES ('\\x00ff41')`)
      const table = source.table('t', 't')
      expect(await rowsOf('SELECT to_hex(v) AS v FROM t', table)).toEqual([['00FF41']])
      expect((await problemOf(table)).code).toBe('query.invalid')
    })

    it.each([
      ["date 'infinity'", 'date', 'infinity'],
      ["timestamptz '-infinity'", 'timestamptz', 'infinity'],
      ["date '0044-03-15 BC'", 'date', 'a date before Christ'],
      ["timestamp '0001-12-31 10:00 BC'", 'timestamp', 'a date before Christ'],
      ["numeric(5,2) 'NaN'", 'numeric(5,2)', 'NaN'],
      ["timestamp '294276-12-31'", 'timestamp', 'a value that is no TIMESTAMP'],
      ["ARRAY['NaN'::numeric(5,2)]", 'numeric(5,2)[]', 'NaN'],
      ["ARRAY[date 'infinity']", 'date[]', 'infinity'],
      ['ARRAY[[1,2],[3,4]]', 'int[]', 'an array of arrays'],
    ])('%s is told instead of being made something else, and can be read as text', async (value, type, what) => {
      await source.sql(
        `CREATE TABLE t (id int, v ${type}); INSERT INTO t SELECT i, NULL FROM generate_series(1, 10) i; INSERT INTO t VALUES (11, ${value})`,
      )
      const problem = await problemOf(source.table('t', 't'))
      expect(problem).toMatchObject({ code: 'source.unreadable', data: { source: 'crm', table: 't', column: 'v' } })
      expect(problem.message).toContain(`public.t (table t): The column v holds ${what}`)
      const [shown] = await source.sql('SELECT v::text FROM t WHERE id = 11')
      const asText = source.table('t', 't', { types: { V: 'text' } })
      expect(await rowsOf('SELECT v FROM t WHERE id = 11', asText)).toEqual([[shown?.v]])
    })

    it('a number of more digits than a DECIMAL has is told, and can be read as text', async () => {
      await source.sql(`CREATE TABLE t (v numeric(50,10)); INSERT INTO t VALUES (1)`)
      expect(await problemOf(source.table('t', 't'))).toMatchObject({
        code: 'source.unreadable',
        message: expect.stringContaining('numeric(50,10), and a DECIMAL has 38 digits'),
        data: { column: 'v' },
      })
      expect(await rowsOf('SELECT v FROM t', source.table('t', 't', { types: 'text' }))).toEqual([['1.0000000000']])
    })

    it('columns get the types that deskside.yml says', async () => {
      await source.sql(
        `CREATE TABLE t (zip int, total numeric, "Tags" text[]); INSERT INTO t VALUES (8000, 12.345, '{1,2}')`,
      )
      const types = { total: 'decimal(12,2)', ZIP: 'text', tags: 'integer[]' }
      const table = source.table('t', 't', { types })
      expect(await bound('SELECT * FROM t', table)).toEqual([
        { name: 'zip', type: 'VARCHAR' },
        { name: 'total', type: 'DECIMAL(12,2)' },
        { name: 'Tags', type: 'INTEGER[]' },
      ])
      expect(await rowsOf('SELECT * FROM t WHERE total > 5', table)).toEqual([['8000', '12.35', '[1,2]']])
      const wrong = await problemOf(source.table('t', 't', { types: { none: 'text' } }))
      expect(wrong).toMatchObject({
        code: 'config.invalid',
        message: expect.stringContaining('there is no column none'),
      })
    })

    it.each([
      ['public.t', 'public.t'],
      ['t', 'public.t'],
      ['"Odd schema"."a.b""c"', '"Odd schema"."a.b""c"'],
      ['Sales.Orders', '"Sales"."Orders"'],
    ])('%s is found under its very name', async (name, quoted) => {
      await source.sql(`CREATE SCHEMA "Odd schema"; CREATE SCHEMA "Sales"; CREATE TABLE ${quoted} ("a ""b" int); INSERT INTO ${quoted} VALUES (7);
      GRANT USAGE ON SCHEMA "Odd schema", "Sales" TO PUBLIC`)
      expect(await rowsOf('SELECT * FROM t', source.table('t', name))).toEqual([['7']])
    })

    it('tables are joined with files and read through tables by SQL; what is not read is not asked for', async () => {
      await source.sql(
        `CREATE TABLE customers AS SELECT i AS id, 'c' || i AS name FROM generate_series(1, 3) i; CREATE VIEW broken AS SELECT 1 / (SELECT count(*) FROM customers WHERE false) AS x`,
      )
      const tables = [
        source.table('crm_customers', 'customers'),
        source.table('broken', 'broken'),
        source.table('elsewhere', 'x', { url: 'postgres://nobody@127.0.0.1:1/none' }),
        fileTable('zips', bench.file('zips.csv', 'id,zip\n2,020\n')),
        sqlTable('named', 'SELECT c.id, c.name, z.zip FROM crm_customers c JOIN zips z ON c.id = z.id'),
      ]
      expect((await bench.rows('WITH n AS (SELECT * FROM named) SELECT * FROM n', { tables })).rows).toEqual([
        ['2', 'c2', '020'],
      ])
      expect((await bench.rows('SELECT * FROM zips', { tables })).rows).toHaveLength(1)
      const request = bench.request('SELECT count(*) AS n FROM crm_customers', { tables })
      expect(await bench.engine.figures(request)).toEqual({ n: 3 })
      expect(await bench.engine.figures({ ...request, sampleRows: 2 })).toEqual({ n: 2 })
      const { columns } = await bench.engine.lineage(bench.request('SELECT upper(name) AS n FROM named', { tables }))
      expect(columns).toEqual([{ name: 'n', from: [{ table: 'crm_customers', column: 'name' }] }])
      const seen = await bench.engine.rows({
        ...bench.request('SELECT id FROM crm_customers ORDER BY 1', { tables }),
        limit: 2,
      })
      expect(seen).toMatchObject({ rows: [['1'], ['2']], hasMore: true })
    })

    it('json is read with the functions for it', async () => {
      await source.sql(`CREATE TABLE t AS SELECT '{"a": {"b": "x"}}'::json AS j, '{"n": 1}'::jsonb AS b`)
      const sql = "SELECT json_extract_scalar(j, '$.a.b') AS x, json_extract_scalar(b, '$.n') AS n FROM t"
      expect(await rowsOf(sql, source.table('t', 't'))).toEqual([['x', '1']])
    })

    it('binding reads no row', async () => {
      await source.sql('CREATE VIEW t AS SELECT 1 AS id, pg_sleep(3600) IS NULL AS x')
      expect(await bound('SELECT * FROM t', source.table('t', 't'))).toHaveLength(2)
    })

    it('all tables of a source are of one moment, though somebody commits in between', async () => {
      await source.sql(`CREATE TABLE a AS SELECT 1 AS id; CREATE TABLE b AS SELECT 1 AS id; CREATE TABLE signal AS SELECT 1 AS id;
      CREATE FUNCTION wait_for_lock() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN 1; END $$;
      CREATE VIEW slow AS SELECT id, wait_for_lock() AS w FROM a`)
      const other = new pg.Client(source.url)
      await other.connect()
      await other.query('SELECT pg_advisory_lock(7)')
      const reading = rowsOf(
        'SELECT (SELECT count(*) FROM slow) AS a, (SELECT count(*) FROM b) AS b',
        source.table('slow', 'slow'),
        source.table('b', 'b'),
      )
      await untilSession(({ query }) => query.startsWith('FETCH'))
      await source.sql('BEGIN; INSERT INTO a VALUES (2); INSERT INTO b VALUES (2); COMMIT')
      await other.query('SELECT pg_advisory_unlock(7)')
      expect(await reading).toEqual([['1', '1']])
      await other.end()
    })

    async function untilSession(
      fits: (session: { pid: number; state: string; query: string }) => boolean,
    ): Promise<number> {
      for (;;) {
        const found = (await source.sessions()).find(fits)
        if (found !== undefined) return found.pid
        await delay(10)
      }
    }

    it('the session can only read: what a view writes fails, and is not written', async () => {
      await source.sql(`CREATE TABLE log (id int); GRANT ALL ON log TO PUBLIC;
      CREATE FUNCTION note() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (1); RETURN 1; END $$;
      CREATE VIEW t AS SELECT note() AS id`)
      const problem = await problemOf(source.table('t', 't'))
      expect(problem).toMatchObject({ code: 'source.refused', fix: expect.stringContaining('change nothing') })
      expect(problem.message).toContain('does more than read')
      await problemOf(source.table('t', 't', { url: source.url }))
      expect(await source.sql('SELECT * FROM log')).toEqual([])
      await source.sql(`CREATE FUNCTION escape() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET TRANSACTION READ WRITE; INSERT INTO log VALUES (1); RETURN 1; END $$;
      CREATE VIEW u AS SELECT escape() AS id`)
      expect((await problemOf(source.table('t', 'u'))).code).toMatch(/^source\./)
      expect(await source.sql('SELECT * FROM log')).toEqual([])
    })

    const sessionSql = `SELECT current_setting('transaction_read_only') AS read_only, current_setting('transaction_isolation') AS isolation,
    current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
    current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('application_name') AS name`

    it('the session has its limits', async () => {
      await source.sql(`CREATE VIEW t AS ${sessionSql}`)
      expect(await rowsOf('SELECT * FROM t', source.table('t', 't'))).toEqual([
        ['on', 'repeatable read', '1min', '10s', '1min', 'deskside'],
      ])
    })

    const wrong: [title: string, prepare: string, table: () => PostgresTable, code: ProblemCode, words: RegExp][] = [
      [
        'a table that is not there',
        'CREATE TABLE customers (id int)',
        () => source.table('t', 'public.custmers'),
        'source.missing',
        /has no public\.custmers \(table t\); did you mean public\.customers\?/,
      ],
      [
        'another case',
        'CREATE TABLE customers (id int)',
        () => source.table('t', 'Customers'),
        'source.missing',
        /did you mean public\.customers\?/,
      ],
      ['no columns', 'CREATE TABLE t ()', () => source.table('t', 't'), 'source.unreadable', /It has no columns/],
      [
        'columns that differ by case',
        'CREATE TABLE t (id int, "ID" int)',
        () => source.table('t', 't'),
        'source.unreadable',
        /id and ID differ by case only/,
      ],
      [
        'no right to read',
        "CREATE TABLE t (id int); REVOKE ALL ON t FROM PUBLIC, CURRENT_USER; DO $$ BEGIN EXECUTE (SELECT format('REVOKE ALL ON t FROM %I', grantee) FROM information_schema.role_table_grants WHERE table_name = 't' LIMIT 1); END $$",
        () => source.table('t', 't'),
        'source.refused',
        /permission denied/,
      ],
      [
        'no right to the schema',
        'CREATE SCHEMA s; CREATE TABLE s.t (id int)',
        () => source.table('t', 's.t'),
        'source.refused',
        /permission denied/,
      ],
      [
        'a wrong password',
        '',
        () => source.table('t', 't', { url: source.readerUrl.replace('secret', 'wrong') }),
        'source.refused',
        /refused to let Deskside in/,
      ],
      [
        'a database that is not there',
        '',
        () => source.table('t', 't', { url: `${source.readerUrl}x` }),
        'source.refused',
        /no database/,
      ],
      [
        'nobody who listens',
        '',
        () => source.table('t', 't', { url: source.readerUrl.replace(/:\d+\//, ':1/') }),
        'source.unreachable',
        /nothing listens/,
      ],
      [
        'a host that is not known',
        '',
        () => source.table('t', 't', { url: source.readerUrl.replace('127.0.0.1', 'none.invalid') }),
        'source.unreachable',
        /host name is not known|name service/,
      ],
      [
        'TLS that the server does not speak',
        '',
        () => source.table('t', 't', { url: `${source.readerUrl}?sslmode=require` }),
        'source.unreachable',
        /speaks no TLS/,
      ],
      [
        'a URL without a value',
        '',
        () => source.table('t', 't', { url: 'postgres://unset@unset.example.invalid/unset' }),
        'config.variable_missing',
        /no value/,
      ],
      [
        'a view that fails',
        'CREATE TABLE z AS SELECT 0 AS x; CREATE VIEW t AS SELECT 1 / x AS y FROM z',
        () => source.table('t', 't'),
        'source.unreadable',
        /division by zero/,
      ],
    ]
    it.each(wrong)('%s is told', async (_, prepare, table, code, words) => {
      if (prepare !== '') await source.sql(prepare)
      const problem = await problemOf(table())
      expect([problem.code, problem.message]).toEqual([code, expect.stringMatching(words)])
      expect(problem.message).toContain('crm')
      await gone()
    })

    it('a server that accepts and says nothing is given up', async () => {
      const open: Socket[] = []
      const silent = createServer((socket) => open.push(socket.on('error', () => {})))
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
      const { port } = silent.address() as { port: number }
      const url = source.readerUrl.replace(/:\d+\//, `:${port}/`)
      const problem = await problemOf(source.table('t', 't', { url }), { memoryMib: 300, timeoutMs: 1_000 })
      expect(problem.code).toMatch(/^(source\.unreachable|query\.timed_out)$/)
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => silent.close(resolve))
    })

    it('a statement that takes too long is ended, there too', async () => {
      await source.sql('CREATE VIEW t AS SELECT pg_sleep(3600)::text AS x')
      const problem = await problemOf(source.table('t', 't'), { memoryMib: 300, timeoutMs: 1_000 })
      expect(problem).toMatchObject({ code: 'query.timed_out', message: expect.stringContaining('longer than 1 s') })
      await gone()
    })

    /** The server has noticed that nobody is there. */
    async function gone(limitMs = 2_000): Promise<void> {
      const startedAtMs = Date.now()
      while ((await source.sessions()).length > 0) {
        if (Date.now() - startedAtMs > limitMs) expect(await source.sessions()).toEqual([])
        await delay(20)
      }
    }

    it('a table that somebody changes is not waited for longer than the lock time-out', async () => {
      await source.sql('CREATE TABLE t (id int)')
      const other = new pg.Client(source.url)
      await other.connect()
      await other.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE')
      const problem = await problemOf(source.table('t', 't'), { memoryMib: 300, timeoutMs: 2_000 })
      expect(problem).toMatchObject({ code: 'source.locked', data: { source: 'crm', table: 't' } })
      await other.end()
    })

    const manySql = `CREATE VIEW t AS SELECT i AS id, repeat(md5(i::text), 8) AS x FROM generate_series(1, 400000) i WHERE i < 390000 OR pg_sleep(3600) IS NULL`

    it('a connection that breaks in the middle is told, and leaves nothing', async () => {
      await source.sql(manySql)
      const reading = problemOf(source.table('t', 't'))
      const pid = await untilSession(({ query }) => query.startsWith('FETCH'))
      await source.sql(`SELECT pg_terminate_backend(${pid})`)
      expect(await reading).toMatchObject({ code: 'source.unreachable', data: { source: 'crm', table: 't' } })
    })

    it('an abort in the middle ends within a second, and leaves neither a session nor a file', async () => {
      await source.sql(
        'CREATE VIEW t AS SELECT i AS id FROM generate_series(1, 3000) i WHERE i < 1000 OR pg_sleep(3600) IS NULL',
      )
      const control = new AbortController()
      const reading = bench.engine
        .extract(bench.request('SELECT * FROM t', { tables: [source.table('t', 't')], signal: control.signal }))
        .catch((error: unknown) => error)
      await untilSession(({ query }) => query.startsWith('FETCH'))
      const folder = join(bench.dir, 'stage', 'run.duckdb.tmp')
      expect(statSync(folder).mode & 0o777).toBe(0o700)
      const startedAtMs = performance.now()
      control.abort()
      expect(await reading).toMatchObject({ code: 'workflow.stopped' })
      expect(performance.now() - startedAtMs).toBeLessThan(1_000)
      expect(leftOf(bench.dir)).toEqual([])
      await gone()
    })

    it('copies are for their owner only, and gone with the query', async () => {
      await source.sql('CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 3000) i')
      const table = source.table('t', 't')
      const copies = await copyTables([table], { dir: bench.dir, rows: 'all', timeoutMs: 60_000 })
      expect(copies.get('t')?.files?.map((path) => statSync(path).mode & 0o777)).toEqual([0o600])
      const found = await bench.engine.rows({ ...bench.request('SELECT * FROM t', { tables: [table] }), limit: 1 })
      expect(found.hasMore).toBe(true)
      const ours = (name: string) => name.startsWith('deskside-rows-') && name.includes(`-${process.pid}-`)
      expect(readdirSync(tmpdir()).filter(ours)).toEqual([])
    })

    it('rows keep their order, and none is lost between the parts of a copy', async () => {
      await source.sql('CREATE TABLE t AS SELECT i AS id, md5(i::text) AS x FROM generate_series(1, 300000) i')
      const { extract } = await bench.rows('SELECT count(*) AS n FROM t', { tables: [source.table('t', 't')] })
      expect(extract.rows).toBe(1)
      const rows = await rowsOf(
        'SELECT count(*) AS n, count(DISTINCT id) AS ids, sum(id) AS total, bool_and(x = md5(CAST(id AS VARCHAR))) AS whole FROM (SELECT id, x FROM t)',
        { ...source.table('t', 't') },
      ).catch((error: Problem) => error.message)
      expect(rows).toEqual([['300000', '300000', String((300_000 * 300_001) / 2), 'true']])
      const first = await bench.engine.rows({
        ...bench.request('SELECT id FROM t', { tables: [source.table('t', 't')] }),
        limit: 3,
      })
      expect(first.rows).toEqual([['1'], ['2'], ['3']])
    })

    it('what is remembered of a table is forgotten after a few minutes, where the SQL may read it', () => {
      vi.useFakeTimers({ toFake: ['Date'], now: 0 })
      const tables = [source.table('customers', 'customers'), sqlTable('loyal', 'SELECT * FROM Customers')]
      const states = (sql: string, some = tables) =>
        [0, 299_999, 300_000].map((now) => {
          vi.setSystemTime(now)
          return duckdbEngine().stateOf({ tables: some, sql })
        })
      const [first, second, third] = states('SELECT * FROM loyal')
      expect([second === first, third === first]).toEqual([true, false])
      expect(new Set(states('SELECT 1', tables.slice(0, 1))).size).toBe(1)
      vi.useRealTimers()
    })

    it('a page is not asked for before the one before is done with', async () => {
      await source.sql('CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 100000) i')
      const table = source.table('t', 't')
      let fetched = 0
      await inSnapshot(table.source, { timeoutMs: 60_000 }, async (reader) => {
        for await (const page of reader.pages(table, await reader.columns(table), null)) {
          fetched += page.length
          if (fetched > 200) break
        }
      })
      expect(fetched).toBeLessThan(10_000)
      await gone()
    })
  },
)
