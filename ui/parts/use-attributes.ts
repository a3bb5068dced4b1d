import { useMay } from '../api/me.ts'
import { useGet } from '../api/use.ts'

/** User fields that destinations declare or that attributes tables are mapped to already. */
export function useAttributes(): string[] {
  const mayRead = useMay('destination:read')
  const destinations = useGet('GET /destinations', {}, { enabled: mayRead })
  const tables = useGet('GET /attributes-tables')
  const declared = (destinations.data?.items ?? []).flatMap(({ body }) =>
    Object.keys((body.user_fields ?? {}) as object).map((key) => `user_fields.${key}`),
  )
  const mapped = (tables.data?.items ?? []).flatMap(({ body }) =>
    Object.values((body.mapping ?? {}) as Record<string, string>),
  )
  return [...new Set([...declared, ...mapped])].sort()
}
