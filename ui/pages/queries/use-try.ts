import { useEffect, useRef, useState } from 'react'
import { ApiProblem, call } from '../../api/call.ts'
import type { Problem, QueryTryInput } from '../../api/operations.ts'
import type { Rows } from '../../parts/rows-text.ts'

export interface Trial {
  state: 'none' | 'running' | 'done' | 'cancelled'
  rows: Rows | null
  problem: Problem | null
  startedAt: number
  ms: number
}

const none: Trial = { state: 'none', rows: null, problem: null, startedAt: 0, ms: 0 }

/** Runs SQL that is not saved; giving up the request ends it in the server. */
export function useTry(): { trial: Trial; run: (input: QueryTryInput) => void; cancel: () => void } {
  const [trial, setTrial] = useState(none)
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  const run = async (input: QueryTryInput) => {
    abort.current?.abort()
    const mine = new AbortController()
    abort.current = mine
    const startedAt = Date.now()
    setTrial((before) => ({ ...before, state: 'running', problem: null, startedAt }))
    const ended = (changes: Partial<Trial>) => {
      if (abort.current === mine)
        setTrial({ ...none, state: 'done', startedAt, ms: Date.now() - startedAt, ...changes })
    }
    try {
      ended({ rows: await call('POST /queries/try', { body: input, signal: mine.signal }) })
    } catch (error) {
      if (error instanceof ApiProblem) ended({ problem: error.problem })
      else if (!mine.signal.aborted) throw error
    }
  }
  const cancel = () => {
    abort.current?.abort()
    abort.current = null
    setTrial((before) => ({
      ...none,
      state: 'cancelled',
      startedAt: before.startedAt,
      ms: Date.now() - before.startedAt,
    }))
  }
  return { trial, run: (input) => void run(input), cancel }
}
