import { Problem } from '../../problem.ts'
import type { ProviderSettings } from './provider-body.ts'

export type Claims = Readonly<Record<string, unknown>>

/** Somebody as the identity provider describes them. */
export interface SignedInPerson {
  issuer: string
  subject: string
  /** Null: not told. */
  email: string | null
  /** The provider says that the address is theirs. */
  isVerified: boolean
  /** Empty: not told. */
  name: string
  /** Null: no mapping asks for them. */
  groups: string[] | null
}

/**
 * Reads the claims of an ID token, and of the UserInfo endpoint where the token lacks them. Throws `access.provider_claims` when there are mappings
 * and the groups are missing or no list of texts.
 */
export function personOf(
  idToken: Claims & { iss: string; sub: string },
  userInfo: Claims,
  { groups_claim, mappings }: Pick<ProviderSettings, 'groups_claim' | 'mappings'>,
): SignedInPerson {
  const of = (claim: string) => (Object.hasOwn(idToken, claim) ? idToken[claim] : userInfo[claim])
  const email = of('email')
  const name = of('name')
  return {
    issuer: idToken.iss,
    subject: idToken.sub,
    email: typeof email === 'string' && email !== '' ? email : null,
    // An address and the word that it was verified must come from one mouth.
    isVerified: [idToken, userInfo].some((claims) => claims.email === email && claims.email_verified === true),
    name: typeof name === 'string' ? name.trim() : '',
    groups: mappings.length === 0 ? null : groupsOf(of(groups_claim), groups_claim, { ...userInfo, ...idToken }),
  }
}

function groupsOf(value: unknown, claim: string, claims: Claims): string[] {
  if (Array.isArray(value) && value.every((group) => typeof group === 'string')) return value
  const elsewhere = claims._claim_names
  if (value === undefined && typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, claim)) {
    throw new Problem('access.provider_claims', {
      message: `The identity provider leaves out the groups (claim ${claim}), because this person is in too many.`,
      fix: 'Let the identity provider send only the groups that are assigned to this application.',
    })
  }
  const what = value === undefined ? 'is missing' : 'is no list of texts'
  throw new Problem('access.provider_claims', {
    message: `The claim ${claim}, which holds the groups, ${what}.`,
    fix: `Let the identity provider send ${claim} as a list of texts, in the ID token or at its UserInfo endpoint, also when it is empty.`,
  })
}
