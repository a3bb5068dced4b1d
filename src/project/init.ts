import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Problem } from '../problem.ts'
import { projectJsonSchema } from './json-schema.ts'
import { projectFileName } from './project-file.ts'

export interface InitOptions {
  /** Name of the project; by default that of the folder. */
  name?: string
  /** The part before .zendesk.com; a placeholder by default. */
  subdomain?: string
  /** Address of an emulator or a proxy, in place of https://<subdomain>.zendesk.com. */
  baseUrl?: string
}

/** The schema stands beside deskside.yml, so that editors find it without a network and in every clone. */
export const schemaFileName = '.deskside.schema.json'

/**
 * Writes a small working project into a folder, which is made if need be. Nothing is overwritten: `project.not_empty` names the files
 * in the way, and then nothing is written. Only an existing .gitignore is added to. Returns the files written, relative to the folder.
 */
export async function initProject(dir: string, options: InitOptions = {}): Promise<{ files: string[] }> {
  const root = resolve(dir)
  const name = options.name ?? (basename(root) || 'deskside')
  const contents: Record<string, string> = {
    [projectFileName]: projectYaml(name, options),
    [schemaFileName]: projectJsonSchema(),
    'data/customer_360.csv': customers,
    'queries/zendesk_users.sql': query,
    '.env.example': envExample,
  }
  await refuseIfInTheWay(root, Object.keys(contents))
  for (const [file, text] of Object.entries(contents)) {
    const path = join(root, file)
    try {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text, { flag: 'wx' })
    } catch (error) {
      throw cannotWrite(path, error)
    }
  }
  const ignoring = await ignoreSecrets(join(root, '.gitignore'))
  return { files: [...Object.keys(contents), ...(ignoring ? ['.gitignore'] : [])] }
}

async function refuseIfInTheWay(root: string, files: readonly string[]): Promise<void> {
  const found = await Promise.all(files.map((file) => exists(join(root, file))))
  const inTheWay = files.filter((_, index) => found[index])
  if (inTheWay.length === 0) return
  throw new Problem('project.not_empty', {
    message: `A project cannot be made in ${root}: ${inTheWay.join(', ')} ${inTheWay.length === 1 ? 'is' : 'are'} there already.`,
    data: { files: inTheWay },
  })
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return false
    throw cannotWrite(path, error)
  }
}

function cannotWrite(path: string, error: unknown): Problem {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
  return new Problem('usage.invalid', {
    message: `${path} cannot be written (${code}).`,
    fix: 'Choose a folder in which this user may write.',
    cause: error,
  })
}

/** Adds what must not be committed to a .gitignore, whose other lines stay. False when all of it was there. */
async function ignoreSecrets(path: string): Promise<boolean> {
  let text = ''
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw cannotWrite(path, error)
  }
  const present = new Set(text.split(/\r?\n/).map((line) => line.trim()))
  const wanted = ['.env', '.deskside/'].filter((line) => !present.has(line))
  if (wanted.length === 0) return false
  const start = text === '' || text.endsWith('\n') ? '' : '\n'
  try {
    await appendFile(path, `${start}${wanted.join('\n')}\n`)
  } catch (error) {
    throw cannotWrite(path, error)
  }
  return true
}

function projectYaml(name: string, { subdomain, baseUrl }: InitOptions): string {
  const address = baseUrl === undefined ? '# base_url: http://127.0.0.1:4010' : `base_url: ${JSON.stringify(baseUrl)}`
  return `# yaml-language-server: $schema=${schemaFileName}
# A Deskside project. \`deskside validate\` checks it offline, \`deskside check zendesk\` tests the connection,
# \`deskside plan zendesk_users\` shows what would be sent, \`deskside run zendesk_users\` sends it.
name: ${JSON.stringify(name)}

database:
  engine: duckdb
  # csv, parquet and json files, or globs of them; paths are relative to this file.
  tables:
    Customer_360: data/customer_360.csv
    # Orders: { path: "exports/orders-*.parquet" }
    # Stores: { path: data/stores.csv, types: { zip: text } }
    # Loyal_customers: { sql: tables/loyal_customers.sql }

# \${VAR} is taken from the environment, else from the file .env beside this one, which is never committed.
credentials:
  zendesk:
    type: zendesk_oauth
    client_id: "\${ZENDESK_CLIENT_ID}"
    client_secret: "\${ZENDESK_CLIENT_SECRET}"
  # An API token works as well, where there still is one: Zendesk has issued no API tokens since 2026-10-27 and switches all of
  # them off on 2027-04-30.
  # zendesk:
  #   type: zendesk
  #   email: "\${ZENDESK_EMAIL}"
  #   api_token: "\${ZENDESK_API_TOKEN}"

destinations:
  zendesk:
    plugin: zendesk
    credential: zendesk
    # The part before .zendesk.com.
    subdomain: ${JSON.stringify(subdomain ?? 'your-subdomain')}
    # Only for \`deskside emulator\` or a proxy:
    ${address}
    # National phone numbers become international ones by this country:
    # default_country: US
    # guards: { max_changed_percent: 20 }
    # User fields that the account should have; \`deskside fields apply zendesk\` creates and changes them:
    # user_fields:
    #   city: { type: text, title: City }
    #   loyalty_tier: { type: dropdown, title: Loyalty tier, options: { gold: Gold, silver: Silver, bronze: Bronze } }

queries:
  zendesk_users: queries/zendesk_users.sql

orchestrations:
  zendesk_users: { query: zendesk_users, destination: zendesk }
`
}

const query = `-- One row per person. The name of a column is the Zendesk attribute that it feeds: name, email, external_id, phone, notes, ...
-- A row needs a name, and an external_id or an email. Columns that Zendesk does not know are not sent.
SELECT
  customer_id AS external_id,
  full_name AS name,
  email,
  phone
  -- A custom user field goes by its key in Zendesk, which must exist there (or be declared under user_fields in deskside.yml):
  -- , city AS "user_fields.city"
FROM Customer_360
ORDER BY customer_id
`

const customers = `customer_id,full_name,email,phone,city,loyalty_tier,lifetime_value
C-1001,Amara Okafor,amara.okafor@example.com,+12125550123,New York,gold,1284.50
C-1002,Benedikt Sommer,benedikt.sommer@example.com,+4930901820,Berlin,silver,412.00
C-1003,Chloé Lefèvre,chloe.lefevre@example.com,+33199001234,Paris,gold,2210.75
C-1004,Daniel Whitaker,dan.whitaker@example.com,+13125550142,Chicago,bronze,89.90
C-1005,Elena Petrova,elena.petrova@example.com,,Chicago,silver,640.20
C-1006,Farid Haddad,farid.haddad@example.com,+14155550187,San Francisco,bronze,54.00
C-1007,Grace Lin,grace.lin@example.com,+15035550134,Portland,gold,3105.10
C-1008,Hugh Pemberton,hugh.pemberton@example.com,+442079460958,London,silver,377.35
C-1009,Isla McKenzie,isla.mckenzie@example.com,+61291920123,Sydney,bronze,129.00
C-1010,João Almeida,joao.almeida@example.com,,Lisbon,silver,518.60
`

const envExample = `# Copy this file to .env (chmod 600 .env) and fill it in. .env is never committed.
# Admin Center > Apps and integrations > APIs > OAuth clients: a confidential client that may use client credentials.
ZENDESK_CLIENT_ID=
ZENDESK_CLIENT_SECRET=

# For \`type: zendesk\` instead:
# ZENDESK_EMAIL=
# ZENDESK_API_TOKEN=
`
