import { useEffect, useRef, useState } from 'react'
import { ApiProblem, call, isChangedMeanwhile } from '../../api/call.ts'
import type { Definition, Problem } from '../../api/operations.ts'
import { queryClient } from '../../api/use.ts'
import { bodyOf, type QueryBody } from './model.ts'

const SAVE_AFTER_MS = 1_200

export interface EditedDraft {
  body: QueryBody
  change: (changes: Partial<QueryBody>) => void
  /** Sends what is not saved yet; the version that is stored then, or null where it could not be. */
  save: () => Promise<Definition | null>
  stored: Definition
  isDirty: boolean
  isSaving: boolean
  savedAt: Date | null
  problem: Problem | null
  /** What somebody else stored meanwhile. */
  theirs: Definition | null
  takeTheirs: () => void
  saveOverTheirs: () => void
  /** The draft is no more: what is not saved is not sent either. */
  forget: () => void
}

/** A draft that saves itself; what somebody else has changed is neither lost nor overwritten unseen. */
export function useDraft(first: Definition): EditedDraft {
  const [body, setBody] = useState(() => bodyOf(first))
  const [stored, setStored] = useState(first)
  const [isDirty, setDirty] = useState(false)
  const [isSaving, setSaving] = useState(false)
  const [savedAt, setSavedAt] = useState<Date | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [theirs, setTheirs] = useState<Definition | null>(null)
  const latest = useRef({ body, stored, isDirty })
  latest.current = { ...latest.current, body, stored }
  const running = useRef<Promise<Definition | null> | null>(null)

  const put = async (): Promise<Definition | null> => {
    const { body, stored } = latest.current
    setSaving(true)
    try {
      const saved = await call('PUT /query-drafts/{key}', {
        params: { key: stored.key },
        body: { body: { ...body } },
        ifVersion: stored.version,
      })
      latest.current.stored = saved
      setStored(saved)
      setSavedAt(new Date())
      setProblem(null)
      // Somebody may have gone on typing while it was sent.
      latest.current.isDirty = latest.current.body !== body
      setDirty(latest.current.isDirty)
      queryClient.setQueryData(['GET /query-drafts/{key}', { params: { key: saved.key } }], saved)
      return saved
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      if (isChangedMeanwhile(error)) {
        const now = await call('GET /query-drafts/{key}', { params: { key: stored.key } }).catch(() => null)
        setTheirs(now)
      }
      setProblem(error.problem)
      return null
    } finally {
      setSaving(false)
    }
  }
  const save = async (): Promise<Definition | null> => {
    await running.current
    if (!latest.current.isDirty) return latest.current.stored
    running.current = put()
    const saved = await running.current
    running.current = null
    return saved
  }
  const later = useRef(save)
  later.current = save
  // biome-ignore lint/correctness/useExhaustiveDependencies: every change begins the wait anew
  useEffect(() => {
    if (!isDirty || theirs !== null) return
    const timer = setTimeout(() => void later.current(), SAVE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [body, isDirty, theirs])

  // What was shown at first may have been kept from before.
  useEffect(() => {
    if (latest.current.isDirty || first.version <= latest.current.stored.version) return
    latest.current = { body: bodyOf(first), stored: first, isDirty: false }
    setBody(bodyOf(first))
    setStored(first)
  }, [first])

  return {
    ...{ body, save, stored, isDirty, isSaving, savedAt, problem, theirs },
    change: (changes) => {
      const next = { ...latest.current.body, ...changes }
      latest.current = { ...latest.current, body: next, isDirty: true }
      setBody(next)
      setDirty(true)
    },
    takeTheirs: () => {
      if (theirs === null) return
      latest.current = { body: bodyOf(theirs), stored: theirs, isDirty: false }
      setBody(bodyOf(theirs))
      setStored(theirs)
      setDirty(false)
      setTheirs(null)
      setProblem(null)
    },
    forget: () => {
      latest.current.isDirty = false
      setDirty(false)
    },
    saveOverTheirs: () => {
      if (theirs === null) return
      latest.current.stored = theirs
      setStored(theirs)
      setTheirs(null)
      setProblem(null)
      void later.current()
    },
  }
}
