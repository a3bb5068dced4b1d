import { type Actor, actorId, mayDo } from '../access/authorize.ts'
import { Links } from '../access/links.ts'
import { type Grants, grantsOf, readGrants, rightsOf } from '../access/policies.ts'
import { fresh, readEmail, readName } from '../access/sign-in.ts'
import { Problem } from '../problem.ts'
import type { AccessStore, User } from '../store/store.ts'
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
  #line: Promise<unknown> = Promise.resolve()

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
    await this.#pass(actor, `user/${id}`, { change: 'invite', policies: [...policies], options: [...options] }, grants)
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
    return this.#inLine(async () => {
      const grants = readGrants(input)
      const name = readName(input.name)
      const { ifVersion, state } = input
      const rights = { policies: [...grants.policies], options: [...grants.options] }
      await this.#pass(actor, `user/${id}`, { change: 'update', ...rights, state }, await this.#grantsOf(id), grants)
      await this.#assertAdministrator(id, state === 'active' ? rights.policies : [])
      const options = { ifVersion, ...(state === 'disabled' && { endSessions: { but: null } }) }
      const user = await this.#access.updateUser(id, { name, state, ...rights }, options)
      if (state === 'disabled') await this.#access.removeLinksOf('reset', id)
      return shown(user, await this.#openLinks())
    })
  }

  async link(actor: Actor, id: string): Promise<MadeLink> {
    await this.#pass(actor, `user/${id}`, { change: 'link' }, await this.#grantsOf(id))
    return await this.#newLink(actor, await this.#user(id))
  }

  async endSessions(actor: Actor, id: string): Promise<void> {
    await this.#pass(actor, `user/${id}`, { change: 'end_sessions' }, await this.#grantsOf(id))
    await this.#user(id)
    await this.#access.removeSessionsOf(id)
  }

  remove(actor: Actor, id: string, ifVersion: number): Promise<void> {
    return this.#inLine(async () => {
      await this.#pass(actor, `user/${id}`, { change: 'delete' }, await this.#grantsOf(id))
      await this.#user(id)
      await this.#assertAdministrator(id, [])
      await this.#access.removeUser(id, { ifVersion })
    })
  }

  /** Passes the gate, and refuses whoever lacks a right that one of `touched` has: else a user could be made into more than oneself. */
  async #pass(
    actor: Actor,
    object: string,
    detail: { change: string; policies?: string[]; options?: string[]; state?: string },
    ...touched: (Grants | null)[]
  ): Promise<void> {
    await this.#gate.pass(actor, 'user:write', object, { ...detail })
    const beyond = new Set(
      touched.flatMap((grants) => (grants === null ? [] : [...rightsOf(grants)].filter((one) => !mayDo(actor, one)))),
    )
    if (beyond.size > 0) await this.#gate.refuse(actor, 'user:write', object, [...beyond])
  }

  async #grantsOf(id: string): Promise<Grants | null> {
    const user = await this.#access.user(id)
    return user === null ? null : grantsOf(user)
  }

  async #assertAdministrator(without: string, policies: readonly string[]): Promise<void> {
    if (policies.includes('datagrid_administrator')) return
    const others = (await this.#access.users()).filter(
      ({ id, state, policies }) => id !== without && state === 'active' && policies.includes('datagrid_administrator'),
    )
    const target = await this.#access.user(without)
    if (others.length > 0 || target?.policies.includes('datagrid_administrator') !== true) return
    throw new Problem('access.last_administrator', { message: 'This is the last administrator who can sign in.' })
  }

  async #newLink(actor: Actor, user: User): Promise<MadeLink> {
    if (user.state === 'disabled') throw new Problem('access.disabled', { message: 'This user was disabled.' })
    const kind = user.passwordHash === null ? 'invitation' : 'reset'
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

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#line.then(work)
    this.#line = Promise.allSettled([result])
    return result
  }
}

function shown({ passwordHash, ...user }: User, open: ReadonlyMap<string, Date>): ShownUser {
  return { ...user, hasPassword: passwordHash !== null, linkUntil: open.get(user.id) ?? null }
}
