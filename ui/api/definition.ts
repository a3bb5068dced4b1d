import type { State } from '../parts/state-badge.tsx'
import type { Definition } from './operations.ts'

/** What an object is called; its key where nobody named it. */
export function nameOf({ key, body }: Pick<Definition, 'key' | 'body'>): string {
  return typeof body.name === 'string' && body.name !== '' ? body.name : key
}

/** The last workflow that sent an object, as its status tells it. */
export interface LastWorkflow {
  id: string
  state: State
  requested_at: string
  ended_at: string | null
}

/** Null before the first. */
export function lastWorkflowOf<More = unknown>({ status }: Pick<Definition, 'status'>): (LastWorkflow & More) | null {
  return (status.last_workflow as (LastWorkflow & More) | null | undefined) ?? null
}
