import { nameOf } from '../../api/definition.ts'
import { useGet } from '../../api/use.ts'
import type { RulesGround } from '../../parts/rules/builder.tsx'
import { listsOf } from '../../parts/sql/schema.ts'

/** What rules about an attributes table can name. */
export function useGround(attributes: string, self?: string) {
  const columns = useGet(
    'GET /attributes-tables/{key}/columns',
    { params: { key: attributes } },
    { enabled: attributes !== '' },
  )
  const segments = useGet('GET /segments')
  const tables = useGet('GET /tables')
  const attributesTables = useGet('GET /attributes-tables')
  const database = attributesTables.data?.items.find(({ key }) => key === attributes)?.body.database
  const ground: RulesGround = {
    columns: columns.data?.items ?? [],
    segments: (segments.data?.items ?? [])
      .filter(({ key }) => key !== self)
      .map((one) => ({ value: one.key, label: nameOf(one) })),
    lists: listsOf(tables.data?.items ?? [], typeof database === 'string' ? database : null),
  }
  return { columns, ground }
}
