import { z } from 'zod'
import {
  attributesTableBody,
  database as databaseOfQuery,
  filing,
  segmentBody,
  visualQueryBody,
} from '../audience/segment-body.ts'
import { zendeskCredential, zendeskSettings } from '../destination/zendesk/settings.ts'
import type { FileTable } from '../engine/engine.ts'
import { postgresSource, tableNameOf } from '../engine/postgres-settings.ts'
import { alertsBody } from './alerts-body.ts'
import { plainDatabase } from './databases.ts'
import { cron, groupBody } from './group-body.ts'
import { sentKinds } from './project.ts'
import { timeZoneMistake } from './time-zone.ts'

const labels = {
  name: z.string().min(1).optional().describe('What people read; the key is used where there is none.'),
  description: z.string().optional().describe('For people.'),
}

/** Keys are written in commands and file names. */
const key = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'must start with a letter and go on with letters, digits, _ or -, at most 64 in all',
  )

/** Tables are written in SQL, where a hyphen would mean minus. */
const tableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,63}$/,
    'must start with a letter or _ and go on with letters, digits or _, at most 64 in all',
  )

const formats: Record<string, FileTable['format']> = {
  '.csv': 'csv',
  '.csv.gz': 'csv',
  '.tsv': 'csv',
  '.tsv.gz': 'csv',
  '.parquet': 'parquet',
  '.json': 'json',
  '.json.gz': 'json',
  '.jsonl': 'json',
  '.jsonl.gz': 'json',
  '.ndjson': 'json',
  '.ndjson.gz': 'json',
}

/** Format of a table file or glob by its ending, null for an ending that is not legal. */
export function tableFormat(path: string): FileTable['format'] | null {
  const lower = path.toLowerCase()
  const ending = Object.keys(formats).find((candidate) => lower.endsWith(candidate))
  return ending === undefined ? null : formats[ending]!
}

/** A file or glob, relative to deskside.yml or absolute. */
const tablePath = z
  .string()
  .min(1)
  .superRefine((path, context) => {
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
      context.addIssue({ code: 'custom', message: 'must be a file on this machine: addresses are not fetched' })
    } else if (path.toLowerCase().endsWith('.sql')) {
      context.addIssue({ code: 'custom', message: 'must be { sql: <file> } for a table that SQL defines' })
    } else if (path !== '' && tableFormat(path) === null) {
      context.addIssue({ code: 'custom', message: `must end in one of ${Object.keys(formats).join(', ')}` })
    }
  })
  .describe('A csv, tsv, parquet, json or jsonl file or a glob of them, relative to deskside.yml.')

const sqlPath = z
  .string()
  .min(1)
  .superRefine((path, context) => {
    if (path === '' || path.toLowerCase().endsWith('.sql')) return
    const inline = /^\s*(select|with|from)\s/i.test(path)
    context.addIssue({
      code: 'custom',
      message: inline
        ? 'must be the path of a .sql file: put the SQL text into one'
        : 'must be the path of a .sql file',
    })
  })
  .describe('A .sql file with one SELECT, relative to deskside.yml.')

export const columnTypes = z
  .union([
    z.literal('text'),
    z.record(
      z.string().min(1),
      z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9_ (),[\]]*$/, 'must be the name of a type such as text, date or decimal(12,2)'),
    ),
  ])
  .describe(
    '`text` reads every column as text; a map gives the types of the columns it names. For csv, tsv, json and sources.',
  )

const sourceTable = z
  .string()
  .refine(
    (text) => tableNameOf(text) !== null,
    'must be the name of a table or view, with its schema: public.customers; a part with a dot stands in double quotes',
  )
  .describe('A table or view of the source, as schema.table; without a schema it is one of public.')

const pii = z
  .record(z.string().min(1), z.boolean())
  .describe('Which columns are personal (true) and which are not (false); the others are guessed.')

const table = z.union([
  tablePath,
  z.strictObject({ path: tablePath, types: columnTypes.optional(), pii: pii.optional(), ...labels }),
  z.strictObject({
    sql: sqlPath.describe('A .sql file with one SELECT over other tables.'),
    pii: pii.optional(),
    ...labels,
  }),
  z.strictObject({
    source: z.string().describe('Key of a source.'),
    table: sourceTable,
    types: columnTypes.optional(),
    pii: pii.optional(),
    ...labels,
  }),
])

const query = z.union([
  sqlPath,
  z.strictObject({ sql: sqlPath, database: databaseOfQuery, ...labels, ...filing }),
  visualQueryBody,
])

const timeZone = z
  .string()
  .superRefine((zone, context) => {
    const message = timeZoneMistake(zone)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })
  .describe('IANA time zone in which SQL reads dates and times.')

const limits = z.strictObject({
  memory_mb: z
    .int()
    .min(64)
    .max(1_048_576)
    .default(600)
    .describe('Memory of the engine in MB (1,000,000 bytes); the process needs up to 1.7 times as much.'),
  timeout_minutes: z.number().positive().max(10_080).default(60).describe('A query that takes longer is ended.'),
})

const database = z.strictObject({
  engine: z.literal('duckdb').default('duckdb'),
  dialect: z
    .enum(['trino', 'duckdb'])
    .default('trino')
    .describe(
      '`trino`: functions and operators mean what they mean in Presto and Trino. `duckdb`: SQL as DuckDB reads it.',
    ),
  tables: z
    .record(tableName, table)
    .describe('What queries may read, by the name they use; upper and lower case are the same.'),
  limits: limits.prefault({}),
  ...labels,
})

export const orchestration = z
  .strictObject({
    query: z.string().optional().describe('Key of a query to send.'),
    segment: z.string().optional().describe('Key of a segment to send.'),
    attributes_table: z.string().optional().describe('Key of an attributes table to send.'),
    destination: z.string().describe('Key of a destination.'),
    workflow: z.literal('manual').default('manual').describe('Runs on demand: `deskside run`, also from cron or CI.'),
    schedule: cron
      .optional()
      .describe('When a server runs it, as a cron line: `30 8 * * mon-fri`, in the time_zone of the project.'),
    alerts: alertsBody.optional(),
    ...labels,
  })
  .superRefine((one, context) => {
    const named = sentKinds.filter((kind) => one[kind] !== undefined)
    if (named.length === 1) return
    const found = named.length === 0 ? 'none is there' : `${named.join(' and ')} are there`
    context.addIssue({
      code: 'custom',
      message: `must name what it sends with one of \`query\`, \`segment\` and \`attributes_table\`: ${found}`,
    })
  })

const days = z.int().max(3650)

/** Of a server. */
export const historySettings = z.strictObject({
  workflow_days: days
    .min(1)
    .default(90)
    .describe('How long a server keeps workflows and notifications after their end; rows of people go after 30 days.'),
  activity_days: days.min(30).default(365).describe('How long a server keeps the lines of the activity log.'),
})

/** deskside.yml, after its variables are expanded. */
export const projectFile = z.strictObject({
  name: z.string().min(1).describe('Name of the project.'),
  description: z.string().optional().describe('For people.'),
  time_zone: timeZone.default('UTC'),
  sources: z
    .record(key, postgresSource)
    .default({})
    .describe('Databases that tables come from; write the URL as a variable, which comes from the environment.'),
  database: database
    .optional()
    .describe(
      'What queries read; a project has either this or `databases`, which it is short for with the key `database`.',
    ),
  databases: z
    .record(key, database)
    .refine((all) => Object.keys(all).length > 0, 'must have a database at least')
    .optional()
    .describe('Several databases, by key; each query and each attributes table reads one of them.'),
  credentials: z
    .record(key, zendeskCredential)
    .default({})
    .describe('How to sign in; write secrets as variables, which come from the environment.'),
  destinations: z.record(key, zendeskSettings).default({}).describe('Zendesk accounts to deliver to.'),
  queries: z.record(key, query).default({}).describe('SELECTs whose columns are Zendesk attributes.'),
  attributes_tables: z
    .record(tableName, attributesTableBody)
    .default({})
    .describe('Tables of people whose columns are attributes; queries read them as tables, segments choose from them.'),
  segments: z.record(key, segmentBody).default({}).describe('Some of the people of an attributes table.'),
  orchestrations: z
    .record(key, orchestration)
    .default({})
    .describe('Which query, segment or attributes table goes to which destination.'),
  groups: z
    .record(key, groupBody)
    .default({})
    .describe('Which orchestrations a server runs together, and what begins them.'),
  history: historySettings.prefault({}),
})

export type ProjectFile = z.output<typeof projectFile>

/** The databases of a checked file, each with the place where it stands. */
export function databasesIn({ database: one, databases = {} }: ProjectFile): DatabaseBody[] {
  if (one !== undefined) return [{ key: plainDatabase, path: ['database'], body: one }]
  return Object.entries(databases).map(([name, body]) => ({ key: name, path: ['databases', name], body }))
}

interface DatabaseBody {
  key: string
  path: readonly string[]
  body: z.output<typeof database>
}

/** Keys that readers of older documentation will try, with why they are not legal. Section -> key -> sentence. */
export const notYet: Record<string, Record<string, string>> = {
  destinations: {
    organization: 'set `organizations: add` or `create`, and give the query a column `organization`',
    organization_id: 'set `organizations: add` or `create`, and give the query a column `organization_id`',
  },
}
