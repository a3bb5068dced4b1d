import { type Actor, mayDo } from '../../access/authorize.ts'
import { actorBehind } from '../../access/behind.ts'
import { type Grants, grantsOf, rightsOf } from '../../access/policies.ts'
import { disabled, fresh, readEmail, readName } from '../../access/sign-in.ts'
import { Problem } from '../../problem.ts'
import type { AccessStore, User } from '../../store/store.ts'
import type { Gate } from '../gate.ts'
import type { ControlUsers } from '../users.ts'
import type { SignedInPerson } from './claims.ts'
import { mappedGrants, type ProviderSettings, rightsGiven } from './provider-body.ts'

/** An identity provider as somebody has set it up. */
export interface SavedProvider {
  key: string
  settings: ProviderSettings
  /** Actor who saved it last. */
  savedBy: string
}

export interface AdmissionParts {
  access: AccessStore
  gate: Gate
  users: Pick<ControlUsers, 'inLine' | 'isLastAdministrator'>
  now: () => Date
  newId: () => string
}

const nothing: { policies: string[]; options: string[] } = { policies: [], options: [] }

/** What a provider's word changes, is changed by the server: whoever set up the provider had the rights. */
const server: Actor = { kind: 'system', id: 'system' }

/**
 * Decides who somebody is that an identity provider describes, and what they may do. A user is known by issuer and subject, never by a name or an
 * address that could pass to somebody else.
 */
export class Admission {
  readonly #parts: AdmissionParts

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /**
   * The user who signs in, with the rights of this moment; made, or linked to this identity, where that may be. `onUser` hears of the user as soon as
   * one is known, also when they are refused. Throws `access.denied`, `access.disabled`, `access.provider_claims`.
   */
  admit(provider: SavedProvider, person: SignedInPerson, onUser: (user: User) => void): Promise<User> {
    const { access, users } = this.#parts
    return users.inLine(async () => {
      const { issuer, subject } = person
      const known = await access.userByIdentity({ issuer, subject })
      if (known !== null) onUser(known)
      assertDomain(provider.settings, person)
      if (known !== null) return await this.#returning(provider, person, known)
      const email = emailOf(person)
      const other = await access.userByEmail(email)
      if (other === null) return await this.#join(provider, person, email)
      onUser(other)
      return await this.#link(provider, person, other)
    })
  }

  async #returning(provider: SavedProvider, person: SignedInPerson, user: User): Promise<User> {
    const { key, settings } = provider
    assertActive(user)
    const grants = grantsNow(settings, person, user)
    const isKept = await this.#parts.users.isLastAdministrator(user.id)
    // The word of a provider counts for no more than whoever has set it up may do, also when the user has become more since they were linked. That
    // whoever it was was disabled since changes nothing for those who come back.
    await this.#assertWithin(provider, isKept ? grantsOf(user) : grants, { isOverToo: true })
    return await this.#regrant(key, user, grants)
  }

  /** Throws `access.denied` when somebody may do more than the mappings give, or whoever saved the provider may do at this moment. */
  async #assertWithin({ settings, savedBy }: SavedProvider, grants: Grants, of: { isOverToo: boolean }): Promise<void> {
    const given = rightsGiven(settings)
    const saver = await actorBehind(savedBy, this.#parts, of)
    if ([...rightsOf(grants)].every((right) => given.has(right) || (saver !== null && mayDo(saver, right)))) return
    throw new Problem('access.denied', {
      message: `Access denied: this user may do more than ${settings.name} could give, or whoever has set it up.`,
      fix: 'Sign in with the password, or let an administrator save the identity provider again.',
    })
  }

  /** Somebody who was invited, or has signed in with a password so far, and whose address the provider vouches for. */
  async #link(provider: SavedProvider, person: SignedInPerson, user: User): Promise<User> {
    const { access, gate } = this.#parts
    const { key, settings } = provider
    if (user.identity !== null) throw taken('belongs to another account of single sign-on')
    if (!person.isVerified)
      throw taken('is that of a user, and the identity provider does not say that it was verified')
    assertActive(user)
    await this.#assertWithin(provider, grantsOf(user), { isOverToo: false })
    const grants = grantsNow(settings, person, user)
    const keepsAll = await this.#parts.users.isLastAdministrator(user.id)
    if (grants.policies.length === 0 && !keepsAll) throw withoutPolicy(settings)
    const { issuer, subject } = person
    await gate.pass(server, 'user:write', `user/${user.id}`, { change: 'link_identity', identity_provider: key })
    const linked = await access.updateUser(user.id, { identity: { issuer, subject } })
    // Whoever still has the link of the invitation must not come in by a password beside the provider.
    await access.removeLinksOf('invitation', user.id)
    return await this.#regrant(key, linked, grants)
  }

  async #join({ key, settings }: SavedProvider, person: SignedInPerson, email: string): Promise<User> {
    const { access, gate, newId, now } = this.#parts
    const grants = mappedGrants(settings, person.groups ?? [])
    if (grants.policies.length === 0) throw withoutPolicy(settings)
    const { issuer, subject } = person
    const rights = { policies: [...grants.policies], options: [...grants.options] }
    const name = readName(plainName(person.name))
    const id = newId()
    const user: User = {
      id,
      email,
      name,
      ...rights,
      passwordHash: null,
      identity: { issuer, subject },
      ...fresh(now()),
    }
    await gate.pass(server, 'user:write', `user/${id}`, { change: 'join', identity_provider: key, ...rights })
    await access.addUser(user)
    return user
  }

  /** Gives a user these rights in the place of all others. Without a policy nothing is left, no session either; but one administrator remains. */
  async #regrant(provider: string, user: User, grants: Grants): Promise<User> {
    const { access, gate, users } = this.#parts
    const isNothing = grants.policies.length === 0
    const rights = isNothing ? nothing : { policies: [...grants.policies], options: [...grants.options] }
    if (hasSame(user.policies, rights.policies) && hasSame(user.options, rights.options)) return assertAny(user)
    const detail = { change: 'map', identity_provider: provider, ...rights }
    const object = `user/${user.id}`
    if (!rights.policies.includes('datagrid_administrator') && (await users.isLastAdministrator(user.id))) {
      await gate.pass(server, 'user:write', object, { ...detail, kept: 'last_administrator' })
      return user
    }
    await gate.pass(server, 'user:write', object, detail)
    return assertAny(await access.updateUser(user.id, rights, isNothing ? { endSessions: { but: null } } : {}))
  }
}

/** Mappings rule where there are any; without them, what administrators gave by hand stays. */
function grantsNow(settings: ProviderSettings, { groups }: SignedInPerson, user: User): Grants {
  const has = grantsOf(user)
  return settings.mappings.length === 0 && has.policies.length > 0 ? has : mappedGrants(settings, groups ?? [])
}

function assertActive({ state }: User): void {
  if (state === 'disabled') throw disabled()
}

function assertAny(user: User): User {
  if (grantsOf(user).policies.length > 0) return user
  throw withoutPolicy(null)
}

function emailOf({ email }: SignedInPerson): string {
  if (email === null) {
    throw new Problem('access.provider_claims', {
      message: 'The claim email is missing, by which a new user is known.',
      fix: 'Let the identity provider send the e-mail address, and keep `email` among the scopes.',
    })
  }
  try {
    return readEmail(email)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Problem('access.provider_claims', { message: 'The claim email holds no e-mail address.' })
  }
}

function assertDomain({ email_domains }: ProviderSettings, person: SignedInPerson): void {
  if (email_domains === undefined) return
  const domain = person.email?.toLowerCase().split('@').at(-1)?.trim() ?? ''
  if (person.isVerified && email_domains.includes(domain)) return
  throw new Problem('access.denied', {
    message: 'Access denied: only people with a verified e-mail address of certain domains may sign in here.',
    fix: 'Sign in at the identity provider with an address of the organisation, or ask an administrator.',
  })
}

function taken(why: string): Problem {
  return new Problem('access.denied', {
    message: `Access denied: the e-mail address ${why}.`,
    fix: 'Sign in with the password or by an invitation, or ask an administrator.',
  })
}

function withoutPolicy(settings: ProviderSettings | null): Problem {
  const by = settings === null ? 'your groups' : `your groups at ${settings.name}`
  return new Problem('access.denied', {
    message: `Access denied: ${by} give no policy here.`,
    fix: 'Ask an administrator to be put into a group that has one, or to be invited.',
  })
}

function hasSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}

/** Without what no list could show, and as long as names may be. */
function plainName(name: string): string {
  const shown = name
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
  return [...shown].slice(0, 50).join('')
}
