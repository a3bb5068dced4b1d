import { expect } from 'vitest'
import type { ChangeView } from '../src/sync/report.ts'
import { differences } from './differences.ts'

/** A body taken apart: who is meant, and each value as the text that a plan shows. Anything else that it says stays in `values`. */
function readBody(body: Record<string, unknown>) {
  const { external_id, email, skip_verify_email, user_fields, ...plain } = body
  const custom = Object.entries((user_fields ?? {}) as Record<string, unknown>).map(([key, value]) => [
    `user_fields.${key}`,
    value,
  ])
  const values = [...Object.entries(plain), ...custom].map(([key, value]) => [
    key,
    value === null ? null : String(value),
  ])
  return {
    external_id,
    email: email ?? null,
    skip_verify_email,
    values: Object.fromEntries(values) as Record<string, string | null>,
  }
}

/** What a plan says that it will send for a change. */
function announced(change: ChangeView) {
  const values = Object.fromEntries(change.fields.map((field) => [field.field, field.new]))
  return { external_id: change.external_id, email: change.email, skip_verify_email: true, values }
}

/**
 * Fails unless each change of a plan is one body that Zendesk received, with exactly the announced values, and no body is without a
 * change. For people with an external_id and one change each.
 */
export function expectSentAsPlanned(changes: readonly ChangeView[], bodies: readonly Record<string, unknown>[]): void {
  const sent = new Map(bodies.map((body) => [String(body.external_id), readBody(body)]))
  expect([sent.size, bodies.length]).toEqual([changes.length, changes.length])
  expect(
    differences(
      changes.map((change) => [change.external_id!, announced(change)]),
      (key) => sent.get(key),
    ),
  ).toEqual([])
}
