import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Problem } from '../problem.ts'

/** An emulated account as `deskside emulator --json` announces it. */
export interface EmulatedAccount {
  url: string
  subdomain: string
  email: string
  api_token: string
  client_id: string
  client_secret: string
}

/** The user fields that the demo's query feeds, as an admin would have made them in the Admin Center. */
export const demoUserFields = [
  { key: 'city', type: 'text', title: 'City' },
  { key: 'loyalty_tier', type: 'dropdown', title: 'Loyalty tier', custom_field_options: ['bronze', 'silver', 'gold'] },
  { key: 'lifetime_value', type: 'decimal', title: 'Lifetime value' },
  { key: 'orders_count', type: 'integer', title: 'Orders' },
  { key: 'last_order_on', type: 'date', title: 'Last order' },
] as const

export const customer360 = `-- One row per customer, from three sources.
SELECT
  customers.customer_id,
  customers.full_name,
  customers.email,
  customers.phone,
  customers.city,
  customers.country,
  customers.signed_up_on,
  loyalty.tier AS loyalty_tier,
  totals.lifetime_value,
  totals.orders_count,
  totals.last_order_on
FROM customers
LEFT JOIN loyalty ON loyalty.customer_id = customers.customer_id
LEFT JOIN (
  SELECT customer_id, sum(amount) AS lifetime_value, count(*) AS orders_count, max(ordered_on) AS last_order_on
  FROM orders
  GROUP BY customer_id
) AS totals ON totals.customer_id = customers.customer_id
`

export const zendeskUsers = `-- The name of a column is the Zendesk attribute that it feeds.
SELECT
  customer_id AS external_id,
  full_name AS name,
  email,
  phone,
  country,
  city AS "user_fields.city",
  loyalty_tier AS "user_fields.loyalty_tier",
  lifetime_value AS "user_fields.lifetime_value",
  orders_count AS "user_fields.orders_count",
  last_order_on AS "user_fields.last_order_on",
  -- Misspelled on purpose: the plan says so.
  'Customer since ' || signed_up_on AS detials
FROM Customer_360
ORDER BY customer_id
`

function projectFile(account: EmulatedAccount): string {
  return `name: socktown

database:
  tables:
    customers: { path: data/customers.csv, types: text }
    orders: { path: data/orders.csv, types: { customer_id: text, ordered_on: date, amount: "decimal(12,2)" } }
    loyalty: { path: data/loyalty.csv, types: { customer_id: text } }
    Customer_360: { sql: customer_360.sql }

credentials:
  zendesk: { type: zendesk_oauth, client_id: "\${ZENDESK_CLIENT_ID}", client_secret: "\${ZENDESK_CLIENT_SECRET}" }

destinations:
  zendesk:
    plugin: zendesk
    credential: zendesk
    subdomain: ${JSON.stringify(account.subdomain)}
    # The emulated account. Without this line, requests go to https://<subdomain>.zendesk.com.
    base_url: ${JSON.stringify(account.url)}
    # National phone numbers are read by the country of their row.
    country_column: country

queries:
  zendesk_users: queries/zendesk_users.sql

orchestrations:
  zendesk_users: { query: zendesk_users, destination: zendesk }
`
}

/** A fresh folder: a new one below the temporary folder, or the one that was named if it is new or empty. */
export async function freshFolder(cwd: string, dir: string | null): Promise<string> {
  if (dir === null) return await mkdtemp(join(tmpdir(), 'deskside-demo-'))
  const root = resolve(cwd, dir)
  await mkdir(root, { recursive: true })
  const present = await readdir(root)
  if (present.length === 0) return root
  throw new Problem('project.not_empty', {
    message: `The demo cannot be made in ${root}: it holds ${present.slice(0, 5).join(', ')}.`,
  })
}

export async function writeFiles(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

/** Writes the project that speaks to this account. The credential goes where a user's goes: into a .env that only they can read. */
export async function writeDemoProject(
  root: string,
  account: EmulatedAccount,
  data: Record<string, string>,
): Promise<void> {
  await writeFiles(root, {
    'deskside.yml': projectFile(account),
    'customer_360.sql': customer360,
    'queries/zendesk_users.sql': zendeskUsers,
    '.gitignore': '.env\n.deskside/\n',
    ...data,
  })
  const secrets = `ZENDESK_CLIENT_ID=${account.client_id}\nZENDESK_CLIENT_SECRET=${account.client_secret}\n`
  await writeFile(join(root, '.env'), secrets, { mode: 0o600 })
}
