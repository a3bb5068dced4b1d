import type { Definition } from '../../api/operations.ts'
import type { State } from '../../parts/state-badge.tsx'

export interface LastWorkflow {
  id: string
  state: State
  requested_at: string
  ended_at: string | null
}

/** The last workflow of an orchestration, as its status tells it; null before the first. */
export function lastWorkflowOf({ status }: Definition): LastWorkflow | null {
  return (status.last_workflow as LastWorkflow | null | undefined) ?? null
}

/** What an object is called; its key where nobody named it. */
export function nameOf({ key, body }: Definition): string {
  return typeof body.name === 'string' && body.name !== '' ? body.name : key
}
