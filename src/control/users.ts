import { type Actor, actorId, mayDo } from '../access/authorize.ts'
import { Links } from '../access/links.ts'
import { type Grants, grantsOf, readGrants, rightsOf } from '../access/policies.ts'
import { disabled, fresh, readEmail, readName } from '../access/sign-in.ts'
import { type Json, Problem } from '../problem.ts'
import type { AccessStore, User } from '../store/store.ts'
import { Turns } from '../turns.ts'
import { changedFields } from './bodies.ts'
import type { MadeLink, ShownUser, Users } from './control.ts'
import type { Gate } from './gate.ts'

export interface UserParts {
  access: AccessStore
  gate: Gate
  now: () => Date
  newId: () => string
}

export class ControlUsers implements Users {
  readonly #access: AccessStore
  readonly #gate: Gate
  readonly #links: Links
  readonly #now: () => Date
  readonly #newId: () => string
  /** Changes go one after the other: two administrators who remove each other at once must not both succeed. */
  readonly #turns = new Turns()

  constructor(parts: UserParts) {
    this.#access = parts.access
    this.#gate = parts.gate
    this.#links = new Links(parts)
    this.#now = parts.now
    this.#newId = parts.newId
  }

  async list(actor: Actor): Promise<ShownUser[]> {
    await this.#gate.pass(actor, 'user:read', 'user')
    const open = await this.#openLinks()
    return (await this.#access.users()).map((user) => shown(user, open))
  }

  async get(actor: Actor, id: string): Promise<ShownUser> {
    await this.#gate.pass(actor, 'user:read', `user/${id}`)
    return shown(await this.#user(id), await this.#openLinks())
  }

  async invite(
    actor: Actor,
    input: { email: string; name: string; policies: string[]; options: string[] },
  ): Promise<{ user: ShownUser; link: MadeLink }> {
    const grants = readGrants(input)
    const email = readEmail(input.email)
    const name = readName(input.name)
    const id = this.#newId()
    const { policies, options } = grants
    const line = { change: 'invite', policies: [...policies], options: [...options] }
    await this.#permit(actor, `user/${id}`, grants)
    await this.#note(actor, `user/${id}`, line)
    const rights = { policies: [...policies], options: [...options] }
    const user: User = { id, email, name, ...rights, passwordHash: null, identity: null, ...fresh(this.#now()) }
    await this.#access.addUser(user)
    const link = await this.#newLink(actor, user)
    return { user: shown(user, await this.#openLinks()), link }
  }

  update(
    actor: Actor,
    id: string,
    input: { name: string; policies: string[]; options: string[]; state: User['state']; ifVersion: number },
  ): Promise<ShownUser> {
    return this.inLine(async () => {
      const grants = readGrants(input)
      const name = readName(input.name)
      const { ifVersion, state } = input
      const rights = { policies: [...grants.policies], options: [...grants.options] }
      await this.#permit(actor, `user/${id}`, await this.#grantsOf(id), grants)
      const fields = changedFields(detailsOf(await this.#user(id)), { name, state, ...rights })
      await this.#note(actor, `user/${id}`, { change: 'update', fields, ...rights, state })
      await this.#assertAdministrator(id, state === 'active' ? rights.policies : [])
      const options = { ifVersion, ...(state === 'disabled' && { endSessions: { but: null } }) }
      const user = await this.#access.updateUser(id, { name, state, ...rights }, options)
      if (state === 'disabled') await this.#access.removeLinksOf('reset', id)
      return shown(user, await this.#openLinks())
    })
  }

  async link(actor: Actor, id: string): Promise<MadeLink> {
    await this.#permit(actor, `user/${id}`, await this.#grantsOf(id))
    const user = await this.#user(id)
    await this.#note(actor, `user/${id}`, { change: 'link', link: linkKindOf(user) })
    return await this.#newLink(actor, user)
  }

  async endSessions(actor: Actor, id: string): Promise<void> {
    await this.#permit(actor, `user/${id}`, await this.#grantsOf(id))
    await this.#user(id)
    await this.#note(actor, `user/${id}`, { change: 'end_sessions' })
    await this.#access.removeSessionsOf(id)
  }

  remove(actor: Actor, id: string, ifVersion: number): Promise<void> {
    return this.inLine(async () => {
      await this.#permit(actor, `user/${id}`, await this.#grantsOf(id))
      await this.#user(id)
      await this.#note(actor, `user/${id}`, { change: 'delete' })
      await this.#assertAdministrator(id, [])
      await this.#access.removeUser(id, { ifVersion })
    })
  }

  /** Passes the gate, and refuses whoever lacks a right that one of `touched` has: else a user could be made into more than oneself. */
  async #permit(actor: Actor, object: string, ...touched: (Grants | null)[]): Promise<void> {
    const rights = new Set(touched.flatMap((grants) => (grants === null ? [] : [...rightsOf(grants)])))
    const lacking = [...rights].filter((action) => !mayDo(actor, action))
    await this.#gate.permit(actor, 'user:write', object, lacking)
  }

  async #note(actor: Actor, object: string, detail: { [key: string]: Json }): Promise<void> {
    await this.#gate.note({ actor, action: 'user:write', object, allowed: true }, detail)
  }

  async #grantsOf(id: string): Promise<Grants | null> {
    const user = await this.#access.user(id)
    return user === null ? null : grantsOf(user)
  }

  async #assertAdministrator(without: string, policies: readonly string[]): Promise<void> {
    if (policies.includes('datagrid_administrator') || !(await this.isLastAdministrator(without))) return
    throw new Problem('access.last_administrator', { message: 'This is the last administrator who can sign in.' })
  }

  /** Whether nobody could administer without this user; only {@link inLine} it stays so. */
  async isLastAdministrator(id: string): Promise<boolean> {
    const isAdministrator = ({ policies }: User) => policies.includes('datagrid_administrator')
    const all = await this.#access.users()
    if (!all.some((user) => user.id === id && isAdministrator(user))) return false
    return !all.some((user) => user.id !== id && user.state === 'active' && isAdministrator(user))
  }

  async #newLink(actor: Actor, user: User): Promise<MadeLink> {
    if (user.state === 'disabled') throw disabled()
    const kind = linkKindOf(user)
    const { token, expiresAt } = await this.#links.make(kind, user.id, { createdBy: actorId(actor) })
    return { kind, token, expiresAt }
  }

  /** By user. */
  async #openLinks(): Promise<ReadonlyMap<string, Date>> {
    const links = [...(await this.#links.open('invitation')), ...(await this.#links.open('reset'))]
    return new Map(links.map(({ about, expiresAt }) => [about, expiresAt]))
  }

  async #user(id: string): Promise<User> {
    const user = await this.#access.user(id)
    if (user !== null) return user
    throw new Problem('store.not_found', { message: 'There is no such user.', data: { kind: 'user', key: id } })
  }

  /** Does a change of users when those before it are done. */
  inLine<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.run({ work: 'a change of users' }, work)
  }
}

function linkKindOf({ passwordHash }: User): MadeLink['kind'] {
  return passwordHash === null ? 'invitation' : 'reset'
}

/** What can be changed of a user. */
function detailsOf({ name, state, policies, options }: User): { [key: string]: Json } {
  return { name, state, policies: [...policies], options: [...options] }
}

function shown({ passwordHash, ...user }: User, open: ReadonlyMap<string, Date>): ShownUser {
  return { ...user, hasPassword: passwordHash !== null, linkUntil: open.get(user.id) ?? null }
}
