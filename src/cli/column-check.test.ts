import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, openBench } from '../../test/project-bench.ts'
import type { ColumnCheck } from '../app.ts'
import { columnCheckLines } from './column-check-text.ts'
import { runCli } from './test-run.ts'
import { widthOf } from './text.ts'

const column = (name: string, more: Partial<ColumnCheck['columns'][number]> = {}): ColumnCheck['columns'][number] => ({
  ...{ column: name, type: 'VARCHAR', use: 'sent', becomes: name, field_type: null, meaning: `${name}, text` },
  ...{ why: null, did_you_mean: null, notes: [], personal: false },
  ...more,
})

const ignored = { use: 'ignored', becomes: null, meaning: '', why: 'it is no attribute of Zendesk' } as const
const check: ColumnCheck = {
  sent: { kind: 'query', key: 'people' },
  ...{ destination: 'zendesk', live: true, ok: false, limited_pii: false, may_send: true },
  columns: [
    column('email', { meaning: 'e-mail address, identifies the person', personal: true }),
    column('Name', { becomes: 'name', meaning: 'name, text', personal: true }),
    column('user_fields.loyalty_tier', { meaning: 'user field loyalty_tier, drop-down: gold, silver' }),
    column('user_fields.since', {
      type: 'BOOLEAN',
      meaning: 'user field since, date',
      notes: ['Every value is lost.'],
    }),
    column('land', { use: 'read', becomes: null, meaning: 'country by which a number is read' }),
    column('full_\u001bname', { ...ignored, did_you_mean: 'name' }),
    column('role', { use: 'refused', becomes: null, meaning: '', why: 'Deskside never changes roles.' }),
  ],
  problems: [
    {
      ...{ code: 'mapping.refused_attribute', columns: ['role'], fix: 'Remove the column.' },
      message: 'The column `role` cannot be sent. Deskside never changes roles.',
    },
  ],
}

const lines = (more: Partial<ColumnCheck> = {}, columns = 80, isOffline = false) =>
  columnCheckLines({ ...check, ...more }, { columns, color: false }, { isOffline })

describe('the text', () => {
  test('has a line for each column, what keeps it from being sent, and who may send it', () => {
    expect(lines()).toEqual([
      'Query people for zendesk',
      '',
      '  column                    type     personal  becomes',
      '✓ email                     VARCHAR  yes       e-mail address, identifies the',
      '                                               person',
      '✓ Name                      VARCHAR  yes       name: name, text',
      '✓ user_fields.loyalty_tier  VARCHAR            user field loyalty_tier,',
      '                                               drop-down: gold, silver',
      '! user_fields.since         BOOLEAN            user field since, date. Every',
      '                                               value is lost.',
      '✓ land                      VARCHAR            country by which a number is read',
      '· full_\\x1bname             VARCHAR            ignored: it is no attribute of',
      '                                               Zendesk; did you mean name?',
      '✗ role                      VARCHAR            refused, see below',
      '',
      '✗ The column `role` cannot be sent. Deskside never changes roles.',
      '  do this Remove the column.',
      '  code    mapping.refused_attribute',
      '',
      'Nothing can be sent as it is: 1 problem.',
      '2 columns that are sent are personal. In a server, users with restricted access',
      'to personal values may not send to this destination.',
    ])
  })

  test.each([40, 60, 80, 120])('fits a terminal of %d columns', (columns) => {
    for (const line of lines({}, columns)) expect(widthOf(line)).toBeLessThanOrEqual(columns)
  })

  test('says what was left out, and that everything is well', () => {
    const columns = check.columns.slice(0, 3)
    expect(lines({ live: false, problems: [], columns }, 120, true).slice(-4)).toEqual([
      '3 of 3 columns would be sent.',
      'The account was not asked: user fields are taken as they are named.',
      '2 columns that are sent are personal. In a server, users with restricted access to personal values',
      'may not send to this destination.',
    ])
    expect(lines({ live: false }).join('\n')).toContain('The account was not read:')
    expect(lines({ may_send: false }, 200).at(-1)).toMatch(/you may not send personal values to this destination\.$/)
    expect(lines({ limited_pii: true }).join(' ')).toContain('personal values may send to this destination.')
  })
})

describe('query check', () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench({ sql: 'SELECT external_id, email, name, city FROM people' })
    await bench.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada', city: 'Paris' }])
  })
  afterAll(() => bench.close())

  const run = (line: string, env: Record<string, string> = { CLIENT_SECRET: bench.emulator.clientSecret }) =>
    runCli(['query', 'check', ...line.split(' ')], bench.dir, { env: { NO_COLOR: '1', ...env } })

  test('shows the columns, and exits as a plan would', async () => {
    const good = await run('people --destination zendesk')
    expect(good).toMatchObject({ exitCode: 0, stderr: '' })
    expect(good.stdout).toMatch(/^· city +VARCHAR +ignored: it is no attribute of Zendesk$/m)
    expect(good.stdout).toContain('3 of 4 columns would be sent.')
    await bench.query('SELECT external_id, email FROM people')
    const bad = await run('people --destination zendesk --json')
    expect(bad.exitCode).toBe(
      (await runCli(['plan', 'people'], bench.dir, { env: { CLIENT_SECRET: bench.emulator.clientSecret } })).exitCode,
    )
    expect(JSON.parse(bad.stdout)).toMatchObject({
      ...{ sent: { kind: 'query', key: 'people' }, destination: 'zendesk', live: true, ok: false },
      columns: [{ column: 'external_id', type: 'VARCHAR', becomes: 'external_id' }, { column: 'email' }],
      problems: [{ code: 'mapping.no_name', columns: [] }],
    })
  })

  test('--offline needs neither the account nor its secret', async () => {
    bench.emulator.clearCalls()
    const { exitCode, stdout } = await run('query:people --destination zendesk --offline', {})
    expect([exitCode, bench.emulator.calls({})]).toEqual([1, []])
    expect(stdout).toContain('The account was not asked')
  })

  test.each([
    ['people', 2, 'usage.invalid'],
    ['none --destination zendesk', 2, 'config.unknown_object'],
    ['people --destination none', 2, 'config.unknown_object'],
  ])('%s is refused', async (line, code, problem) => {
    const { exitCode, stdout, stderr } = await run(line)
    expect([exitCode, stdout]).toEqual([code, ''])
    expect(stderr).toContain(problem)
  })
})
