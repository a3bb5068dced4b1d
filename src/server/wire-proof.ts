import { z } from 'zod'
import { json } from './wire.ts'
import { plan } from './wire-workflows.ts'

const texts = z.string().nullable()
const person = { external_id: texts, email: texts }

export const driftLine = z
  .object({
    person: z.int(),
    zendesk_id: z.string(),
    ...person,
    name: texts,
    field: z.string().describe('`zendesk_id` for somebody who is gone.'),
    delivered: texts,
    found: texts,
    code: z.string(),
    reason: z.string(),
    repaired: z.boolean().describe('The repair sends this field.'),
  })
  .meta({ id: 'DriftLine' })

export const driftReport = z
  .object({
    drift_id: texts.describe('Null: nothing drifted.'),
    orchestration: z.string(),
    account: z.string(),
    read_at: z.string(),
    people: z.object({ read: z.int(), drifted: z.int(), gone: z.int() }),
    fields: z.array(z.object({ field: z.string(), code: z.string(), people: z.int() })),
    requests: z.int(),
    plan: plan.nullable().describe('What repairs it; null: nothing would.'),
  })
  .meta({ id: 'DriftReport' })

export const restLine = z
  .object({
    zendesk_id: texts,
    ...person,
    field: texts.describe('Null: it is about the person.'),
    old: texts,
    written: texts,
    found: texts,
    code: z.string(),
    reason: z.string(),
  })
  .meta({ id: 'RestLine' })

export const undoReport = z
  .object({
    undone_run: z.string(),
    orchestration: z.string(),
    plan,
    people: z.object({ read: z.int(), restored: z.int() }),
    fields: z.object({ restored: z.int(), already: z.int(), left: z.int() }),
    rest: z.array(z.object({ code: z.string(), lines: z.int(), reason: z.string() })),
    requests: z.int(),
  })
  .meta({ id: 'UndoReport' })

export const exitRow = z
  .object({
    ...person,
    name: texts,
    action: z.enum(['nothing', 'clear_fields', 'remove_tags', 'suspend', 'delete']),
    outcome: z.enum(['done', 'gone', 'failed', 'pending']),
    code: texts,
    reason: texts,
  })
  .meta({ id: 'ExitRow' })

const removal = {
  options: z.boolean().default(false).describe('Remove options that the destination does not declare.'),
  fields: z.array(z.string().min(1).max(200)).max(1_000).default([]).describe('Keys of fields to remove.'),
}

/** No body means that nothing is removed. */
export const fieldRemoval = z.strictObject(removal).prefault({})

const option = z.object({ value: z.string(), name: z.string() })
const key = { key: z.string() }

const definition = z.object({
  type: z.string(),
  title: z.string(),
  description: texts,
  active: z.boolean(),
  pattern: texts,
  tag: texts,
  relationship_target_type: texts,
  options: z.array(option),
})

const fieldChange = z.discriminatedUnion('change', [
  z.object({ change: z.literal('create_field'), ...key, field: definition }),
  z.object({
    change: z.literal('set'),
    ...key,
    attribute: z.enum(['title', 'description', 'pattern', 'tag', 'active']),
    from: json,
    to: json,
  }),
  z.object({ change: z.literal('add_option'), ...key, value: z.string(), name: z.string() }),
  z.object({ change: z.literal('rename_option'), ...key, value: z.string(), from: z.string(), to: z.string() }),
  z.object({ change: z.literal('remove_option'), ...key, value: z.string(), name: z.string() }),
  z.object({ change: z.literal('remove_field'), ...key, type: z.string(), title: z.string() }),
])

export const fieldPlan = z
  .object({
    account: z.string(),
    declared: z.int(),
    removal: z.object({ options: z.boolean(), fields: z.array(z.string()).readonly() }),
    changes: z.array(fieldChange),
    conflicts: z.array(z.object({ ...key, reason: z.string(), fix: z.string() })),
    left_alone: z.object({
      fields: z.array(z.object({ ...key, type: z.string(), title: z.string(), active: z.boolean() })),
      options: z.array(z.object({ ...key, value: z.string(), name: z.string() })),
    }),
  })
  .meta({ id: 'FieldPlan' })
