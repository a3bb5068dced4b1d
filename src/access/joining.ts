import { Problem } from '../problem.ts'
import type { AccessStore, Link, User } from '../store/store.ts'
import { mayDo, type Note, type Via } from './authorize.ts'
import { actorBehind } from './behind.ts'
import { gone, Links, type NewLink } from './links.ts'
import { grantsOf, rightsOf } from './policies.ts'
import { actorOf, disabled, fresh, type NewSession, own, readEmail, readName, type SignIn } from './sign-in.ts'

type JoiningKind = Exclude<Link['kind'], 'hand_over'>

/** What a link asks for. */
export interface Opened {
  kind: JoiningKind
  /** Of the user it is about; empty: is to be given. */
  email: string
  name: string
  expiresAt: Date
}

/** Coming in by a one-time link: as the first administrator, as somebody who was invited, or with a new password. */
export class Joining {
  readonly #access: AccessStore
  readonly #links: Links
  readonly #signIn: SignIn
  readonly #now: () => Date
  readonly #newId: () => string
  readonly #note: Note

  constructor(parts: { access: AccessStore; signIn: SignIn; now: () => Date; newId: () => string; note: Note }) {
    this.#access = parts.access
    this.#links = new Links(parts)
    this.#signIn = parts.signIn
    this.#now = parts.now
    this.#newId = parts.newId
    this.#note = parts.note
  }

  /** The link that makes the first administrator, and ends the one before; null: there is a user already. */
  async setupLink(): Promise<NewLink | null> {
    if ((await this.#access.users()).length > 0) return null
    const attempt = {
      actor: { kind: 'system', id: 'system' },
      action: 'user:write',
      object: 'user',
      allowed: true,
    } as const
    await this.#note(attempt, { change: 'link', link: 'setup' })
    return await this.#links.make('setup', 'administrator', { createdBy: 'system' })
  }

  /** Throws `access.link_over`, also for links that hand over a secret. */
  async look(token: string): Promise<Opened> {
    const link = await this.#links.look(token)
    const { kind } = link
    if (kind === 'hand_over') throw gone()
    const user = kind === 'setup' ? null : await this.#userOf(link)
    return { kind, email: user?.email ?? '', name: user?.name ?? '', expiresAt: link.expiresAt }
  }

  /**
   * Does what the link is for and signs in. `email` counts for the first administrator alone: nobody else chooses who they are. Throws
   * `access.link_over`, `access.disabled`, `definition.invalid`.
   */
  async join(token: string, given: { email: string; name: string; password: string }, via: Via): Promise<NewSession> {
    const name = readName(given.name)
    // Before the hash, which costs a second and 128 MB, nobody without a link gets.
    await this.#links.look(token)
    const passwordHash = await this.#signIn.hash(given.password)
    const user = await this.#links.use(token, async (link) =>
      link.kind === 'setup'
        ? await this.#addFirst({ email: readEmail(given.email), name, passwordHash }, via)
        : await this.#setPassword(await this.#userOf(link, via), { name, passwordHash, link: link.kind }, via),
    )
    return await this.#signIn.begin(user, via, 'link')
  }

  /**
   * The user of a link, as long as whoever made it may still do so: else who was dismissed, or may do less than this user does by now, would come in
   * as somebody else by a link that they kept. `via`: of who uses it, which leaves a line when it is refused; looking leaves none.
   */
  async #userOf(link: Link, via: Via | null = null): Promise<User> {
    const user = link.kind === 'hand_over' ? null : await this.#access.user(link.about)
    if (user === null) throw gone()
    const maker = await actorBehind(link.createdBy, { access: this.#access, now: this.#now })
    const needed = ['user:write', ...rightsOf(grantsOf(user))] as const
    if (maker !== null && needed.every((action) => mayDo(maker, action))) return user
    if (via !== null) {
      const actor = { kind: 'nobody', id: 'nobody', via } as const
      const attempt = { actor, action: 'password:set', object: `user/${user.id}`, allowed: false } as const
      await this.#note(attempt, { link: link.kind, reason: 'maker', maker: link.createdBy })
    }
    throw gone()
  }

  async #addFirst(given: Pick<User, 'email' | 'name' | 'passwordHash'>, via: Via): Promise<User> {
    if ((await this.#access.users()).length > 0) {
      throw new Problem('access.link_over', { message: 'There is an administrator already.' })
    }
    const grants = { policies: ['datagrid_administrator'], options: [] }
    const user: User = { id: this.#newId(), ...given, ...grants, identity: null, ...fresh(this.#now()) }
    await this.#note(own('password:set', { ...actorOf(user), via }, true), { link: 'setup' })
    await this.#access.addUser(user)
    return user
  }

  async #setPassword(
    user: User,
    { name, passwordHash, link }: { name: string; passwordHash: string; link: Link['kind'] },
    via: Via,
  ): Promise<User> {
    const isActive = user.state === 'active'
    await this.#note(own('password:set', { ...actorOf(user), via }, isActive), { link })
    if (!isActive) throw disabled()
    const change = { passwordHash, ...(name !== '' && { name }) }
    return await this.#access.updateUser(user.id, change, { endSessions: { but: null } })
  }
}
