import { type Json, Problem } from '../problem.ts'

/**
 * Changes of the definitions of an account's user fields, as a plan shows them, as they are applied, and as `--json` prints them.
 */

export interface FieldOption {
  /** What a value of the field is; never changed. */
  value: string
  /** What agents read. */
  name: string
}

/** A field as the file wants it; null: not said, so left alone. */
export interface FieldDefinition {
  type: string
  title: string
  description: string | null
  active: boolean
  /** Of a `regexp`. */
  pattern: string | null
  /** Of a `checkbox`. */
  tag: string | null
  /** Of a `lookup`. */
  relationship_target_type: string | null
  /** Of a `dropdown` or `multiselect`. */
  options: FieldOption[]
}

/** What a field can be given anew. */
export type FieldAttribute = 'title' | 'description' | 'pattern' | 'tag' | 'active'

export type FieldChange =
  | { change: 'create_field'; key: string; field: FieldDefinition }
  | { change: 'set'; key: string; attribute: FieldAttribute; from: Json; to: Json }
  | { change: 'add_option'; key: string; value: string; name: string }
  | { change: 'rename_option'; key: string; value: string; from: string; to: string }
  /** Only when asked. Everybody who has this value loses it. */
  | { change: 'remove_option'; key: string; value: string; name: string }
  /** Only when asked by key. Everybody loses their value of the field. */
  | { change: 'remove_field'; key: string; type: string; title: string }

/** Something that the file (or a flag) asks for and Zendesk cannot do. */
export interface FieldConflict {
  key: string
  /** A sentence. */
  reason: string
  /** An imperative sentence. */
  fix: string
}

/** What may be taken away; nothing by default. */
export interface FieldRemoval {
  /** Options that declared fields have in the account and not in the file. */
  options: boolean
  /** Keys of whole fields. */
  fields: readonly string[]
}

export const removeNothing: FieldRemoval = { options: false, fields: [] }

export interface FieldPlan {
  /** Origin of the account. */
  account: string
  /** How many fields the file declares. */
  declared: number
  removal: FieldRemoval
  /** In the order in which they are applied. */
  changes: FieldChange[]
  /** While there is one, nothing is applied. */
  conflicts: FieldConflict[]
  /** What the account has and the file does not name. */
  left_alone: {
    fields: { key: string; type: string; title: string; active: boolean }[]
    options: { key: string; value: string; name: string }[]
  }
}

/** The problem that keeps a plan from being applied; null when there is none. */
export function conflictProblem(plan: FieldPlan): Problem | null {
  if (plan.conflicts.length === 0) return null
  const lines = plan.conflicts.map(({ reason, fix }) => `${reason} ${fix}`)
  return new Problem('zendesk.field_conflict', {
    message: ['What is asked of the user fields cannot be done; nothing was changed.', ...lines].join('\n'),
    data: { conflicts: plan.conflicts.map((conflict) => ({ ...conflict })) },
  })
}
