import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiProblem, call, isChangedMeanwhile } from '../api/call.ts'
import type { Definition } from '../api/operations.ts'
import { markStale } from '../api/use.ts'

/** The kinds of definitions that a form edits, as paths of the API. */
export type DefinitionPath =
  | '/credentials'
  | '/channels'
  | '/subscriptions'
  | '/identity-providers'
  | '/orchestrations'
  | '/destinations'
  | '/groups'
type Body = Record<string, unknown>

export interface Saving {
  error: ApiProblem | null
  isSaving: boolean
  /** What is there now, when somebody else saved while this one was edited. */
  theirs: Definition | null
  save: (body: Body) => void
  saveOver: () => void
  /** Goes on from what is there now. */
  take: () => void
}

interface SavingOptions {
  path: DefinitionPath
  /** What is edited; null: a new one. */
  of: Definition | null
  onSaved: (saved: Definition) => void
  onTake?: (theirs: Definition) => void
  /** Further paths whose answers are stale afterwards. */
  stale?: readonly string[]
}

/** Saves a definition, new or not. A change that somebody else made meanwhile is read and told, and nothing is lost. */
export function useSaving({ path, of, onSaved, onTake, stale = [] }: SavingOptions): Saving {
  const client = useQueryClient()
  const [base, setBase] = useState(of)
  const [state, setState] = useState<{ error: ApiProblem | null; isSaving: boolean; body: Body }>({
    error: null,
    isSaving: false,
    body: {},
  })
  const [theirs, setTheirs] = useState<Definition | null>(null)

  const send = async (body: Body, from: Definition | null) => {
    setState({ error: null, isSaving: true, body })
    try {
      const saved =
        from === null
          ? await call(`POST ${path}` as 'POST /credentials', { body: { body } })
          : await call(`PUT ${path}/{key}` as 'PUT /credentials/{key}', {
              params: { key: from.key },
              body: { body },
              ifVersion: from.version,
            })
      await markStale(client, [path, ...stale])
      setState({ error: null, isSaving: false, body })
      onSaved(saved)
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setState({ error, isSaving: false, body })
      if (isChangedMeanwhile(error) && from !== null) await readTheirs(from.key, body)
    }
  }

  const readTheirs = async (key: string, body: Body) => {
    try {
      setTheirs(await call(`GET ${path}/{key}` as 'GET /credentials/{key}', { params: { key } }))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      // It is gone, or the server is: saving again asks again.
      setState({ error, isSaving: false, body })
    }
  }

  return {
    ...state,
    theirs,
    save: (body) => void send(body, base),
    saveOver: () => {
      setBase(theirs)
      setTheirs(null)
      void send(state.body, theirs)
    },
    take: () => {
      if (theirs !== null) onTake?.(theirs)
      setBase(theirs)
      setTheirs(null)
      setState({ error: null, isSaving: false, body: {} })
      void markStale(client, [path])
    },
  }
}

/** Fields that differ between two bodies. */
export function changesOf(before: Body, after: Body): { field: string; before: unknown; after: unknown }[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return fields
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({ field, before: before[field], after: after[field] }))
}
