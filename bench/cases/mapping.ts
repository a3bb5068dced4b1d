import { join } from 'node:path'
import { connectZendesk } from '../../src/destination/zendesk/index.ts'
import type { ZendeskCredential, ZendeskSettings } from '../../src/destination/zendesk/settings.ts'
import { loadProject } from '../../src/project/load.ts'
import { Ledger } from '../../src/sync/ledger/ledger.ts'
import { createTextMacros } from '../../src/sync/text-sql.ts'
import { makeValues, type ValuesRequest } from '../../src/sync/values.ts'
import { assertRight, type Case, type Figure, median, type Settings } from '../case.ts'
import { customerFields, customerQuery, writeCustomers } from '../customers.ts'
import { EmulatedAccount } from '../emulated-account.ts'

const rows = 200_000
/** How phone numbers are written; national ones are read by the destination's default country. */
const spellings = { international: 'phone', national: "'(' || phone[3:5] || ') ' || phone[6:8] || '-' || phone[9:]" }
type Spelling = keyof typeof spellings

export const mappingCase: Case = {
  key: 'mapping',
  title: 'Mapping and checking changed rows',
  method: `Values of ${rows.toLocaleString('en-US')} changed rows of 12 columns made canonical, in one process on a ledger: from the stage to the table of canonical values.`,
  async run(settings) {
    const account = await EmulatedAccount.open({
      emulator: ['--fast', '--plan', 'unlimited'],
      destination: { default_country: 'US' },
      tables: { customers: { path: 'customers.parquet' } },
      queries: { customers: customerQuery('customers') },
      userFields: customerFields,
    })
    try {
      await writeCustomers(join(account.dir, 'customers.parquet'), rows, 'before')
      return [
        await measure(account, 'international', settings, 'phones in E.164', 100_000),
        await measure(account, 'national', settings, 'national phones', 40_000),
      ]
    } finally {
      await account.close()
    }
  },
}

async function measure(
  account: EmulatedAccount,
  spelling: Spelling,
  { runs, say }: Settings,
  what: string,
  atLeast: number,
): Promise<Figure> {
  const ledger = await Ledger.open(join(account.dir, `ledger-${spelling}`))
  try {
    const request = await readRequest(account)
    await fillStage(ledger, join(account.dir, 'customers.parquet'), spelling)
    const took: number[] = []
    for (let run = 1; run <= runs; run += 1) {
      const cpuBefore = process.cpuUsage()
      const startedAtMs = performance.now()
      await makeValues(ledger.db, request)
      took.push(performance.now() - startedAtMs)
      const cpu = process.cpuUsage(cpuBefore)
      const made = await ledger.db.first<{ rows: number; phones: number; findings: number }>(
        `SELECT count(*) AS rows, count(*) FILTER (phone LIKE '+1%') AS phones, (SELECT count(*) FROM findings) AS findings FROM canonical`,
      )
      assertRight(
        made?.rows === rows && made.phones === rows && made.findings === 0,
        `canonical values ${JSON.stringify(made)}`,
      )
      say(
        `mapping, ${what} ${run}/${runs}: ${Math.round((rows / took.at(-1)!) * 1000)} rows/s, ${((cpu.user + cpu.system) / 1e6).toFixed(1)} CPU s`,
      )
    }
    return {
      key: `mapping.${spelling}`,
      what: `rows a second, ${what}`,
      value: (rows / median(took)) * 1000,
      target: { atLeast },
    }
  } finally {
    await ledger.close()
  }
}

/** What the planner asks for this account and these columns. */
async function readRequest(account: EmulatedAccount): Promise<ValuesRequest> {
  const env = { CLIENT_SECRET: account.credentials.client_secret }
  const project = await loadProject(account.dir, env, { allowMissingVariables: false })
  const settings = project.destinations.get('zendesk') as ZendeskSettings
  const credential = project.credentials.get('zendesk') as ZendeskCredential
  const connection = connectZendesk(settings, credential, { env: {} })
  try {
    const facts = await connection.readAccount()
    const { columns } = facts.mapColumns([...standardColumns, ...customerFields.map(({ key }) => `user_fields.${key}`)])
    const attributes = columns.filter((use) => use.use === 'attribute')
    return { attributes, countryColumn: null, unknownFields: [], invalidValues: 'omit' }
  } finally {
    await connection.close()
  }
}

const standardColumns = ['external_id', 'email', 'name', 'phone', 'details', 'notes', 'locale', 'time_zone']

/** What stands before the values are made: every row has changed. */
async function fillStage({ db }: Ledger, path: string, spelling: Spelling): Promise<void> {
  await createTextMacros(db)
  await db.run(`
    CREATE TEMP TABLE stage_row AS
    SELECT row_number() OVER () AS row, COLUMNS(*)::VARCHAR FROM (SELECT * REPLACE (${spellings[spelling]} AS phone) FROM read_parquet('${path}'))`)
  await db.run('CREATE TEMP TABLE todo_row AS SELECT row FROM stage_row')
}
