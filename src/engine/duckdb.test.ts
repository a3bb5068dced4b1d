import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duckdbEngine } from './duckdb.ts'
import { openConnection, openSandbox } from './duckdb-sandbox.ts'
import { appeared, engineContract, fileTable, leftOf, openBench } from './engine-contract.ts'
import { lineageContract } from './lineage-contract.ts'
import { rowsContract, snapshotContract } from './rows-contract.ts'

engineContract('DuckDB', duckdbEngine)
lineageContract('DuckDB', duckdbEngine)
rowsContract('DuckDB', duckdbEngine)
snapshotContract('DuckDB', duckdbEngine)

describe('the DuckDB engine', () => {
  let bench: ReturnType<typeof openBench>
  beforeEach(() => {
    bench = openBench(duckdbEngine())
  })
  afterEach(() => bench.close())

  // The check of the syntax tree refuses these before DuckDB sees them; here the lock behind it is tried alone.
  it('is locked even for statements that the check of the SQL would let through', async () => {
    const env = bench.file('.env', 'SECRET=1\n')
    const other = bench.file('other.csv', 'a\n1\n')
    const query = bench.request('SELECT 1')
    const connection = await openConnection(query, null)
    const people = fileTable('people', join(bench.dir, 'people.csv'))
    await openSandbox(connection, [people], null)
    await connection.run('SELECT * FROM people')
    for (const sql of [
      `SELECT * FROM read_text('${env}')`,
      `SELECT * FROM read_text('${bench.dir}/.tmp/../.env')`,
      `SELECT * FROM '${other}'`,
      `SELECT * FROM glob('${bench.dir}/*')`,
      `COPY (SELECT 1) TO '${bench.dir}/out.csv'`,
      `ATTACH '${bench.dir}/other.duckdb'`,
      "SET memory_limit = '10GB'",
      'SET enable_external_access = true',
      "SET allowed_paths = ['/etc/passwd']",
      'INSTALL httpfs',
      'LOAD httpfs',
    ]) {
      await expect(connection.run(sql), sql).rejects.toThrow(/Permission|Cannot|disabled|locked|not allowed/i)
    }
    connection.closeSync()
  })

  it('reads files whose names look like globs, and symbolic links', async () => {
    bench.file('d1.csv', 'a\nwrong\n')
    const path = bench.file('d[1]*.csv', 'a\nright\n')
    symlinkSync(path, join(bench.dir, 'link.csv'))
    for (const name of ['d[1]*.csv', 'link.csv']) {
      const { rows } = await bench.rows('SELECT a FROM t', { tables: [fileTable('t', join(bench.dir, name))] })
      expect(rows).toEqual([['right']])
    }
  })

  it.each([
    ['a header only', 'id,name\n', []],
    ['semicolons', 'id;name\n1;"A;B"\n', [['1', 'A;B']]],
    [
      'a comment sign',
      '#id,name\n#1,Ann\n2,Bob\n',
      [
        ['#1', 'Ann'],
        ['2', 'Bob'],
      ],
    ],
    ['Windows line ends', 'id,name\r\n1,Ann\r\n', [['1', 'Ann']]],
    ['a line break in a cell', 'id,name\n1,"A\nB"\n', [['1', 'A\nB']]],
    ['a byte order mark', '\uFEFFid,name\n1,Ann\n', [['1', 'Ann']]],
    ['days that could be months', 'id,name\n1,03/04/2024\n', [['1', '03/04/2024']]],
    [
      'numbers that went wrong',
      'id,name\n1,2.50\n2,nan\n',
      [
        ['1', '2.5'],
        ['2', null],
      ],
    ],
    [
      'names that look like numbers',
      'id,name\n1,nan\n2,inf\n',
      [
        ['1', 'nan'],
        ['2', 'inf'],
      ],
    ],
  ])('reads a CSV with %s', async (_, text, expected) => {
    const { rows } = await bench.rows('SELECT * FROM t', { tables: [fileTable('t', bench.file('t.csv', text))] })
    expect(rows).toEqual(expected)
  })

  it.each([
    ['a quote within quotes', '"Bo"b",1'],
    ['a quote that does not end', '"Bob,1'],
    ['a cell too many', '"Bob",1,2'],
    ['a cell too few', '"Bob"'],
  ])('never guesses another format because of %s', async (_, line) => {
    const lines = Array.from({ length: 30_000 }, (_, index) => (index === 25_000 ? line : `"Ann",${index}`))
    const path = bench.file('t.csv', `name,id\n${lines.join('\n')}\n`)
    const problem = await bench.problem('SELECT * FROM t', { tables: [fileTable('t', path)] })
    expect([problem.code, problem.data]).toEqual(['source.unreadable', { file: path, line: 25_002 }])
    expect(problem.message).not.toContain('Bo')
  })

  // One process costs more than a thousand cells, so the samples stand beside each other in one file.
  it('gives every text of a CSV back as it stands', async () => {
    const texts = fc
      .sample(fc.string({ unit: 'grapheme', maxLength: 20 }), 300)
      .map((text) => text.replaceAll('\0', ''))
    const words = fc.sample(fc.stringMatching(/^[ ",;'\n\r\\#+=-]{1,8}[a-z"]{0,3}$/), 300)
    const values = [...texts, ...words]
    const path = bench.file(
      't.csv',
      `id,value\n${stringify(
        values.map((value, id) => [id, value]),
        { quoted: true },
      )}`,
    )
    for (const types of [null, 'text'] as const) {
      const tables = [fileTable('t', path, types)]
      const { rows } = await bench.rows('SELECT value FROM t ORDER BY CAST(id AS INTEGER)', { tables })
      expect(rows.map((row) => row[0])).toEqual(values.map((value) => (value === '' ? null : value)))
    }
  })

  it("never changes a number that is somebody's id", async () => {
    const wild = fc.stringMatching(/^[-+]?[0-9]{0,2}(0|[0-9]{1,19})(\.[0-9]{1,18})?(e[0-9])?$/)
    const tame = fc.integer({ min: 1, max: 999_999 }).map(String)
    const column = fc.tuple(tame, fc.oneof(tame, wild), fc.oneof(tame, wild))
    const columns = fc.sample(column, 300)
    const lines = [0, 1, 2].map((row) => columns.map((cells) => cells[row]).join(','))
    const path = bench.file('t.csv', `${columns.map((_, index) => `c${index}`).join(',')}\n${lines.join('\n')}\n`)
    const { extract, rows } = await bench.rows('SELECT * FROM t', { tables: [fileTable('t', path)] })
    const types = extract.columns.map((one) => one.type)
    expect(new Set(types)).toEqual(new Set(['BIGINT', 'DOUBLE', 'VARCHAR']))
    for (const [index, cells] of columns.entries()) {
      for (const [row, text] of cells.entries()) {
        // A fraction may lose the zeros at its end, and nothing else.
        const short = /\./.test(text) && types[index] === 'DOUBLE' ? text.replace(/\.?0+$/, '') : text
        expect([types[index], rows[row]?.[index]]).toEqual([types[index], short])
      }
    }
  })

  it('reads no table that the query does not name', async () => {
    const tables = [...bench.request('').tables, fileTable('other', join(bench.dir, 'not-there.csv'))]
    expect((await bench.rows('SELECT id FROM people', { tables })).rows).toHaveLength(2)
  })

  it('refuses to write over a stage', async () => {
    await bench.engine.extract(bench.request('SELECT 1 AS x'))
    await expect(bench.engine.extract(bench.request('SELECT 1 AS x'))).rejects.toMatchObject({ code: 'internal.bug' })
    expect(leftOf(bench.dir)).toEqual(['run.duckdb'])
  })

  it.runIf(process.platform === 'linux')(
    'ends and cleans up when its parent is killed, and has no environment',
    async () => {
      const sql = 'SELECT count(*) AS n FROM range(1000000000000) AS r(i) WHERE hash(i) = 1'
      const request = JSON.stringify(bench.request(sql))
      const script = `import { duckdbEngine } from ${JSON.stringify(new URL('./duckdb.ts', import.meta.url).href)}\nawait duckdbEngine().extract(${request})`
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
        env: { SECRET: 'do not inherit' },
        stdio: 'inherit',
      })
      await appeared(bench.stagePath)
      const children = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .filter((pid) => parentOf(pid) === parent.pid)
      expect(children).toHaveLength(1)
      expect(readFileSync(`/proc/${children[0]}/environ`, 'utf8')).toBe('')
      expect(readFileSync(`/proc/${children[0]}/cmdline`, 'utf8')).not.toContain('hash(i)')
      process.kill(parent.pid!, 'SIGKILL')
      while (isRunning(children[0]!) || leftOf(bench.dir).length > 0) await delay(10)
      rmSync(join(bench.dir, 'stage'), { recursive: true })
    },
  )
})

function statOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  } catch {
    return []
  }
}

function parentOf(pid: string): number {
  return Number(statOf(pid)[1])
}

/** A process that nobody has waited for yet is still listed, as a zombie. */
function isRunning(pid: string): boolean {
  const state = statOf(pid)[0]
  return state !== undefined && state !== 'Z' && state !== 'X'
}
