/** The contract of {@link Engine.rows}, and of engines that keep results as files. See engine-contract.ts. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProblemCode } from '../problem.ts'
import type { Engine, QueryRequest, SnapshotEngine } from './engine.ts'
import { fileTable, leftOf, openBench } from './engine-contract.ts'

/** Registers the tests of the first rows that every {@link Engine} gives. */
export function rowsContract(name: string, createEngine: () => Engine): void {
  describe(`${name} gives first rows`, () => {
    let opened: ReturnType<typeof openBench>
    const bench = () => opened
    beforeEach(() => {
      opened = openBench(createEngine())
    })
    afterEach(() => opened.close())
    const asked = (sql: string, limit: number) => {
      const { stagePath: _, ...query } = bench().request(sql)
      return bench().engine.rows({ ...query, limit })
    }

    it('gives the first rows as a stage would hold them, and says whether there are more', async () => {
      const sql = "SELECT id, name, CAST('NaN' AS DOUBLE) AS share FROM people ORDER BY id DESC"
      const columns = [
        { name: 'id', type: 'BIGINT' },
        { name: 'name', type: 'VARCHAR' },
        { name: 'share', type: 'DOUBLE' },
      ]
      expect(await asked(sql, 1)).toEqual({ columns, rows: [['2', 'Bob', null]], hasMore: true })
      expect(await asked(sql, 2)).toMatchObject({ rows: { length: 2 }, hasMore: false })
      expect(await asked('SELECT id FROM people WHERE id > 2', 2)).toMatchObject({ rows: [], hasMore: false })
      expect(leftOf(bench().dir)).toEqual([])
    })

    it.each<[string, ProblemCode]>([
      ["SELECT * FROM read_csv('/etc/passwd')", 'query.forbidden'],
      ['SELECT CAST(name AS INTEGER) AS n FROM people', 'query.failed'],
      ['SELECT 1; SELECT 2', 'query.not_one_select'],
    ])('rows are refused as an extract is: %s', async (sql, code) => {
      await expect(asked(sql, 1)).rejects.toMatchObject({ code })
    })

    it('rows end within a second when they are given up', async () => {
      const { stagePath: _, ...query } = bench().request('SELECT count(*) FROM range(1000000) a, range(1000000) b')
      const given = new AbortController()
      const ended = bench().engine.rows({ ...query, limit: 1, signal: given.signal })
      setTimeout(() => given.abort(), 300)
      await expect(ended).rejects.toMatchObject({ code: 'workflow.stopped' })
    })
  })
}

/** Registers the tests of what an engine promises that keeps results as files. */
export function snapshotContract(name: string, createEngine: () => Engine & SnapshotEngine): void {
  describe(`${name} keeps results as files`, () => {
    let bench: ReturnType<typeof openBench>
    let engine: Engine & SnapshotEngine
    let path: string
    beforeEach(() => {
      engine = createEngine()
      bench = openBench(engine)
      path = join(bench.dir, 'copy.parquet')
    })
    afterEach(() => bench.close())
    const request = (sql: string, more?: Partial<QueryRequest>) => {
      const { stagePath: _, ...query } = bench.request(sql)
      return { ...query, ...more }
    }

    it('a copy is read as the result was, with its types', async () => {
      const sql =
        'SELECT id, name, DATE \'2024-02-29\' AS day, CAST(0.1 AS DOUBLE) AS share, sum(id) OVER () AS "all ids", NULL AS nothing FROM people'
      const columns = await engine.snapshot({ ...request(sql), path })
      expect(columns.map(({ type }) => type)).toEqual([
        'BIGINT',
        'VARCHAR',
        'DATE',
        'DOUBLE',
        'HUGEINT',
        expect.any(String),
      ])
      const tables = [fileTable('copy', path)]
      const found = await engine.rows({ ...request('SELECT * FROM copy', { tables }), limit: 5 })
      expect(found.rows).toEqual([
        ['1', 'Ann', '2024-02-29', '0.1', '3', null],
        ['2', 'Bob', '2024-02-29', '0.1', '3', null],
      ])
      expect(readdirSync(bench.dir).toSorted()).toEqual(['copy.parquet', 'people.csv'])
    })

    it.each([
      ['SELECT CAST(name AS INTEGER) AS n FROM people', 'query.failed'],
      ["COPY people TO 'x.csv'", 'query.not_one_select'],
      ["SELECT * FROM 'copy.parquet'", 'query.forbidden'],
    ])('what fails leaves nothing: %s', async (sql, code) => {
      await expect(engine.snapshot({ ...request(sql), path })).rejects.toMatchObject({ code })
      expect(readdirSync(bench.dir)).toEqual(['people.csv'])
    })

    it('the state of tables is another one when a file was written, added or removed', () => {
      const tables = [fileTable('people', join(bench.dir, '*.csv'))]
      const states = [engine.stateOf({ tables, sql: 'SELECT * FROM people' })]
      bench.file('people.csv', 'id,name,zip\n3,Cyd,30\n4,Dan,40\n')
      states.push(engine.stateOf({ tables, sql: 'SELECT * FROM people' }))
      bench.file('more.csv', 'id,name,zip\n')
      states.push(engine.stateOf({ tables, sql: 'SELECT * FROM people' }))
      for (const name of ['more.csv', 'people.csv']) rmSync(join(bench.dir, name))
      states.push(engine.stateOf({ tables, sql: 'SELECT * FROM people' }))
      expect(new Set(states).size).toBe(4)
      expect(engine.stateOf({ tables, sql: 'SELECT * FROM people' })).toBe(states[3])
    })
  })
}
