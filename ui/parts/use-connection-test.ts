import { useEffect, useRef, useState } from 'react'
import { ApiProblem } from '../api/call.ts'
import { callLive, type ToldLine } from '../api/live.ts'
import type { Problem, Stage } from '../api/operations.ts'
import { markStale, queryClient } from '../api/use.ts'

/** A stage that has begun; `found` when it has ended. */
export interface HeardStage {
  title: string
  found: Stage | null
}

export interface ConnectionTest {
  /** Nothing was tested yet: null. */
  stages: readonly HeardStage[] | null
  isTesting: boolean
  /** Null as long as it is not known. */
  ok: boolean | null
  problem: Problem | null
}

const untested: ConnectionTest = { stages: null, isTesting: false, ok: null, problem: null }

/** A stage that ends takes the place of its beginning. */
export function heard(stages: readonly HeardStage[], line: ToldLine): HeardStage[] {
  if ('begun' in line) return [...stages, { title: line.begun.title, found: null }]
  const ended = { title: line.stage.title, found: line.stage }
  return stages.at(-1)?.found === null ? [...stages.slice(0, -1), ended] : [...stages, ended]
}

/**
 * A test of a connection that is heard stage by stage. `begin` gives whether it works; it ends unheard when the page is left. What was saved a moment
 * ago is tested at once.
 */
export function useConnectionTest(kind: 'credentials' | 'destinations', saved: string | null = null) {
  const [state, setState] = useState(untested)
  const leaving = useRef(new AbortController())
  useEffect(() => {
    leaving.current = new AbortController()
    return () => leaving.current.abort()
  }, [])
  const begin = async (key: string): Promise<boolean> => {
    const { signal } = leaving.current
    const onLine = (line: ToldLine) => setState((before) => ({ ...before, stages: heard(before.stages ?? [], line) }))
    setState({ ...untested, stages: [], isTesting: true })
    try {
      const { ok } = await callLive(`POST /${kind}/{key}/test`, { params: { key }, signal }, onLine)
      setState((before) => ({ ...before, isTesting: false, ok }))
      // What the server knows of the credential is from this test.
      await markStale(queryClient, ['/credentials'])
      return ok
    } catch (error) {
      if (signal.aborted) return false
      if (!(error instanceof ApiProblem)) throw error
      // A stage that was under way is not any more, and nobody knows how it ended.
      const ended = (stages: ConnectionTest['stages']) => stages?.filter(({ found }) => found !== null) ?? null
      setState((before) => ({ stages: ended(before.stages), isTesting: false, ok: null, problem: error.problem }))
      return false
    }
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time that it is saved
  useEffect(() => {
    if (saved !== null) void begin(saved)
  }, [saved])
  const reset = () => setState(untested)
  return { ...state, begin, reset }
}
