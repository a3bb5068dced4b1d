import { useBlocker } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { ApiProblem } from '../../api/call.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { confirm, said } from '../../parts/dialogs.tsx'
import { type Draft, toBody } from './draft.ts'

interface SavingParts {
  draft: Draft
  begun: Draft
  /** The segment that is changed, as it was when that was begun; null: a new one. */
  of: Definition | null
  onSaved: (segment: Definition) => void
}

/** What saves a segment, and asks before what is not saved is left. */
export function useSaving({ draft, begun, of, onSaved }: SavingParts) {
  const [nameError, setNameError] = useState<string | null>(null)
  const isDone = useRef(false)
  const done = (segment: Definition) => {
    isDone.current = true
    said(of === null ? 'The segment is saved.' : `Version ${segment.version} is saved.`)
    onSaved(segment)
  }
  const creating = useCall('POST /segments', { stale: ['/segments'], onDone: done })
  const changing = useCall('PUT /segments/{key}', { stale: ['/segments'], onDone: done })
  const file = typeof of?.body.sql === 'string' ? of.body.sql : 'segments/segment.sql'
  const isDirty = JSON.stringify(toBody(draft)) !== JSON.stringify(toBody(begun))
  useBlocker({
    shouldBlockFn: async ({ current, next }) => {
      if (isDone.current || !isDirty) return false
      if (
        current.pathname === next.pathname &&
        (next.search as { tab?: string }).tab === (current.search as { tab?: string }).tab
      )
        return false
      const what = 'What you have changed since it was last saved is lost when you leave.'
      return !(await confirm({ title: 'Leave without saving', what, verb: 'Leave', hurts: true }))
    },
    enableBeforeUnload: () => isDirty && !isDone.current,
  })
  const put = (ifVersion: number) =>
    of !== null && changing.mutate({ params: { key: of.key }, body: { body: toBody(draft, file) }, ifVersion })
  const save = (): boolean => {
    const isMissing = draft.name.trim() === ''
    setNameError(isMissing ? 'A segment needs a name.' : null)
    if (isMissing) return false
    if (of === null) creating.mutate({ body: { body: toBody(draft, file) } })
    else put(of.version)
    return true
  }
  const problem: ApiProblem | null = creating.error ?? changing.error
  return { save, put, of, problem, nameError, isSaving: creating.isPending || changing.isPending }
}
