import type { Seed } from '../emulator/index.ts'
import type { Json } from '../problem.ts'
import { customer360, demoUserFields, type EmulatedAccount, zendeskUsers } from './demo-project.ts'

type UserFieldSeed = NonNullable<Seed['user_fields']>[number]

/** Body of a definition as people send it to a server. */
export type Body = { [key: string]: Json }

/** User fields of the shop's account: those of the short demo, and what segments feed. */
export const shopUserFields: readonly UserFieldSeed[] = [
  ...demoUserFields.map((field) => structuredClone(field) as UserFieldSeed),
  { key: 'vip_level', type: 'text', title: 'VIP level' },
  { key: 'months_quiet', type: 'integer', title: 'Months without an order' },
  { key: 'campaign', type: 'text', title: 'Campaign' },
]

const attributes = `-- One row per customer: what support may know of them.
WITH ranked AS (
  SELECT
    *
    ,row_number() OVER (PARTITION BY customer_id ORDER BY phone DESC) AS listed
    ,dense_rank() OVER (PARTITION BY lower(email) ORDER BY customer_id) AS claim
  FROM Customer_360
  WHERE length(trim(full_name)) > 0 AND regexp_like(email, '^[^@ ]+@[^@ ]+[.][a-z]+$')
)
SELECT
  customer_id
  ,customer_id AS external_id
  ,full_name AS name
  ,email
  ,phone
  ,country
  ,city
  ,loyalty_tier
  ,lifetime_value
  ,orders_count
  ,last_order_on
  ,CASE WHEN lifetime_value >= 300 THEN 'platinum' WHEN lifetime_value >= 200 THEN 'gold' ELSE 'silver' END AS vip_level
  ,date_diff('month', last_order_on, (SELECT max(ordered_on) FROM orders)) AS months_quiet
  ,'winback' AS campaign
FROM ranked
WHERE listed = 1 AND claim = 1
`

const partners = `-- Shops that sell our socks.
SELECT
  partner_id AS external_id
  ,contact || ' (' || company || ')' AS name
  ,email
  ,country
FROM partners
ORDER BY partner_id
`

/** `isTamed`: within the usual limits; without, a first load goes as fast as the account takes it. */
function projectFile(account: Pick<EmulatedAccount, 'subdomain' | 'url'>, isTamed: boolean): string {
  const limits = isTamed
    ? ''
    : '    # For the first load alone.\n    limits: { users_per_second: none, api_budget: none }\n'
  return `name: Socktown
description: Socks for every foot. Everybody here is invented.

database:
  tables:
    customers:
      path: data/customers.csv
      types: text
      description: Everybody who has ever bought something, from the shop system.
      pii: { customer_id: false, full_name: true, email: true, phone: true, city: false, country: false }
    orders:
      path: data/orders.csv
      types: { customer_id: text, ordered_on: date, amount: "decimal(12,2)" }
      description: One line per order.
    loyalty: { path: data/loyalty.csv, types: { customer_id: text }, description: The sock club. }
    partners: { path: data/partners.csv, types: text, description: Shops that sell our socks. }
    birthdays: { path: data/birthdays.csv, types: { customer_id: text, born_on: date } }
    Customer_360: { sql: customer_360.sql, description: One row per customer, pii: { lifetime_value: false, orders_count: false } }

credentials:
  zendesk:
    type: zendesk_oauth
    name: Zendesk of Socktown
    client_id: "\${ZENDESK_CLIENT_ID}"
    client_secret: "\${ZENDESK_CLIENT_SECRET}"

destinations:
  zendesk:
    name: Zendesk of Socktown
    plugin: zendesk
    credential: zendesk
    subdomain: ${JSON.stringify(account.subdomain)}
    # The emulated account. Without this line, requests go to https://<subdomain>.zendesk.com.
    base_url: ${JSON.stringify(account.url)}
    country_column: country
${limits}
queries:
  zendesk_users: { sql: queries/zendesk_users.sql, name: Customers, folder: Support, labels: [nightly, customers] }
  partners: { sql: queries/partners.sql, name: Partner shops, folder: Support/Partners, labels: [nightly] }

attributes_tables:
  Zendesk_Attributes:
    sql: zendesk_attributes.sql
    id: customer_id
    name: Customers for Zendesk
    segments: true
    mapping:
      city: user_fields.city
      loyalty_tier: user_fields.loyalty_tier
      lifetime_value: user_fields.lifetime_value
      orders_count: user_fields.orders_count
      last_order_on: user_fields.last_order_on
      vip_level: user_fields.vip_level
      months_quiet: user_fields.months_quiet
      campaign: user_fields.campaign

orchestrations:
  zendesk_users: { name: Customers, query: zendesk_users, destination: zendesk }
  partners:
    name: Partner shops
    query: partners
    destination: zendesk
    alerts: { rows: { warn_below: 60 } }
`
}

/** Files of the filled project beside its data. */
export function shopFiles(account: Pick<EmulatedAccount, 'subdomain' | 'url'>): Record<string, string> {
  return {
    'deskside.yml': projectFile(account, false),
    'customer_360.sql': customer360,
    'zendesk_attributes.sql': attributes,
    'queries/zendesk_users.sql': zendeskUsers,
    'queries/partners.sql': partners,
    '.gitignore': '.env\n.deskside/\n',
  }
}

/** `deskside.yml` after the first load, with the usual limits. */
export function tamedProjectFile(account: Pick<EmulatedAccount, 'subdomain' | 'url'>): Record<string, string> {
  return { 'deskside.yml': projectFile(account, true) }
}

const query = (name: string, filing: { folder: string; labels: string[] }, file: string, text: string): Body => ({
  ...{ name, ...filing, sql: file, text },
})

const vipText = (threshold: number) => `SELECT
  external_id
  ,name
  ,email
  ,vip_level AS "user_fields.vip_level"
FROM Zendesk_Attributes
WHERE lifetime_value >= ${threshold}
`

const vip = (threshold: number) =>
  query(
    'VIP customers',
    { folder: 'Shop/Loyalty', labels: ['daily', 'loyalty'] },
    'vip_customers.sql',
    vipText(threshold),
  )

/** The query that is changed twice, as somebody finds out whom it is to mean. */
export const vipVersions: Body[] = [vip(100), vip(150), vip(200)]

/** Queries that are made in the server, by key. */
export const shopQueries: Record<string, Body> = {
  newsletter: query(
    'Newsletter',
    { folder: 'Marketing/Newsletter', labels: ['newsletter'] },
    'newsletter.sql',
    `SELECT
  people.external_id
  ,people.name
  ,people.email
  ,'newsletter' AS "user_fields.campaign"
FROM Zendesk_Attributes AS people
JOIN newsletter ON newsletter.email = people.email
`,
  ),
  club: query(
    'Gold members of the club',
    { folder: 'Shop/Loyalty', labels: ['nightly', 'loyalty'] },
    'club.sql',
    `SELECT
  external_id
  ,name
  ,email
  ,months_quiet AS "user_fields.months_quiet"
FROM Zendesk_Attributes
WHERE loyalty_tier = 'gold'
`,
  ),
  birthdays: query(
    'Birthdays',
    { folder: 'Marketing', labels: ['campaign'] },
    'birthdays.sql',
    `SELECT
  people.external_id
  ,people.name
  ,people.email
  ,birthdays.born_on AS "user_fields.birthday"
FROM Zendesk_Attributes AS people
JOIN birthdays ON birthdays.customer_id = people.customer_id
`,
  ),
  outlet_customers: query(
    'Customers of the outlet',
    { folder: 'Outlet', labels: ['nightly'] },
    'outlet_customers.sql',
    `SELECT external_id, name, email
FROM Outlet_Attributes
WHERE city = 'Leeds'
`,
  ),
  lyonnais: {
    name: 'Customers in Lyon',
    description: 'Rules instead of SQL.',
    folder: 'Marketing',
    from: 'Zendesk_Attributes',
    where: { combinator: 'and', rules: [{ field: 'city', operator: '=', value: 'Lyon' }] },
    columns: ['external_id', 'name', 'email', 'city'],
    mapping: { city: 'user_fields.city' },
  },
}

/** A draft that is not finished; a second one goes on from the last version of a query. */
export const unfinishedDraft: Body = query(
  'Repeat buyers',
  { folder: 'Shop/Loyalty', labels: ['loyalty'] },
  'repeat_buyers.sql',
  `SELECT
  external_id
  ,name
  ,email
FROM Zendesk_Attributes
WHERE orders_count >=  -- how many? ask Mara
`,
)

export const vipDraft: Body = vip(250)

/** An attributes table that the visual editor does not offer. */
export const outletAttributes: Body = {
  name: 'Customers for the outlet',
  folder: 'Outlet',
  id: 'customer_id',
  sql: 'outlet_attributes.sql',
  text: `SELECT
  customer_id
  ,external_id
  ,name
  ,email
  ,city
  ,country
FROM Zendesk_Attributes
WHERE country IN ('GB', 'DE')
`,
}

const people = { attributes: 'Zendesk_Attributes' }
const known = ['external_id', 'name', 'email']

/** Segments, by key; the last asks for the one before it. */
export const shopSegments: Record<string, Body> = {
  big_spenders: {
    ...people,
    name: 'Big spenders',
    folder: 'Loyalty',
    labels: ['daily'],
    include: {
      combinator: 'and',
      rules: [
        { field: 'lifetime_value', operator: '>=', value: 200 },
        {
          combinator: 'or',
          rules: [
            { field: 'loyalty_tier', operator: 'in', value: ['silver', 'gold'] },
            { field: 'orders_count', operator: '>=', value: 4 },
          ],
        },
      ],
    },
    fields: [...known, 'vip_level'],
  },
  lapsed: {
    ...people,
    name: 'Lapsed',
    description: 'One order, and that was long ago.',
    folder: 'Campaigns',
    sql: 'lapsed.sql',
    text: `SELECT customer_id
FROM Zendesk_Attributes
WHERE orders_count = 1 AND months_quiet >= 8
`,
    fields: [...known, 'months_quiet'],
  },
  winback: {
    ...people,
    name: 'Win back',
    description: 'Lapsed customers of the sock club who do not read the newsletter.',
    folder: 'Campaigns',
    labels: ['campaign'],
    include: {
      combinator: 'and',
      rules: [
        { field: 'customer_id', operator: 'inSegment', value: 'lapsed' },
        { field: 'loyalty_tier', operator: 'notNull' },
      ],
    },
    exclude: { combinator: 'or', rules: [{ field: 'email', operator: 'inList', value: 'newsletter' }] },
    fields: [...known, 'campaign'],
  },
}

/** Orchestrations that are made in the server, by key. */
export const shopOrchestrations: Record<string, Body> = {
  vips: { name: 'Big spenders', segment: 'big_spenders', destination: 'zendesk' },
  club: { name: 'The sock club', query: 'club', destination: 'zendesk' },
  winback: { name: 'Win back', segment: 'winback', destination: 'zendesk' },
  newsletter: {
    name: 'Newsletter',
    query: 'newsletter',
    destination: 'zendesk',
    alerts: { change_percent: { warn: 10, fail: 40 } },
  },
  birthdays: { name: 'Birthdays', query: 'birthdays', destination: 'zendesk' },
  outlet: { name: 'Outlet', query: 'outlet_customers', destination: 'outlet' },
}

/** Groups, by key; those with a schedule run on these days of the week, at times that the history knows. */
export const shopGroups = (nightly: readonly string[], outlet: readonly string[]): Record<string, Body> => ({
  nightly: {
    name: 'By night',
    run: { on: 'schedule', cron: `30 2 * * ${nightly.join(',')}` },
    orchestrations: ['zendesk_users', 'partners', 'vips', 'club'],
  },
  outlet: { name: 'Outlet', run: { on: 'schedule', cron: `0 3 * * ${outlet.join(',')}` }, orchestrations: ['outlet'] },
  campaigns: { name: 'Campaigns', run: { on: 'manual' }, orchestrations: ['winback', 'birthdays'] },
  after_load: { name: 'After the load', run: { on: 'signal', signal: 'loaded' }, orchestrations: ['zendesk_users'] },
})
