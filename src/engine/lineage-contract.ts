import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from './engine.ts'
import { type Bench, openBench, sqlTable } from './engine-contract.ts'

/** The part of the contract of engines that is about where values come from, and about figures. */
export function lineageContract(name: string, createEngine: () => Engine): void {
  describe(`${name} holds the contract of engines`, () => {
    let bench: ReturnType<typeof openBench>
    beforeEach(() => {
      bench = openBench(createEngine())
    })
    afterEach(() => bench.close())
    lineageTests(() => bench)
    readsTests(() => bench)
    figureTests(() => bench)
  })
}

function readsTests(bench: () => Bench): void {
  it('tells which tables texts read, opens no file, and says what it cannot tell', async () => {
    const texts: [sql: string, reads: string[] | null][] = [
      ['SELECT * FROM people', ['People']],
      ['WITH people AS (SELECT 1 AS a) SELECT * FROM people', []],
      ["SELECT 'people' AS people -- FROM people", []],
      ['SELECT (SELECT max(id) FROM "PEOPLE") FROM Named JOIN named n USING (id)', ['Named', 'People']],
      ['SELECT * FROM people; SELECT 1', null],
      ['SELECT * FROM people, nowhere', null],
      ["SELECT * FROM read_csv('/etc/passwd')", null],
      ['people', null],
      ['', null],
      ["SELECT date_format(x, '%Y') FROM named", ['Named']],
    ]
    const { dialect, limits } = bench().request('')
    const found = await bench().engine.reads({
      ...{ dialect, limits, tables: [{ name: 'People' }, { name: 'Named' }] },
      texts: texts.map(([sql], index) => ({ sql, file: `${index}.sql` })),
    })
    expect(found.map((one, index) => [texts[index]![0], one?.toSorted() ?? null])).toEqual(texts)
  })
}

function lineageTests(bench: () => Bench): void {
  it('tells where the columns of a result come from, without running the query', async () => {
    const tables = [
      ...bench().request('').tables,
      sqlTable('named', 'SELECT id AS "The id", upper(name) AS n FROM people'),
    ]
    const sql = `
      WITH big AS (SELECT "The id" AS i, n FROM named WHERE length(n) > 1)
      SELECT big.n AS name, p.zip + 1 AS "user_fields.Zip", CAST(n AS INTEGER) AS bad, 1 AS one, x.*
      FROM big JOIN People p ON p.id = big.i CROSS JOIN (SELECT count(*) AS c FROM people) x`
    const lineage = await bench().engine.lineage(bench().request(sql, { tables }))
    const of = (...columns: string[]) => columns.map((column) => ({ table: 'people', column }))
    expect(lineage.columns).toEqual([
      { name: 'name', from: of('name') },
      { name: 'user_fields.Zip', from: of('zip') },
      { name: 'bad', from: of('name') },
      { name: 'one', from: [] },
      { name: 'c', from: [] },
    ])
    expect(lineage.rows).toEqual(of('id', 'name'))
    expect(existsSync(bench().stagePath)).toBe(false)
  })

  it('stops at the columns that it is told to, and says what it cannot tell', async () => {
    const tables = [...bench().request('').tables, sqlTable('named', 'SELECT id, name FROM people')]
    const leaves = [{ table: 'NAMED', column: 'Name' }]
    const sql = 'SELECT name, id, x FROM named POSITIONAL JOIN (SELECT 1 AS x)'
    expect((await bench().engine.lineage({ ...bench().request(sql, { tables }), leaves })).columns).toEqual([
      { name: 'name', from: 'unknown' },
      { name: 'id', from: 'unknown' },
      { name: 'x', from: 'unknown' },
    ])
    const plain = { ...bench().request('SELECT id, name FROM named', { tables }), leaves }
    expect((await bench().engine.lineage(plain)).columns).toEqual([
      { name: 'id', from: [{ table: 'people', column: 'id' }] },
      { name: 'name', from: [{ table: 'named', column: 'name' }] },
    ])
  })

  it.each([
    ['SELECT nothing FROM people', 'query.invalid'],
    ["SELECT * FROM read_csv('/etc/passwd')", 'query.forbidden'],
    ['SELECT 1; SELECT 2', 'query.not_one_select'],
  ])('refuses what it would not run: %s', async (sql, code) => {
    await expect(bench().engine.lineage(bench().request(sql))).rejects.toMatchObject({ code })
  })
}

function figureTests(bench: () => Bench): void {
  it('gives one row of numbers', async () => {
    const sql = 'SELECT count(*) AS n, max(zip) / 3 AS "third of", sum(id) FILTER (WHERE id > 9) AS "none" FROM people'
    expect(await bench().engine.figures(bench().request(sql))).toEqual({ n: 2, 'third of': 20 / 3, none: null })
    expect(existsSync(bench().stagePath)).toBe(false)
  })

  it.each([
    ['a text', 'SELECT max(name) AS n FROM people'],
    ['a list', 'SELECT list(id) AS n FROM people'],
    ['several rows', 'SELECT id FROM people'],
    ['no row', 'SELECT id FROM people WHERE id > 9'],
  ])('gives nothing else away: %s', async (_, sql) => {
    const problem = await bench()
      .engine.figures(bench().request(sql))
      .catch((error: unknown) => error)
    expect(problem).toMatchObject({ code: 'internal.bug' })
    expect(String(problem)).not.toContain('Bob')
  })

  it('fails as a query does', async () => {
    const failed = bench().engine.figures(bench().request('SELECT sum(CAST(name AS INTEGER)) AS n FROM people'))
    await expect(failed).rejects.toMatchObject({ code: 'query.failed' })
  })
}
