import { z } from 'zod'
import { problemOnWire } from './wire.ts'

const texts = z.string().nullable()
const reason = { code: z.string(), reason: z.string() }

const outcome = z.object({
  status: z.enum(['created', 'updated', 'failed']),
  zendesk_id: texts,
  code: texts,
  reason: texts,
  at: z.string(),
})

const change = z.object({
  change: z.int(),
  kind: z.string(),
  fields: z.array(z.object({ field: z.string(), old: texts, new: texts })),
  outcome: outcome.nullable().describe('Null: not sent, or no word yet.'),
  follow_ups: z.array(z.object({ kind: z.enum(['whole', 'again']), outcome: outcome.nullable() })),
})

const entry = z.object({
  run_id: z.string(),
  orchestration: z.string(),
  origin: z.enum(['query', 'repair', 'undo']),
  started_at: z.string(),
  status: z.string(),
  query: z.object({ digest: z.string(), changed: z.boolean().nullable() }).nullable(),
  changes: z.array(change),
  rejected: z.array(z.object({ row: z.int(), field: texts, value: texts, ...reason })),
  warnings: z.array(z.object({ row: z.int(), field: z.string(), value: texts, ...reason })),
  alerts: z.array(z.object({ field: z.string(), given: texts, found: texts, ...reason })),
})

const field = z.object({
  field: z.string(),
  delivered: texts,
  found: texts,
  verdict: z.enum(['same', 'different', 'not_comparable']),
  code: texts,
})

const now = z.object({
  there: z.boolean().nullable().describe('Null when the account could not be read; `problem` says why.'),
  zendesk_id: texts,
  external_id: texts,
  emails: z.array(z.string()),
  role: z.enum(['end-user', 'agent', 'admin']).nullable(),
  suspended: z.boolean().nullable(),
  updated_at: texts,
  fields: z.array(field),
  problem: problemOnWire.nullable(),
})

const person = z.object({
  destination: z.string(),
  account: z.string(),
  zendesk_id: texts,
  external_id: texts,
  emails: z.array(z.string()),
  orchestration: texts,
  delivered_at: texts,
  exit: texts,
  history: z.array(entry).describe('Oldest first.'),
  older: z.object({ runs: z.int(), note: z.string() }).nullable(),
  now,
})

export const whyReport = z
  .object({
    key: z.string(),
    field: texts,
    people: z
      .array(person)
      .describe('Nobody when the key is unknown everywhere; several when it means several people.'),
    requests: z.int().describe('Requests to Zendesk that this took.'),
  })
  .meta({ id: 'Person', description: 'Everything that is known of one person.' })

export const foundPerson = z
  .object({
    destination: z.string().describe('One to the account, that you may see; that of the orchestration where you may.'),
    account: z.string(),
    external_id: texts,
    name: texts,
    emails: z.array(z.string()).describe('All addresses ever given.'),
    orchestration: z.string().describe('Which delivered last.'),
    delivered_at: z.string(),
    exit: texts.describe('What was done when the person left the result; null: they are in it.'),
  })
  .meta({ id: 'FoundPerson', description: 'Somebody who was delivered.' })
