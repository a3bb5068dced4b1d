import type { AccountFacts, Attribute, ColumnUse } from '../../destination/destination.ts'
import { asProblem } from '../../problem.ts'
import { attributesNamed } from '../exits.ts'
import type { PlanDetails } from '../plan.ts'

/** Attributes of columns, as far as the account has them today. */
export interface MappedAttributes {
  /** The columns that could be mapped; mapped again they give the same fingerprint. */
  columns: string[]
  fingerprint: string
  attributes: Map<string, Attribute>
  /** Columns of user fields that the account does not have any more. */
  unknown: string[]
}

/**
 * Maps columns as a plan does, but leaves out the user fields that have vanished from the account instead of stopping: what was delivered
 * to them is a finding, not a problem. Throws every other Problem of the mapping.
 */
export function mapAttributes(facts: AccountFacts, columns: readonly string[]): MappedAttributes {
  const unknown: string[] = []
  let left = [...columns]
  for (;;) {
    try {
      const mapping = facts.mapColumns(left)
      const ignored = mapping.columns.filter((use) => use.use === 'ignored' && use.unknownField)
      return {
        columns: left,
        fingerprint: mapping.fingerprint,
        attributes: attributesOf(mapping.columns),
        unknown: [...unknown, ...ignored.map((use) => use.column)],
      }
    } catch (error) {
      const problem = asProblem(error)
      const missing = problem.data.columns
      if (problem.code !== 'zendesk.unknown_user_field' || !Array.isArray(missing)) throw error
      const before = left.length
      left = left.filter((column) => !missing.includes(column))
      if (left.length === before) throw error
      unknown.push(...missing.map(String))
    }
  }
}

/** Every attribute that changes of a plan may carry. Throws the Problems of a mapping. */
export function planAttributes(facts: AccountFacts, details: PlanDetails): Map<string, Attribute> {
  const attributes = attributesOf(facts.mapColumns(details.columns).columns)
  for (const extra of attributesNamed(facts, details.extra ?? [])) attributes.set(extra.name, extra)
  return attributes
}

/** The attributes of a mapping by name. */
export function attributesOf(uses: readonly ColumnUse[]): Map<string, Attribute> {
  return new Map(uses.flatMap((use) => (use.use === 'attribute' ? [[use.attribute.name, use.attribute] as const] : [])))
}

/** Columns that stand for these attributes, for a plan without a query; identity, name and country come with them. */
export function columnsFor(attributes: readonly string[], countryColumn: string | null): string[] {
  const columns = ['external_id', 'email', 'name', ...attributes.filter((name) => name !== 'name')]
  const isThere = countryColumn === null || columns.some((name) => name.toLowerCase() === countryColumn.toLowerCase())
  return isThere ? columns : [...columns, countryColumn]
}
