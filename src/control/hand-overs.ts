import { type Actor, actorId, actorName } from '../access/authorize.ts'
import { Links } from '../access/links.ts'
import { accountOrigin, type OriginEnvironment } from '../destination/zendesk/origin.ts'
import { zendeskSettings } from '../destination/zendesk/settings.ts'
import { type Json, Problem } from '../problem.ts'
import type { AccessStore, Link } from '../store/store.ts'
import { keyFrom } from './bodies.ts'
import type { Catalog } from './catalog.ts'
import type { TestAccount } from './connection-test.ts'
import type { NewHandOver, ShownHandOver } from './control.ts'
import { assertKey, assertOurs } from './definitions.ts'
import type { Gate } from './gate.ts'
import { assertKnownPart, assertOne, typeNameOf } from './hand-over-form.ts'

/** What the link of a hand-over knows, beside the key of its credential. Never a secret. */
export interface HandOverDetail {
  /** Of a credential that is to be made; null: the secret of one that is there is replaced. */
  body: { [key: string]: Json } | null
  /** Where a credential is tried that no destination uses. */
  account: TestAccount | null
  note: string
  /** How the one who asks was called. */
  askedBy: string
  /** Tests that have failed. */
  failures: number
}

export function detailOf({ detail }: Link): HandOverDetail {
  return detail as unknown as HandOverDetail
}

/** Links by which somebody else enters a secret, as operators make, see and end them. */
export class HandOverLinks {
  readonly #access: AccessStore
  readonly #catalog: Catalog
  readonly #gate: Gate
  readonly #links: Links
  readonly #now: () => Date
  readonly #env: OriginEnvironment

  constructor(parts: {
    access: AccessStore
    catalog: Catalog
    gate: Gate
    now: () => Date
    env: OriginEnvironment
  }) {
    this.#access = parts.access
    this.#catalog = parts.catalog
    this.#gate = parts.gate
    this.#links = new Links(parts)
    this.#now = parts.now
    this.#env = parts.env
  }

  /** See `HandOvers.create`. */
  async create(actor: Actor, input: NewHandOver): Promise<{ handOver: ShownHandOver; token: string }> {
    assertOne(input)
    const isNew = input.credential === null
    const key = input.credential ?? (await this.#newKey(input))
    const change = { change: 'hand_over_made', is_new: isNew, hours: input.hours }
    await this.#gate.pass(actor, 'credential:write', `credential/${key}`, change)
    if (isNew) this.#assertFree(key)
    else assertOurs(this.#catalog.get('credential', key))
    const account = input.account === null ? null : checkedAccount(input.account, this.#env)
    const detail: HandOverDetail = {
      ...{ body: isNew ? input.body : null, account, note: input.note.trim() },
      ...{ askedBy: actorName(actor), failures: 0 },
    }
    const { id, token } = await this.#links.make('hand_over', key, {
      createdBy: actorId(actor),
      hours: input.hours,
      detail: { ...detail } as unknown as Link['detail'],
    })
    const link = await this.#access.link(id)
    if (link === null) throw new Problem('store.conflict', { message: 'Another link took the place of this one.' })
    return { handOver: this.#shown(link), token }
  }

  /** See `HandOvers.list`. */
  async list(actor: Actor): Promise<ShownHandOver[]> {
    await this.#gate.pass(actor, 'credential:read', 'credential')
    return (await this.#access.links('hand_over')).map((link) => this.#shown(link))
  }

  /** See `HandOvers.revoke`. */
  async revoke(actor: Actor, id: string): Promise<void> {
    const link = await this.#access.link(id)
    const known = link?.kind === 'hand_over' ? link : null
    const object = known === null ? 'credential' : `credential/${known.about}`
    await this.#gate.pass(actor, 'credential:write', object, { change: 'hand_over_revoked' })
    if (known === null)
      throw new Problem('store.not_found', { message: 'There is no such link.', data: { kind: 'hand_over', key: id } })
    await this.#access.removeLink(id)
  }

  async #newKey({ body, key }: NewHandOver): Promise<string> {
    assertKnownPart(body ?? {})
    if (key !== undefined) {
      assertKey(key)
      return key
    }
    // A link for another credential of the same name is not to be ended by this one.
    const awaited = (await this.#links.open('hand_over')).map(({ about }) => about)
    const isTaken = (one: string) => this.#catalog.find('credential', one) !== undefined || awaited.includes(one)
    return keyFrom(String(body?.name), isTaken)
  }

  #assertFree(key: string): void {
    if (this.#catalog.find('credential', key) === undefined) return
    throw new Problem('store.conflict', {
      message: `There is a credential ${key} already.`,
      fix: 'Name it as the credential whose secret is to be replaced, or give another key.',
      data: { kind: 'credential', key },
    })
  }

  #shown(link: Link): ShownHandOver {
    const { id, about: key, createdAt, expiresAt, usedAt } = link
    const { body, account, note, askedBy, failures } = detailOf(link)
    const present = body ?? this.#catalog.find('credential', key)?.body ?? {}
    const isOpen = usedAt === null && expiresAt > this.#now()
    return {
      ...{ id, credential: key, isNew: body !== null, account, note, askedBy, failures, createdAt, expiresAt },
      typeName: present.type === undefined ? '' : typeNameOf(present.type),
      name: typeof present.name === 'string' ? present.name : key,
      state: isOpen ? 'open' : usedAt === null ? 'over' : 'used',
    }
  }
}

/** Throws `definition.invalid`, `zendesk.base_url_refused`. */
function checkedAccount(account: TestAccount, env: OriginEnvironment): TestAccount {
  const parsed = zendeskSettings.pick({ subdomain: true, base_url: true }).safeParse(account)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({ path: `account.${path.join('.')}`, message }))
    throw new Problem('definition.invalid', {
      message: problems.map(({ path, message }) => `${path}: ${message}`).join('; '),
      data: { problems },
    })
  }
  accountOrigin(parsed.data, env, 'listed')
  const { subdomain, base_url } = parsed.data
  return { subdomain, ...(base_url !== undefined && { base_url }) }
}
