import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inherited, struckAt } from '../../test/cli-child.ts'
import { binPath } from './context.ts'
import { runCli } from './test-run.ts'

const project = `name: segments
database:
  tables: { customers: customers.csv }
queries:
  both: both.sql
  endless: endless.sql
attributes_tables:
  People: { sql: people.sql }
segments:
  both: { attributes: People, include: { combinator: and, rules: [] } }
  bostonians:
    name: From Boston
    attributes: People
    include: { combinator: and, rules: [{ field: city, operator: "=", value: Boston }] }
    fields: [amperity_id, name]
  broken:
    attributes: People
    include: { combinator: and, rules: [{ field: cty, operator: "=", value: Boston }] }
`

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deskside-segments-'))
  const files = {
    'deskside.yml': project,
    'customers.csv': 'amperity_id,name,city\na,=Ann,Boston\nb,Bo,Rome\nc,Cy,\n',
    'people.sql': 'SELECT amperity_id, name, city FROM customers',
    'both.sql': 'SELECT amperity_id FROM customers ORDER BY amperity_id',
    'endless.sql': 'SELECT count(*) AS name FROM range(10000000) a, range(10000000) b',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
})
afterAll(() => rm(dir, { recursive: true }))

const run = (line: string) => runCli(line.split(' '), dir)

describe('segment', () => {
  test('list shows the segments there are', async () => {
    const { exitCode, stdout } = await run('segment list')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^ {2}bostonians +From Boston +People +rules +amperity_id, name$/m)
    expect(JSON.parse((await run('segment list --json')).stdout)[1]).toEqual({
      key: 'bostonians',
      name: 'From Boston',
      attributes: 'People',
      fields: ['amperity_id', 'name'],
      made_of: 'rules',
    })
  })

  test('count tells how many of how many', async () => {
    expect(await run('segment count bostonians')).toMatchObject({ exitCode: 0, stdout: '1 person of 3 (33.3 %)\n' })
    const { stdout } = await run('segment count both --json')
    expect(JSON.parse(stdout)).toEqual({ segment: 'both', count: 3, total: 3, ms: expect.any(Number) })
  })

  test('sql is the SELECT that is sent', async () => {
    const { stdout } = await run('segment sql bostonians')
    expect(stdout).toMatch(/^SELECT "amperity_id", "name"\nFROM "People"\nWHERE .*\n {2}AND "city" = 'Boston'\n/)
  })

  test.each([
    ['segment count none', 'config.unknown_object', 'Use one of: both, bostonians, broken'],
    ['segment count broken', 'segment.invalid', 'include.rules.0.field: the attributes table People has no column cty'],
  ])('%s is refused', async (line, code, text) => {
    const { exitCode, stdout, stderr } = await run(line)
    expect([exitCode === 0, stdout]).toEqual([false, ''])
    expect(stderr).toContain(code)
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(text)
  })
})

describe('query preview', () => {
  test('shows rows as a table, as JSON and as CSV that no spreadsheet runs', async () => {
    const { stdout } = await run('query preview bostonians')
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      '  amperity_id  name',
      '  a            =Ann',
      '',
      '1 row',
      '',
    ])
    expect(JSON.parse((await run('query run People --limit 2 --json')).stdout)).toMatchObject({
      rows: [
        ['a', '=Ann', 'Boston'],
        ['b', 'Bo', 'Rome'],
      ],
      has_more: true,
    })
    expect((await run('query preview bostonians --csv')).stdout).toBe("amperity_id,name\r\na,'=Ann\r\n")
  })

  test.each([
    ['query preview both', 2, 'query:both or segment:both'],
    ['query preview nobody', 2, 'segment:<key>'],
    ['query preview both --limit 0', 2, 'from 1 to 10000'],
    ['query preview', 2, 'name'],
  ])('%s is refused', async (line, exitCode, text) => {
    const ended = await run(line)
    expect([ended.exitCode, ended.stdout]).toEqual([exitCode, ''])
    expect(ended.stderr.replaceAll(/\s+/g, ' ')).toContain(text)
  })

  test('runs a file that no query names, and lines of a query, with mistakes at their place', async () => {
    await writeFile(join(dir, 'draft.sql'), 'WITH rome AS (\n  SELECT * FROM customers\n)\nSELECT name\nFROM rome')
    expect((await run('query run draft.sql --csv')).stdout).toBe("name\r\n'=Ann\r\nBo\r\nCy\r\n")
    expect((await run('query run draft.sql --lines 2 --csv')).stdout).toContain('amperity_id,name,city\r\n')
    expect((await run('query run draft.sql --lines 4-5')).stderr).toContain('draft.sql:5:6')
    expect((await run('query run query:both --lines -1 --csv')).stdout).toBe('amperity_id\r\na\r\nb\r\nc\r\n')
  })

  test.each([
    ['query run none.sql', 2, 'none.sql cannot be read as UTF-8 text (ENOENT)'],
    ['query run bostonians --lines 1', 2, 'Leave out --lines'],
    ['query run both --lines 3-1', 2, 'lines such as 3-12'],
    ['query run both --lines 0', 2, 'lines such as 3-12'],
  ])('%s is refused', async (line, exitCode, message) => {
    const ended = await run(line)
    expect([ended.exitCode, ended.stdout]).toEqual([exitCode, ''])
    expect(ended.stderr.replaceAll(/\s+/g, ' ')).toContain(message)
  })

  test('takes the kind in front of a key that two have', async () => {
    expect((await run('query preview query:both --csv')).stdout).toBe('amperity_id\r\na\r\nb\r\nc\r\n')
  })

  test('ends at Ctrl-C, and leaves no process behind', async () => {
    const child = spawn(binPath, ['query', 'preview', 'endless', '--project', dir], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...inherited, NO_COLOR: '1', ...struckAt({ moment: 'query.running', signal: 'SIGINT' }) },
    })
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk)
    })
    const ended = new Promise((resolve) => child.once('close', resolve))
    expect(await ended).toBe(1)
    expect(stderr).toContain('workflow.stopped')
  })
})
