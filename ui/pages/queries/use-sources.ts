import { useGet } from '../../api/use.ts'
import type { RulesGround } from '../../parts/rules/builder.tsx'
import { shapeOf } from '../../parts/rules/model.ts'
import { listsOf } from '../../parts/sql/schema.ts'
import type { QueryBody } from './model.ts'
import { sourceOf, sourcesOf } from './visual.ts'

/** The tables that a visual query can show records of. */
export function useSources() {
  const tables = useGet('GET /tables')
  const attributesTables = useGet('GET /attributes-tables')
  const isRead = tables.data !== undefined && attributesTables.data !== undefined
  return {
    sources: sourcesOf(tables.data?.items ?? [], attributesTables.data?.items ?? []),
    isRead,
    problem: (tables.error ?? attributesTables.error)?.problem ?? null,
  }
}

/** The columns of the table of a visual query, and what its rules can name. */
export function useVisualGround(body: QueryBody) {
  const { sources, isRead } = useSources()
  const { data: tables } = useGet('GET /tables')
  const source = sourceOf(sources, body)
  const path = source?.kind === 'attributes_table' ? '/attributes-tables' : '/tables'
  const columns = useGet(
    `GET ${path}/{key}/columns`,
    { params: { key: source?.key ?? '' } },
    { enabled: source !== undefined },
  )
  const ground: RulesGround = {
    // There are no segments to name.
    columns: (columns.data?.items ?? []).map((one) => ({
      ...one,
      operators: one.operators.filter((operator) => shapeOf(operator) !== 'segment'),
    })),
    segments: [],
    lists: listsOf(tables?.items ?? [], source?.database ?? null),
  }
  return { source, columns, ground, isMissing: isRead && source === undefined }
}
