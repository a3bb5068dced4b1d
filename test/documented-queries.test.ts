import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Bench, openBench } from './project-bench.ts'

/** Queries as people know them from the documentation of the product that Deskside replaces, with every blank and comma. */
const attributesTable = `SELECT
  amperity_id
  ,amperity_id AS external_id
  ,email AS email
  ,LOWER(full_name) AS name
  ,phone AS phone
FROM Customer_360
`
const minimum = `SELECT
  amperity_id AS external_id
  ,LOWER(full_name) AS name
  ,email AS email
FROM Customer_360
`
const location = `SELECT
  amperity_id AS external_id
  ,LOWER(full_name) AS name
  ,email AS email
  ,phone AS phone
  ,address AS "user_fields.address"
  ,address2 AS "user_fields.address2"
  ,city AS "user_fields.city"
  ,state AS "user_fields.state"
  ,postal AS "user_fields.postal"
FROM Customer_360
`
const namesAndPhones = `SELECT
  amperity_id AS external_id,
  lower(full_name) AS name,
  phone AS phone,
  city AS "user_fields.city"
FROM Customer_360
`

/** Types are sniffed: the postal code of Boston keeps its zero, phones keep their plus. */
const customers = `amperity_id,email,full_name,phone,address,address2,city,state,postal
9f1c-01,Ann.Lee@Example.com,Ann LEE,+16175550100,1 Elm St,,Boston,MA,02108
9f1c-02,zoe@example.com,ZOË Müller,+4930901820,"Unter den Linden 1, Hof",2. Stock,Berlin,,10117
9f1c-03,sam@example.com,Sam Poe,,,,,NY,10001
9f1c-04,nameless@example.com,,+16175550101,2 Oak St,,Boston,MA,02109
`

const keys = ['address', 'address2', 'city', 'state', 'postal'] as const
const noFields = { address: null, address2: null, city: null, state: null, postal: null }

interface Person {
  name: string
  email: string
  phone: string
  fields: Partial<Record<(typeof keys)[number], string>>
}

/** What each customer with a name has to give. */
const people: Record<string, Person> = {
  '9f1c-01': {
    name: 'ann lee',
    email: 'ann.lee@example.com',
    phone: '+16175550100',
    fields: { address: '1 Elm St', city: 'Boston', state: 'MA', postal: '02108' },
  },
  '9f1c-02': {
    name: 'zoë müller',
    email: 'zoe@example.com',
    phone: '+4930901820',
    fields: { address: 'Unter den Linden 1, Hof', address2: '2. Stock', city: 'Berlin', postal: '10117' },
  },
  '9f1c-03': { name: 'sam poe', email: 'sam@example.com', phone: '', fields: { state: 'NY', postal: '10001' } },
}

/** Name, query, columns that are listed as not sent, and what of a person it sends besides external_id and name. */
const queries: [name: string, sql: string, ignored: string[], sends: string[]][] = [
  ['an attributes table', attributesTable, ['amperity_id'], ['email', 'phone']],
  ['the minimum', minimum, [], ['email']],
  ['contact and location', location, [], ['email', 'phone', ...keys]],
  ['name, phone and city', namesAndPhones, [], ['phone', 'city']],
]

let bench: Bench
beforeEach(async () => {
  bench = await openBench({ project: { database: { tables: { Customer_360: 'customer_360.csv' } } } })
  bench.emulator.seed({ user_fields: keys.map((key) => ({ key })) })
  await writeFile(join(bench.dir, 'customer_360.csv'), customers)
})
afterEach(() => bench.close())

it.each(queries)('the documented query runs unchanged to the account: %s', async (_, sql, ignored, sends) => {
  await bench.query(sql)
  const plan = await bench.plan()
  expect(plan.ignored_columns.map(({ column }) => column)).toEqual(ignored)
  expect(plan.warnings).toEqual([])
  const run = await bench.run({ planId: plan.plan_id })
  expect(run).toMatchObject({ status: 'completed_with_alerts', rows: { total: 4, created: 3, rejected: 1, failed: 0 } })
  expect(await bench.records(run.run_id, { outcome: 'rejected' })).toMatchObject([
    { row: 4, external_id: '9f1c-04', code: 'missing_name' },
  ])
  expect(bench.users()).toHaveLength(3)
  for (const [key, person] of Object.entries(people)) {
    const fields = Object.entries(person.fields).filter(([field]) => sends.includes(field))
    expect(bench.user(key)).toMatchObject({
      external_id: key,
      name: person.name,
      email: sends.includes('email') ? person.email : null,
      phone: (sends.includes('phone') && person.phone) || null,
      user_fields: { ...noFields, ...Object.fromEntries(fields) },
      tags: [],
    })
  }
})

it('the documented queries of one account build on each other: fields of a query that is no longer used stay', async () => {
  await bench.query(location)
  await bench.run()
  const before = bench.users()
  for (const sql of [minimum, namesAndPhones, attributesTable, location]) {
    await bench.query(sql)
    bench.emulator.clearCalls()
    expect((await bench.run()).rows).toMatchObject({ total: 4, unchanged: 3, rejected: 1 })
    expect(bench.writtenUsers()).toEqual([])
  }
  expect(bench.users()).toEqual(before)
})
