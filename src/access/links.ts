import { Problem } from '../problem.ts'
import type { AccessStore, Link } from '../store/store.ts'
import { digest } from './digest.ts'
import { newToken } from './token.ts'

export type LinkKind = Link['kind']

/** How long a link is good for where nobody says. */
export const linkHours = { setup: 24, invitation: 7 * 24, reset: 24, hand_over: 72 } as const satisfies Record<
  LinkKind,
  number
>

const HOUR_MS = 60 * 60_000

/** A link that was just made: the only time that its token is known. */
export interface NewLink {
  id: string
  token: string
  expiresAt: Date
}

/**
 * Links that do one thing once. The store holds the digest of a token, never the token; who makes another link about the same ends the one
 * before. The token belongs behind the `#` of an address: browsers keep that part to themselves, so it is in no log of a proxy.
 */
export class Links {
  readonly #access: AccessStore
  readonly #now: () => Date

  constructor({ access, now }: { access: AccessStore; now: () => Date }) {
    this.#access = access
    this.#now = now
  }

  /** `createdBy` is an actor's id. */
  async make(
    kind: LinkKind,
    about: string,
    {
      createdBy,
      hours = linkHours[kind],
      detail = {},
    }: Pick<Link, 'createdBy'> & Partial<Pick<Link, 'detail'>> & { hours?: number },
  ): Promise<NewLink> {
    const token = newToken('link')
    const createdAt = this.#now()
    const expiresAt = new Date(createdAt.getTime() + hours * HOUR_MS)
    const id = digest(token)
    await this.#access.addLink({ id, kind, about, createdBy, createdAt, expiresAt, usedAt: null, detail })
    return { id, token, expiresAt }
  }

  /** What a token stands for. Throws `access.link_over` in the same words whether it never was, was used or is over. */
  async look(token: string): Promise<Link> {
    const link = await this.#access.link(digest(token))
    if (link === null || link.usedAt !== null || link.expiresAt <= this.#now()) throw over()
    return link
  }

  /**
   * Does what the link is for, once: of two that try at the same time one does. When it fails, the link is as good as before; `failed` may
   * note something on it, or end it (null).
   */
  async use<T>(
    token: string,
    work: (link: Link) => Promise<T>,
    failed: (link: Link, error: unknown) => Link['detail'] | null = ({ detail }) => detail,
  ): Promise<T> {
    const { id } = await this.look(token)
    if (!(await this.#access.useLink(id, this.#now()))) throw over()
    // Read anew: somebody who had it in between may have noted something.
    const link = await this.#access.link(id)
    if (link === null) throw over()
    try {
      return await work(link)
    } catch (error) {
      const detail = failed(link, error)
      if (detail === null) await this.#access.removeLink(id)
      else await this.#access.releaseLink(id, detail)
      throw error
    }
  }

  /** Links of a kind that can still be used, the newest first. */
  async open(kind: LinkKind): Promise<Link[]> {
    const links = await this.#access.links(kind)
    return links.filter(({ usedAt, expiresAt }) => usedAt === null && expiresAt > this.#now())
  }
}

/** The link is good, and there is nothing to be done with it any more. */
export function gone(): Problem {
  return new Problem('access.link_over', { message: 'What this link was for is not there any more.' })
}

/** In the same words whatever the reason is. */
function over(): Problem {
  return new Problem('access.link_over', { message: 'This link was used, was replaced by another one, or is over.' })
}
