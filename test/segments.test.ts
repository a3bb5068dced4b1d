import { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, openBench } from './project-bench.ts'

/** The attributes table as people know it from the documentation of the product that Deskside replaces. */
const documented = `SELECT
  amperity_id
  ,amperity_id AS external_id
  ,email AS email
  ,LOWER(full_name) AS name
  ,phone AS phone
FROM Customer_360
`

const withCity = `SELECT amperity_id, amperity_id AS external_id, email, full_name AS name, city, visits FROM Customer_360`

/** Nobody knows the city of Cy, and nobody wants two rows of Bo. */
const customers = `amperity_id,email,full_name,phone,city,visits
c-3,cy@example.com,Cy DAY,+16175550103,,5
c-1,ann@example.com,Ann LEE,+16175550101,Boston,1
c-2,bo@example.com,Bo RAY,+16175550102,Berlin,7
c-2,bo@example.com,Bo RAY,+16175550102,Berlin,7
c-4,di@example.com,Di POE,+16175550104,Boston,9
`

const sqlSegment = `SELECT amperity_id FROM Customer_360 WHERE visits > 6; -- those who come often`

let bench: Bench
beforeEach(async () => {
  bench = await openBench({
    files: {
      'customers.csv': customers,
      'vips.csv': 'email\nann@example.com\n',
      'sql/documented.sql': documented,
      'sql/attributes.sql': withCity,
      'sql/often.sql': sqlSegment,
    },
    project: {
      database: {
        tables: { Customer_360: 'customers.csv', vips: { path: 'vips.csv', types: 'text' } },
      },
      queries: {
        bostonians: {
          from: 'Zendesk_Attributes',
          where: { combinator: 'and', rules: [{ field: 'city', operator: '=', value: 'Boston' }] },
          columns: ['external_id', 'name', 'email', 'city'],
          mapping: { city: 'user_fields.city' },
        },
      },
      attributes_tables: {
        Documented: { sql: 'sql/documented.sql' },
        Zendesk_Attributes: { sql: 'sql/attributes.sql', segments: true, mapping: { city: 'user_fields.city' } },
      },
      segments: {
        often: { attributes: 'Zendesk_Attributes', sql: 'sql/often.sql', fields: ['external_id', 'name', 'email'] },
        not_bostonians: {
          attributes: 'Zendesk_Attributes',
          include: { combinator: 'and', rules: [] },
          exclude: { combinator: 'or', rules: [{ field: 'city', operator: '=', value: 'Boston' }] },
        },
        often_elsewhere: {
          attributes: 'Zendesk_Attributes',
          include: {
            combinator: 'and',
            rules: [
              { field: 'amperity_id', operator: 'inSegment', value: 'often' },
              { field: 'amperity_id', operator: 'inSegment', value: 'not_bostonians' },
              { field: 'email', operator: 'notInList', value: 'vips' },
            ],
          },
        },
      },
      orchestrations: Object.fromEntries(
        [
          ['documented', { attributes_table: 'Documented' }],
          ['attributes', { attributes_table: 'Zendesk_Attributes' }],
          ['bostonians', { query: 'bostonians' }],
          ['often', { segment: 'often' }],
          ['not_bostonians', { segment: 'not_bostonians' }],
          ['often_elsewhere', { segment: 'often_elsewhere' }],
        ].map(([key, sends]) => [key, { ...(sends as object), destination: 'zendesk' }]),
      ),
    },
  })
  bench.emulator.seed({ user_fields: [{ key: 'city', type: 'text' }] })
})
afterEach(() => bench.close())

const plain = { sample: null, full: false, live: false, planId: null, approve: false }

function run(orchestration: string) {
  return bench.withApp((app) => app.run(orchestration, plain))
}

const people = () =>
  bench
    .users()
    .map(({ external_id, name, user_fields }) => [external_id, name, user_fields.city])
    .sort()

describe('an orchestration sends', () => {
  it('the documented attributes table unchanged, to the account', async () => {
    const summary = await run('documented')
    expect(summary).toMatchObject({ status: 'completed', rows: { total: 5, created: 4, merged: 1 } })
    expect(bench.user('c-2')).toMatchObject({ name: 'bo ray', email: 'bo@example.com', phone: '+16175550102' })
  })

  it('an attributes table with columns mapped to attributes', async () => {
    expect(await run('attributes')).toMatchObject({ status: 'completed', rows: { created: 4 } })
    expect(people()).toEqual([
      ['c-1', 'Ann LEE', 'Boston'],
      ['c-2', 'Bo RAY', 'Berlin'],
      ['c-3', 'Cy DAY', null],
      ['c-4', 'Di POE', 'Boston'],
    ])
  })

  it.each([
    [
      'bostonians',
      [
        ['c-1', 'Boston'],
        ['c-4', 'Boston'],
      ],
    ],
    [
      'often',
      [
        ['c-2', null],
        ['c-4', null],
      ],
    ],
    [
      'not_bostonians',
      [
        ['c-2', 'Berlin'],
        ['c-3', null],
      ],
    ],
    ['often_elsewhere', [['c-2', 'Berlin']]],
  ])('%s: its people, one row each', async (orchestration, expected) => {
    const summary = await run(orchestration)
    expect(summary).toMatchObject({ status: 'completed', rows: { total: expected.length, created: expected.length } })
    expect(people().map(([id, , city]) => [id, city])).toEqual(expected)
  })

  it('a segment again without anything to send, and a plan of it as it stands', async () => {
    await run('not_bostonians')
    expect(await run('not_bostonians')).toMatchObject({ rows: { total: 2, unchanged: 2 } })
    const plan = await bench.withApp((app) => app.plan('not_bostonians', plain))
    expect(await bench.withApp((app) => app.run('not_bostonians', { ...plain, planId: plan.plan_id }))).toMatchObject({
      status: 'completed',
    })
    expect(await bench.withApp((app) => app.runFacts(plan.plan_id))).toEqual({
      orchestration: 'not_bostonians',
      isCurrent: true,
    })
  })

  it('a segment whose runs can be looked at when its source has gone', async () => {
    const { run_id } = await run('not_bostonians')
    await rm(join(bench.dir, 'customers.csv'))
    expect(await bench.withApp((app) => app.runFacts(run_id))).toEqual({
      orchestration: 'not_bostonians',
      isCurrent: false,
    })
    await expect(run('not_bostonians')).rejects.toMatchObject({ code: 'source.missing' })
  })

  it('what check reads the columns of', async () => {
    const stages = await bench.withApp((app) => Array.fromAsync(app.check('zendesk')))
    expect(stages.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })
})

describe('counting a segment', () => {
  const count = (key: string) => bench.withApp((app) => app.count({ key }))

  it.each([
    ['often', 2],
    ['not_bostonians', 2],
    ['often_elsewhere', 1],
  ])('%s: as many people as are delivered, of all there are', async (key, people) => {
    expect(await count(key)).toEqual({ count: people, total: 4, ms: expect.any(Number) })
  })

  it('that is not saved yet, or that has mistakes', async () => {
    const include = { combinator: 'or', rules: [{ field: 'visits', operator: '>', value: '6' }] }
    const body = { attributes: 'Zendesk_Attributes', include }
    expect(await bench.withApp((app) => app.count({ body }))).toMatchObject({ count: 2, total: 4 })
    const wrong = { ...body, include: { combinator: 'or', rules: [{ field: 'cty', operator: '~', value: '' }] } }
    await expect(bench.withApp((app) => app.count({ body: wrong }))).rejects.toMatchObject({
      code: 'segment.invalid',
      data: { problems: [expect.objectContaining({ path: 'include.rules.0.operator' })] },
    })
  })

  it('sees what has changed in a source, and leaves no old copy behind', async () => {
    expect(await count('not_bostonians')).toMatchObject({ count: 2, total: 4 })
    const cache = join(bench.dir, '.deskside/cache')
    const [first] = (await readdir(cache)).filter((name) => name.endsWith('.parquet'))
    expect((await stat(join(cache, first!))).mode & 0o077).toBe(0)
    expect(await count('not_bostonians')).toMatchObject({ count: 2 })
    expect((await readdir(cache)).filter((name) => name.endsWith('.parquet'))).toEqual([first])
    const path = join(bench.dir, 'customers.csv')
    await writeFile(path, `${customers}c-5,ed@example.com,Ed,+16175550105,Rome,1\n`)
    await utimes(path, new Date(), new Date(Date.now() + 2_000))
    expect(await count('not_bostonians')).toMatchObject({ count: 3, total: 5 })
    const left = (await readdir(cache)).filter((name) => name.endsWith('.parquet'))
    expect(left).toEqual([expect.not.stringContaining(first!)])
  })

  it('ten times at once, of one copy', async () => {
    const found = await bench.withApp((app) =>
      Promise.all(Array.from({ length: 10 }, () => app.count({ key: 'not_bostonians' }))),
    )
    expect(new Set(found.map((one) => one.count))).toEqual(new Set([2]))
    expect(await readdir(join(bench.dir, '.deskside/cache'))).toHaveLength(2)
  })
})

describe('looking at rows', () => {
  it('gives the first ones of what would be sent, as texts, and says whether there are more', async () => {
    const preview = (kind: 'query' | 'segment' | 'attributes_table', key: string, limit: number) =>
      bench.withApp((app) => app.preview({ kind, key }, { limit }))
    expect(await preview('segment', 'not_bostonians', 1)).toEqual({
      columns: [
        { name: 'amperity_id', type: 'VARCHAR' },
        { name: 'external_id', type: 'VARCHAR' },
        { name: 'email', type: 'VARCHAR' },
        { name: 'name', type: 'VARCHAR' },
        { name: 'user_fields.city', type: 'VARCHAR' },
        { name: 'visits', type: 'BIGINT' },
      ],
      rows: [['c-2', 'c-2', 'bo@example.com', 'Bo RAY', 'Berlin', '7']],
      has_more: true,
    })
    expect(await preview('query', 'bostonians', 2)).toMatchObject({ rows: { length: 2 }, has_more: false })
    expect(await preview('attributes_table', 'Documented', 100)).toMatchObject({ rows: { length: 5 }, has_more: false })
  })

  it('shows the SELECT of a segment, which is a query that gives the same', async () => {
    const { sql } = await bench.withApp((app) => app.segmentSql({ key: 'often_elsewhere' }))
    expect(sql).toContain('FROM "Zendesk_Attributes"')
    const { rows } = await bench.withApp((app) =>
      app.preview({ kind: 'segment', key: 'often_elsewhere' }, { limit: 9 }),
    )
    expect(rows.map(([id]) => id)).toEqual(['c-2'])
  })

  it('ends at once when it is given up', async () => {
    const ended = bench.withApp((app) =>
      app.preview({ kind: 'segment', key: 'often' }, { limit: 1 }, { abort: AbortSignal.abort() }),
    )
    await expect(ended).rejects.toMatchObject({ code: 'workflow.stopped' })
  })
})
