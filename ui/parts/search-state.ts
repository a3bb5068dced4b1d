import { useNavigate, useSearch } from '@tanstack/react-router'

/**
 * What stands behind `?` of the page: search, filters, tab, open row. Setting an empty value takes it away. A change replaces the address, so
 * that going back leaves the page; `isPlace` makes a place of its own of it.
 */
export function useSearchState(): [
  Record<string, string | undefined>,
  (changes: Record<string, string | undefined>, isPlace?: boolean) => void,
] {
  const search = useSearch({ strict: false }) as Record<string, string | undefined>
  const navigate = useNavigate()
  const change = (changes: Record<string, string | undefined>, isPlace = false) =>
    void navigate({
      to: '.',
      search: ((before: object) => ({ ...before, ...changes })) as never,
      replace: !isPlace,
    })
  return [search, change]
}
