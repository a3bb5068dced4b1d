import { useQueries } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type Answer, type ApiProblem, call, type Input } from './call.ts'
import { type PagedName, queryClient } from './use.ts'

/** Items that are read together. */
const PART = 200
/** Whoever drags a scrollbar passes by thousands of items that nobody wants to see. */
const REST_MS = 100

interface Places<T> {
  /** The item of a position; undefined while it is not read. */
  at: (index: number) => T | undefined
  /** Tells which positions are in sight, `last` excluded. */
  onSeen: (first: number, last: number) => void
  error: ApiProblem | null
  refetch: () => void
}

function partQuery<K extends PagedName>(operation: K, input: Input<K>, part: number) {
  return {
    queryKey: [operation, 'part', input, part],
    queryFn: ({ signal }: { signal: AbortSignal }) => {
      const query = { ...(input as { query?: object }).query, limit: PART, cursor: String(part * PART) }
      return call(operation, { ...input, query, signal } as Input<K> & { signal: AbortSignal })
    },
  }
}

/** Begins to read such a list before it is known whether it will be shown. */
export function readAhead<K extends PagedName>(operation: K, input: Input<K>, startsAt: number): void {
  void queryClient.prefetchQuery(partQuery(operation, input, Math.floor(startsAt / PART)))
}

/** A long list whose cursors are positions, read where somebody looks. It begins with the position `startsAt`, whose item stays known wherever they look. */
export function usePlaces<K extends PagedName>(
  operation: K,
  input: Input<K>,
  startsAt = 0,
): Places<Answer<K>['items'][number]> {
  const start = Math.floor(startsAt / PART)
  const [looked, setLooked] = useState<readonly number[]>([start])
  const parts = looked.includes(start) ? looked : [start, ...looked]
  const seen = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(seen.current), [])
  const onSeen = useCallback((first: number, last: number) => {
    clearTimeout(seen.current)
    const from = Math.floor(first / PART)
    const wanted = Array.from({ length: Math.ceil(last / PART) - from }, (_, n) => from + n)
    seen.current = setTimeout(() => setLooked((now) => (now.join() === wanted.join() ? now : wanted)), REST_MS)
  }, [])
  const answers = useQueries({ queries: parts.map((part) => partQuery(operation, input, part)) })
  const read = new Map(parts.map((part, n) => [part, answers[n]?.data?.items as Answer<K>['items'] | undefined]))
  return {
    at: (index) => read.get(Math.floor(index / PART))?.[index % PART],
    onSeen,
    error: (answers.find(({ error }) => error !== null)?.error ?? null) as ApiProblem | null,
    refetch: () => {
      for (const { error, refetch } of answers) if (error !== null) void refetch()
    },
  }
}
