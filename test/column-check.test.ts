import { afterEach, expect, test } from 'vitest'
import type { ColumnCheck } from '../src/app.ts'
import { type Bench, openBench } from './project-bench.ts'

let bench: Bench
afterEach(() => bench.close())

const check = (live = true, key = 'people'): Promise<ColumnCheck> =>
  bench.withApp((app) => app.checkColumns({ kind: 'query', key }, 'zendesk', { live }))

/** `column: becomes`, or what else. */
const told = ({ columns }: ColumnCheck) => columns.map(({ column, use, becomes }) => `${column}: ${becomes ?? use}`)

async function opened(sql: string, destination: object = {}): Promise<void> {
  bench = await openBench({ sql, destination: { ...destination } })
  await bench.write([
    { external_id: '1', email: 'ada@example.com', name: 'Ada', city: 'Paris' },
    { external_id: '2', email: 'ben@example.com', name: 'Ben', city: null },
  ])
  await bench.asAgent('POST', '/api/v2/user_fields.json', {
    user_field: { type: 'date', key: 'since', title: 'Since' },
  })
}

const people = 'external_id, email, name'

test('runs nothing, sends nothing, and says what becomes of each column with its type', async () => {
  // What would fail in every row binds all the same.
  await opened(
    `SELECT ${people}, city AS full_name, CAST(city AS INTEGER) AS phone, true AS "user_fields.since" FROM people`,
  )
  bench.emulator.clearCalls()
  const found = await check()
  expect(found).toMatchObject({ ok: true, live: true, problems: [], limited_pii: false, may_send: true })
  expect(told(found)).toEqual([
    ...['external_id: external_id', 'email: email', 'name: name', 'full_name: ignored', 'phone: phone'],
    'user_fields.since: user_fields.since',
  ])
  expect(found.columns[4]).toMatchObject({ type: 'INTEGER', personal: true })
  expect(found.columns[5]).toMatchObject({ type: 'BOOLEAN', field_type: 'date', personal: false })
  expect(found.columns[5]!.notes[0]).toMatch(/^No value of type BOOLEAN fits/)
  expect(bench.writes()).toEqual([])
})

test('a plan says the same of what is ignored, and of types that never fit', async () => {
  await opened(`SELECT ${people}, city, city AS full_name, true AS "user_fields.since" FROM people`)
  const found = await check()
  const plan = await bench.plan()
  const ignored = found.columns.filter(({ use }) => use === 'ignored')
  expect(ignored.map(({ column, did_you_mean }) => ({ column, did_you_mean }))).toEqual(plan.ignored_columns)
  expect(plan.warnings).toMatchObject([{ field: 'user_fields.since', rows: 2 }])
  expect(found.columns.filter(({ notes }) => notes.length > 0)).toHaveLength(1)
})

test.each([
  [`SELECT ${people}, city AS tags FROM people`, {}, 'mapping.refused_attribute'],
  [`SELECT ${people}, city AS "user_fields.sinse" FROM people`, {}, 'zendesk.unknown_user_field'],
  ['SELECT city AS name FROM people', {}, 'mapping.no_identity'],
  ['SELECT email FROM people', {}, 'mapping.no_name'],
  [`SELECT ${people}, city AS phone FROM people`, { country_column: 'land' }, 'mapping.no_country_column'],
])('a plan ends with the first problem of the check: %s', async (sql, destination, code) => {
  await opened(sql, destination)
  const found = await check()
  expect([found.ok, found.problems[0]!.code]).toEqual([false, code])
  await expect(bench.plan()).rejects.toMatchObject({ code, message: found.problems[0]!.message })
})

test('without the account nothing is asked, and user fields are taken as they are named', async () => {
  await opened(`SELECT ${people}, city AS "user_fields.sinse" FROM people`)
  bench.emulator.clearCalls()
  const found = await check(false)
  expect(found).toMatchObject({ ok: true, live: false })
  expect(told(found).at(-1)).toBe('user_fields.sinse: user_fields.sinse')
  expect(bench.emulator.calls({})).toEqual([])
})

test('an account that cannot be read is a problem, and the rest is told all the same', async () => {
  await opened(`SELECT ${people}, city AS role FROM people`)
  bench.emulator.faults({ kind: 'status', status: 401, times: 'always' })
  const found = await check()
  expect(found).toMatchObject({ ok: false, live: false })
  expect(found.problems.map(({ code, columns }) => [code, columns])).toEqual([
    [expect.stringMatching(/^zendesk\./), []],
    ['mapping.refused_attribute', ['role']],
  ])
  expect(told(found)[0]).toBe('external_id: external_id')
})

test('what cannot be bound, or is not there, is no check', async () => {
  await opened('SELECT nothing FROM people')
  await expect(check()).rejects.toMatchObject({ code: 'query.invalid' })
  await expect(check(true, 'none')).rejects.toMatchObject({ code: 'config.unknown_object' })
  await expect(
    bench.withApp((app) => app.checkColumns({ kind: 'query', key: 'people' }, 'none', { live: true })),
  ).rejects.toMatchObject({ code: 'config.unknown_object' })
})

test('segments and attributes tables are checked as they are sent', async () => {
  bench = await openBench({
    files: { 'attributes.sql': 'SELECT external_id, email, name, city FROM people' },
    project: {
      attributes_tables: { Attributes: { sql: 'attributes.sql', id: 'external_id', mapping: { city: 'alias' } } },
      segments: {
        all: { attributes: 'Attributes', include: { combinator: 'and', rules: [] }, fields: ['email', 'name'] },
      },
    },
  })
  await bench.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada', city: 'Paris' }])
  const of = (kind: 'segment' | 'attributes_table', key: string) =>
    bench.withApp(async (app) => told(await app.checkColumns({ kind, key }, 'zendesk', { live: true })))
  expect(await of('attributes_table', 'Attributes')).toEqual([
    ...['external_id: external_id', 'email: email', 'name: name', 'alias: alias'],
  ])
  expect(await of('segment', 'all')).toEqual(['email: email', 'name: name'])
})
