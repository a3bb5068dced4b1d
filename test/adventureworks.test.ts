import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Call, Seed, StateUser } from '../src/emulator/index.ts'
import type { ChangeView, PlanSummary, RunSummary } from '../src/sync/report.ts'
import { accountDifferences, customFields, customValues, libraryPhone } from './adventureworks-account.ts'
import { type Customer, customer360, editOrderLines, readCustomers } from './adventureworks-source.ts'
import { differences, ordered } from './differences.ts'
import { type Bench, openBench } from './project-bench.ts'
import { expectSentAsPlanned } from './sent-as-planned.ts'
import { sharedData } from './shared-data.ts'

const data = sharedData('adventureworks')
const aw = test.skipIf(data.skip)
const named = `AdventureWorks${data.reason}`

// A run over 19,119 rows takes seconds, on a busy machine many.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 })

const QUERY = `
  SELECT customer_id AS external_id, full_name AS name, email, phone, country_code,
    city AS "user_fields.city", state_code AS "user_fields.state_code", country AS "user_fields.country",
    lifetime_value AS "user_fields.lifetime_value", orders_count AS "user_fields.orders_count",
    last_order_date AS "user_fields.last_order_date", loyalty_tier AS "user_fields.loyalty_tier"
  FROM Customer_360 ORDER BY customer_id`

const userFields: Seed['user_fields'] = [
  { key: 'city', type: 'text' },
  { key: 'state_code', type: 'text' },
  { key: 'country', type: 'text' },
  { key: 'lifetime_value', type: 'decimal' },
  { key: 'orders_count', type: 'integer' },
  { key: 'last_order_date', type: 'date' },
  { key: 'loyalty_tier', type: 'dropdown', custom_field_options: ['gold', 'silver', 'bronze', 'none'] },
]

/** How the account learns the country of a national number, and what comes of the 18,369 numbers of the people who are sent. */
const phoneRules = {
  country_column: { settings: { country_column: 'country_code' }, country: null, valid: 4_200, omitted: 14_169 },
  default_country: { settings: { default_country: 'US' }, country: 'US', valid: 4_211, omitted: 14_158 },
} as const
type PhoneRule = keyof typeof phoneRules
const rules = Object.keys(phoneRules) as PhoneRule[]

/** A first load of one account: planned, its changes read, then exactly this plan run. */
interface Load {
  bench: Bench
  plan: PlanSummary
  changes: ChangeView[]
  run: RunSummary
  bodies: Record<string, unknown>[]
  /** The account after the load, by external_id. */
  users: Map<string, StateUser>
  agentsBefore: StateUser[]
}

let source: Customer[]
const loads = {} as Record<PhoneRule, Load>

beforeAll(async () => {
  if (data.skip) return
  source = await readCustomers(data.dir, join(data.dir, 'sales_order_line.csv'))
  for (const rule of rules) loads[rule] = await firstLoad(rule)
})

afterAll(async () => {
  for (const load of Object.values(loads)) await load.bench.close()
})

async function firstLoad(rule: PhoneRule): Promise<Load> {
  const { files, sql } = customer360(data.dir)
  const { line, ...others } = files
  const tables: Record<string, unknown> = {
    Customer_360: { sql: 'customer_360.sql' },
    line: { path: line, types: 'text' },
  }
  for (const [table, file] of Object.entries(others)) tables[table] = { path: join(data.dir, file), types: 'text' }
  const destination = phoneRules[rule].settings
  const bench = await openBench({ sql: QUERY, destination, project: { database: { tables } } })
  // The order lines are a copy, so that a test can edit them.
  writeFileSync(join(bench.dir, line!), readFileSync(join(data.dir, line!)))
  writeFileSync(join(bench.dir, 'customer_360.sql'), sql)
  bench.emulator.seed({ user_fields: userFields })
  const agentsBefore = agents(bench)
  const plan = await bench.plan()
  const changes = await bench.changes(plan.plan_id)
  const run = await bench.run({ planId: plan.plan_id })
  return { bench, plan, changes, run, bodies: bench.writtenUsers(), users: usersByKey(bench), agentsBefore }
}

function agents(bench: Bench): StateUser[] {
  return bench.emulator.state().users.filter((user) => user.role !== 'end-user')
}

function usersByKey(bench: Bench): Map<string, StateUser> {
  return new Map(bench.users().map((user) => [user.external_id!, user]))
}

/** Requests that write; asking for a token is none. */
function writes(bench: Bench): Call[] {
  return bench.emulator.calls().filter((call) => call.method !== 'GET' && call.path !== '/oauth/tokens')
}

aw.each(rules)(
  `${named}: every one of 19,119 rows has one outcome; the 750 without a name are rejected (I1), %s`,
  async (rule) => {
    const { bench, plan, run } = loads[rule]
    const counts = {
      total: 19_119,
      created: 18_369,
      updated: 0,
      unchanged: 0,
      rejected: 750,
      failed: 0,
      merged: 0,
      pending: 0,
    }
    expect(run).toMatchObject({
      run_id: plan.plan_id,
      status: 'completed_with_alerts',
      rows: counts,
      adopted: 0,
      problem: null,
    })
    expect(plan.rows).toEqual({ total: 19_119, rejected: 750, merged: 0, unchanged: 0 })
    expect(plan.rejected).toMatchObject([{ code: 'missing_name', rows: 750 }])
    const expected = source.map(({ customer_id, full_name }, index) =>
      full_name === null
        ? [index + 1, customer_id, 'rejected', 'missing_name', 'name']
        : [index + 1, customer_id, 'created', null, null],
    )
    const records = await bench.records(run.run_id)
    const listed = records.map((record) => [record.row, record.external_id, record.outcome, record.code, record.field])
    expect(listed.length).toBe(19_119)
    expect(listed.filter((line, index) => ordered(line) !== ordered(expected[index])).slice(0, 3)).toEqual([])
    const rejected = await bench.records(run.run_id, { outcome: 'rejected' })
    const nameless = source
      .filter(({ full_name }) => full_name === null)
      .map(({ customer_id, email }) => ({ customer_id, email }))
    expect(rejected.map(({ external_id, email }) => ({ customer_id: external_id, email }))).toEqual(nameless)
  },
)

aw.each(rules)(`${named}: 18,369 people in the account equal the source value by value, %s`, (rule) => {
  const { bench, users } = loads[rule]
  const sendable = source.filter(({ full_name }) => full_name !== null)
  expect([users.size, bench.users().length]).toEqual([18_369, 18_369])
  expect(accountDifferences(sendable, users, phoneRules[rule].country)).toEqual([])
  const unsent = source.filter(({ full_name }) => full_name === null)
  expect(unsent.filter(({ customer_id }) => users.has(customer_id))).toEqual([])
})

aw(`${named}: the account adds up to what is known of the whole data set`, () => {
  const values = [...loads.country_column.users.values()].map(
    ({ user_fields }) => user_fields as Record<string, unknown>,
  )
  const cents = values.reduce((sum, { lifetime_value }) => sum + Math.round(Number(lifetime_value) * 100), 0)
  const orders = values.reduce((sum, { orders_count }) => sum + Number(orders_count), 0)
  const unsent = source.filter(({ full_name }) => full_name === null)
  const unsentCents = unsent.reduce((sum, { lifetime_value }) => sum + Math.round(Number(lifetime_value) * 100), 0)
  const unsentOrders = unsent.reduce((sum, { orders_count }) => sum + Number(orders_count), 0)
  expect([cents + unsentCents, orders + unsentOrders]).toEqual([2_491_458_499, 25_164])
  expect(values.filter(({ loyalty_tier }) => loyalty_tier === 'gold')).toHaveLength(1_189)
})

aw.each(rules)(`${named}: no mail, no race, no refusal, no agent touched (I8, I10), %s`, (rule) => {
  const { bench, agentsBefore, bodies } = loads[rule]
  expect(bench.emulator.stats()).toMatchObject({ races: 0, mails: 0, users: 18_369 + agentsBefore.length })
  // 201 answers the request for a token.
  expect(Object.keys(bench.emulator.stats().by_status).filter((status) => !/^20[01]$/.test(status))).toEqual([])
  expect(bench.emulator.mail()).toEqual([])
  expect(agentsBefore.length).toBeGreaterThan(0)
  expect(agents(bench)).toEqual(agentsBefore)
  expect(bodies.filter((body) => body.skip_verify_email !== true || 'role' in body || 'tags' in body)).toEqual([])
})

aw.each(rules)(
  `${named}: valid phones become E.164, the others are omitted with a warning on their row, %s`,
  async (rule) => {
    const { bench, plan, run, users } = loads[rule]
    const { country, valid, omitted } = phoneRules[rule]
    expect([...users.values()].filter(({ phone }) => phone !== null)).toHaveLength(valid)
    expect(run.warnings).toBe(omitted)
    expect(plan.warnings.reduce((sum, { rows }) => sum + rows, 0)).toBe(omitted)
    expect(new Set(plan.warnings.map(({ code, field }) => `${code} ${field}`))).toEqual(
      new Set(['invalid_phone phone']),
    )
    const expected = source.flatMap((customer, index) => {
      const { full_name, phone, customer_id } = customer
      if (full_name === null || libraryPhone(customer, country) !== null) return []
      return [
        {
          row: index + 1,
          external_id: customer_id,
          outcome: 'created',
          field: 'phone',
          value: phone,
          code: 'invalid_phone',
        },
      ]
    })
    const warnings = await bench.records(run.run_id, { warnings: true })
    const listed = warnings.map(({ row, external_id, outcome, field, value, code }) => ({
      row,
      external_id,
      outcome,
      field,
      value,
      code,
    }))
    expect(listed.length).toBe(omitted)
    expect(listed.filter((line, index) => ordered(line) !== ordered(expected[index])).slice(0, 3)).toEqual([])
    expect(plan.ignored_columns.map(({ column }) => column)).toEqual(rule === 'default_country' ? ['country_code'] : [])
  },
)

/** The area codes of 1947, all in service since then. */
const oldAreaCodes =
  '201 202 203 204 205 206 207 208 212 213 214 215 216 217 218 301 302 303 304 305 306 307 308 312 313 314 315 316 317 319 ' +
  '401 402 403 404 405 406 412 413 414 415 416 418 419 501 502 503 504 512 513 514 515 517 518 601 602 603 604 605 612 613 614 ' +
  '616 617 618 701 702 703 704 712 713 715 716 717 801 802 803 812 814 815 816 901 902 913 914 915 916'

aw(`${named}: American numbers are judged by the numbering plan, not by their looks`, () => {
  const old = new Set(oldAreaCodes.split(' '))
  expect(old.size).toBeGreaterThan(80)
  // No area code begins with 0 or 1, has 9 in the middle or is a service code such as 911.
  const impossible = /^([01]\d\d|\d9\d|\d11)-/
  for (const rule of rules) {
    const { users } = loads[rule]
    const american = source.filter(({ full_name, phone, country_code }) => {
      if (full_name === null || !/^\d{3}-\d{3}-\d{4}$/.test(phone)) return false
      return rule === 'default_country' || country_code === 'US' || country_code === 'CA'
    })
    const phoneOf = ({ customer_id }: Customer) => users.get(customer_id)?.phone
    const oldOnes = american.filter(({ phone }) => old.has(phone.slice(0, 3)))
    expect(oldOnes.length).toBeGreaterThan(700)
    expect(oldOnes.filter((one) => phoneOf(one) !== `+1${one.phone.replaceAll('-', '')}`)).toEqual([])
    const impossibleOnes = american.filter(({ phone }) => impossible.test(phone))
    expect(impossibleOnes.length).toBeGreaterThan(1_000)
    expect(impossibleOnes.filter((one) => phoneOf(one) !== null)).toEqual([])
  }
})

aw(`${named}: numbers of thirteen digits are nobody's; ten digits in Europe are valid where an area code fits`, () => {
  const { users } = loads.country_column
  const long = source.filter(({ full_name, phone }) => full_name !== null && /^1 \(11\) 500 555-01\d\d$/.test(phone))
  expect(long).toHaveLength(8_876)
  for (const rule of rules) {
    expect(long.filter(({ customer_id }) => loads[rule].users.get(customer_id)?.phone !== null)).toEqual([])
  }
  const abroad = source.filter(({ full_name, phone, country_code }) => {
    return full_name !== null && /^\d{3}-/.test(phone) && country_code !== 'US' && country_code !== 'CA'
  })
  const phones = abroad.map(
    ({ customer_id, country_code }) => [country_code, users.get(customer_id)?.phone ?? null] as const,
  )
  const valid = phones.flatMap(([country, phone]) => (phone === null ? [] : [`${country} ${phone}`])).sort()
  // Among them Erfurt (0361), Gelsenkirchen (0209), Liverpool (0151), London (020) and Banbury (01295).
  expect(valid).toEqual([
    ...['DE +492095550100', 'DE +492385550100', 'DE +492835550100', 'DE +493495550100', 'DE +493565550100'],
    ...['DE +493615550100', 'DE +495295550100', 'DE +497565550100', 'DE +498545550100', 'DE +498565550100'],
    ...['GB +441295550100', 'GB +441515550100', 'GB +441565550100', 'GB +441855550100', 'GB +442045550100'],
  ])
  // Ten digits are too many in Australia, and in France when the first is not the 0 that is dialled before nine.
  const refused = phones.filter(([, phone]) => phone === null).map(([country]) => country)
  const count = (country: string) => refused.filter((one) => one === country).length
  expect([count('AU'), count('FR'), count('GB'), count('DE')]).toEqual([25, 15, 7, 4])
})

aw.each(rules)(`${named}: what the plan of the first load shows is what Zendesk received (I7), %s`, (rule) => {
  const { changes, bodies, plan } = loads[rule]
  expect(plan.people).toMatchObject({ total: 18_369, create: 18_369, update: 0, unchanged: 0, rekeyed: 0 })
  expectSentAsPlanned(changes, bodies)
  expect(changes.filter(({ kind, fields }) => kind !== 'create' || fields.some((field) => field.old !== null))).toEqual(
    [],
  )
  const rowOf = new Map(source.map(({ customer_id }, index) => [customer_id, index + 1]))
  expect(changes.filter(({ external_id, row }) => row !== rowOf.get(external_id!))).toEqual([])
})

aw.each(rules)(`${named}: a second run sends nothing that writes (I5), %s`, async (rule) => {
  const { bench } = loads[rule]
  bench.emulator.clearCalls()
  const run = await bench.run()
  expect(writes(bench)).toEqual([])
  expect(run.rows).toMatchObject({ total: 19_119, created: 0, updated: 0, unchanged: 18_369, rejected: 750, failed: 0 })
  expect(run.warnings).toBe(0)
})

const SEED = 20_261_121

aw(
  `${named}: after editing 1 % of the order lines, exactly the changed fields of the affected people are sent (I7), seed ${SEED}`,
  async () => {
    const { bench } = loads.country_column
    const linesPath = join(bench.dir, 'sales_order_line.csv')
    const edited = editOrderLines(linesPath, 0.01, SEED)
    const after = await readCustomers(data.dir, linesPath)
    const expected = new Map<
      string,
      { external_id: string; user_fields: Record<string, unknown>; skip_verify_email: true }
    >()
    const expectedFields = new Map<string, unknown>()
    after.forEach((customer, index) => {
      const [was, is] = [customValues(source[index]!), customValues(customer)]
      const changed = customFields.filter((name) => was[name] !== is[name])
      if (changed.length === 0) return
      const { customer_id } = customer
      const text = (value: string | number | null) => (value === null ? null : String(value))
      const user_fields = Object.fromEntries(changed.map((name) => [name, is[name]]))
      expected.set(customer_id, { external_id: customer_id, user_fields, skip_verify_email: true })
      expectedFields.set(
        customer_id,
        changed.map((name) => ({ field: `user_fields.${name}`, old: text(was[name]), new: text(is[name]) })),
      )
    })
    // The edits do what they are there for: most change something, a date in another shape nothing, and a last order can vanish.
    const unaffected = [...edited.keys()].filter((customer) => !expected.has(customer))
    expect(
      unaffected.filter((customer) => edited.get(customer)!.every((edit) => edit === 'same_day')).length,
    ).toBeGreaterThan(50)
    expect([...expected.keys()].filter((customer) => !edited.has(customer))).toEqual([])
    expect(
      [...expected.values()].filter(({ user_fields }) => user_fields.last_order_date === null).length,
    ).toBeGreaterThan(0)
    expect(expected.size).toBeGreaterThan(300)

    bench.emulator.clearCalls()
    const plan = await bench.plan()
    const changes = await bench.changes(plan.plan_id)
    expect(writes(bench)).toEqual([])
    const run = await bench.run({ planId: plan.plan_id })
    const bodies = bench.writtenUsers()
    const unchanged = 18_369 - expected.size
    expect(run.rows).toMatchObject({
      total: 19_119,
      created: 0,
      updated: expected.size,
      unchanged,
      rejected: 750,
      failed: 0,
    })
    expect(bodies).toHaveLength(expected.size)
    const sent = new Map(bodies.map((body) => [String(body.external_id), body]))
    expect(differences([...expected], (key) => sent.get(key))).toEqual([])
    const fieldsOf = new Map(changes.map(({ external_id, fields }) => [external_id!, fields]))
    expect(differences([...expectedFields], (key) => fieldsOf.get(key))).toEqual([])
    expectSentAsPlanned(changes, bodies)
    expect(
      accountDifferences(
        after.filter(({ full_name }) => full_name !== null),
        usersByKey(bench),
        null,
      ),
    ).toEqual([])
  },
)
