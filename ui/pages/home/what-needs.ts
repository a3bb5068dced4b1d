import { lastWorkflowOf } from '../../api/definition.ts'
import type { Definition } from '../../api/operations.ts'
import { waitsForSomebody } from '../../parts/waits.ts'

export type NeedOf =
  | { kind: 'workflow'; object: Definition; state: 'error' | 'stopped' }
  | { kind: 'approval'; object: Definition }
  | { kind: 'credential'; object: Definition; isBroken: boolean; endsAt: string }

/** A credential that ends within so long is told at home. */
const SOON_MS = 180 * 24 * 60 * 60 * 1_000

/** What does not go on by itself, what is broken first. */
export function needsOf(
  { orchestrations, credentials }: { orchestrations: readonly Definition[]; credentials: readonly Definition[] },
  now: Date,
): NeedOf[] {
  const ofRuns = orchestrations.flatMap((object): NeedOf[] => {
    const last = lastWorkflowOf(object)
    if (last === null) return []
    if (last.state === 'error' || last.state === 'stopped') return [{ kind: 'workflow', object, state: last.state }]
    if (waitsForSomebody(last)) return [{ kind: 'approval', object }]
    return []
  })
  const ofCredentials = credentials.flatMap((object): NeedOf[] => {
    const isBroken = object.status.health === 'broken'
    const endsAt = typeof object.status.ends_at === 'string' ? object.status.ends_at : ''
    const isEnding = endsAt !== '' && Date.parse(endsAt) - now.getTime() < SOON_MS
    return isBroken || isEnding ? [{ kind: 'credential', object, isBroken, endsAt }] : []
  })
  const rank = (need: NeedOf) => {
    if (need.kind === 'workflow') return need.state === 'error' ? 0 : 3
    if (need.kind === 'approval') return 1
    return need.isBroken ? 0 : 4
  }
  return [...ofRuns, ...ofCredentials].sort((a, b) => rank(a) - rank(b))
}
