import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { ApiProblem } from '../api/call.ts'
import { Loading } from './loading.tsx'
import { ProblemCard } from './problem-card.tsx'

interface AnswerProps<T> {
  of: Pick<UseQueryResult<T, ApiProblem>, 'data' | 'error' | 'refetch'>
  /** Of what is being fetched: `Reading the queries`. */
  loading: string
  rows?: number
  children: (data: T) => ReactNode
}

/** What was read, or that it is being read, or why it cannot be. An answer that is there stays while a newer one fails, with the reason above it. */
export function WithAnswer<T>({ of: { data, error, refetch }, loading, rows, children }: AnswerProps<T>) {
  const problem = error !== null && <ProblemCard problem={error.problem} onRetry={() => void refetch()} />
  if (data === undefined) return problem || <Loading what={loading} {...(rows !== undefined && { rows })} />
  return (
    <>
      {problem}
      {children(data)}
    </>
  )
}
