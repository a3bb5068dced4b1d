import { Text } from '@mantine/core'
import type { Definition } from '../../../api/operations.ts'
import { StateBadge } from '../../../parts/state-badge.tsx'

/** What the API tells of a credential. */
export interface CredentialStatus {
  health: 'works' | 'broken' | 'unknown'
  problem: { code: string; message: string; fix: string } | null
  checked_at: string | null
  last_used_at: string | null
  ends_at: string | null
  notes: string[]
}

export const statusOf = ({ status }: Definition): CredentialStatus => status as unknown as CredentialStatus

const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
export const dayText = (at: string): string => day.format(new Date(at))

/** Whether it is accepted, and when it ends. */
export function CredentialState({ of }: { of: Definition }) {
  const { health, ends_at: endsAt } = statusOf(of)
  if (health === 'broken') return <StateBadge state="error" word="Not accepted" />
  if (endsAt !== null) return <StateBadge state="warning" word={`Ends ${dayText(endsAt)}`} />
  if (health === 'works') return <StateBadge state="succeeded" word="Works" />
  return <Text size="sm">Not used yet</Text>
}
