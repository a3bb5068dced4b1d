import { useEffect, useState } from 'react'
import type { Answer } from '../api/call.ts'
import { ApiProblem, call } from '../api/call.ts'

export interface Live<T> {
  /** The last answer, which may be of what was asked before. */
  answer: T | null
  problem: ApiProblem | null
  isBusy: boolean
}

const WAIT_MS = 300

type Asking = 'POST /segments/count' | 'POST /segments/sql' | 'POST /queries/sql'

/** Asks again a moment after what is edited was changed, and gives up what was asked before. Null asks nothing. */
export function useLive<K extends Asking>(operation: K, body: object | null): Live<Answer<K>> {
  const [live, setLive] = useState<Live<Answer<K>>>({ answer: null, problem: null, isBusy: false })
  const asked = body === null ? null : JSON.stringify(body)
  useEffect(() => {
    if (asked === null) {
      setLive((before) => ({ ...before, problem: null, isBusy: false }))
      return
    }
    const abort = new AbortController()
    setLive((before) => ({ ...before, isBusy: true }))
    const timer = setTimeout(() => {
      const input = { body: { body: JSON.parse(asked) }, signal: abort.signal }
      call(operation, input as never).then(
        (answer) => !abort.signal.aborted && setLive({ answer: answer as Answer<K>, problem: null, isBusy: false }),
        (error: unknown) => {
          if (abort.signal.aborted) return
          if (!(error instanceof ApiProblem)) throw error
          setLive((before) => ({ answer: before.answer, problem: error, isBusy: false }))
        },
      )
    }, WAIT_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [operation, asked])
  return live
}

/** Mistakes of a body that the API names by their place in it. */
export function namedMistakes(problem: ApiProblem | null): { path: string; message: string }[] {
  const { problems } = (problem?.problem ?? {}) as { problems?: { path: string; message: string }[] }
  return Array.isArray(problems) ? problems : []
}
