import type { Me } from './operations.ts'
import { useGet } from './use.ts'

export type Action = Me['may'][number]

/** Who is signed in and what they may do. Pages below the shell are only shown once this is known. */
export function useMe(): Me {
  const { data } = useGet('GET /me')
  if (data === undefined) throw new Error('A page was shown before it was known who asks.')
  return data
}

/** Whether the person may do this. What they may not do is not offered; the server decides anyway. */
export function useMay(action: Action): boolean {
  return useMe().may.includes(action)
}
