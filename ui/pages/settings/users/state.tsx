import type { User } from '../../../api/operations.ts'
import { StateBadge } from '../../../parts/state-badge.tsx'

export type UserState = 'active' | 'invited' | 'disabled'

/** Invited: nobody has come in as this user yet. */
export function stateOf({ state, has_password: hasPassword, single_sign_on: issuer }: User): UserState {
  if (state === 'disabled') return 'disabled'
  return hasPassword || issuer !== null ? 'active' : 'invited'
}

export function UserState({ of }: { of: User }) {
  return <StateBadge state={stateOf(of)} />
}

export const nameOfUser = ({ name, email }: { name: string; email: string }): string => (name === '' ? email : name)
