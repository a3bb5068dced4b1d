import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { ApiProblem } from '../api/call.ts'
import { Loading } from './loading.tsx'
import { PageHead } from './page-head.tsx'
import { ProblemCard } from './problem-card.tsx'

interface AnswerProps<T> {
  of: Pick<UseQueryResult<T, ApiProblem>, 'data' | 'error' | 'refetch'>
  /** Of what is being fetched: `Reading the queries`. */
  loading: string
  rows?: number
  /** What the page is, where its own head is part of what is read: it stands above the problem of what cannot be. */
  page?: string
  children: (data: T) => ReactNode
}

/** What was read, or that it is being read, or why it cannot be. An answer that is there stays while a newer one fails, with the reason above it. */
export function WithAnswer<T>({ of: { data, error, refetch }, loading, rows, page, children }: AnswerProps<T>) {
  const problem = error !== null && <ProblemCard problem={error.problem} onRetry={() => void refetch()} />
  if (data === undefined && problem)
    return (
      <>
        {page !== undefined && <PageHead title={page} />}
        {problem}
      </>
    )
  if (data === undefined) return <Loading what={loading} {...(rows !== undefined && { rows })} />
  return (
    <>
      {problem}
      {children(data)}
    </>
  )
}
