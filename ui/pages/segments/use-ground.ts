import { nameOf } from '../../api/definition.ts'
import { useGet } from '../../api/use.ts'
import type { RulesGround } from '../../parts/rules/builder.tsx'

/** What rules about an attributes table can name. */
export function useGround(attributes: string, self?: string) {
  const columns = useGet(
    'GET /attributes-tables/{key}/columns',
    { params: { key: attributes } },
    { enabled: attributes !== '' },
  )
  const segments = useGet('GET /segments')
  const tables = useGet('GET /tables')
  const ground: RulesGround = {
    columns: columns.data?.items ?? [],
    segments: (segments.data?.items ?? [])
      .filter(({ key }) => key !== self)
      .map((one) => ({ value: one.key, label: nameOf(one) })),
    lists: (tables.data?.items ?? []).map((one) => ({ value: one.key, label: nameOf(one) })),
  }
  return { columns, ground }
}
