import { emptyGroup, fromBuilder, type RuleGroup, ruleCount, toBuilder } from '../../parts/rules/model.ts'

/** A segment as it is being edited. */
export interface Draft {
  name: string
  description: string
  folder: string
  labels: readonly string[]
  attributes: string
  include: RuleGroup
  exclude: RuleGroup
  /** Null: all. */
  fields: readonly string[] | null
  /** The SELECT of a segment by SQL; null: it is made of rules. */
  sql: string | null
}

type Body = { [name: string]: unknown }

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): string[] | null => (Array.isArray(value) ? value.map(String) : null)

export function newDraft(isSql: boolean): Draft {
  return {
    ...{ name: '', description: '', folder: '', labels: [], attributes: '', fields: null },
    ...{ include: emptyGroup(), exclude: emptyGroup(), sql: isSql ? '' : null },
  }
}

export function toDraft(body: Body): Draft {
  return {
    name: text(body.name),
    description: text(body.description),
    folder: text(body.folder),
    labels: texts(body.labels) ?? [],
    attributes: text(body.attributes),
    include: toBuilder(body.include as RuleGroup | undefined),
    exclude: toBuilder(body.exclude as RuleGroup | undefined),
    fields: texts(body.fields),
    sql: 'sql' in body ? text(body.text) : null,
  }
}

/** Who is in it and what it delivers, which is all that a count or its SQL needs. */
export function toAsked({ attributes, include, exclude, fields, sql }: Draft, file = 'segment.sql'): Body {
  return {
    attributes,
    ...(sql === null
      ? { include: fromBuilder(include), ...(ruleCount(exclude) > 0 && { exclude: fromBuilder(exclude) }) }
      : { sql: file, text: sql }),
    ...(fields !== null && { fields: [...fields] }),
  }
}

export function toBody(draft: Draft, file?: string): Body {
  const { name, description, folder, labels } = draft
  return {
    ...(name.trim() !== '' && { name: name.trim() }),
    ...(description.trim() !== '' && { description: description.trim() }),
    ...(folder.trim() !== '' && { folder: folder.trim() }),
    ...(labels.length > 0 && { labels: [...labels] }),
    ...toAsked(draft, file),
  }
}
