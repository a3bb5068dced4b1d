import { type State, StateBadge } from './state-badge.tsx'
import { waitsForSomebody } from './waits.ts'

interface Standing {
  state: State
  ended_at: string | null
}

/** The state of a workflow, and whether it waits for somebody rather than for its turn. */
export function WorkflowState({ of }: { of: Standing }) {
  return waitsForSomebody(of) ? (
    <StateBadge state="warning" word="Waits for approval" />
  ) : (
    <StateBadge state={of.state} />
  )
}
