import type { OwnApp } from '../app.ts'
import { asProblem, type Json, Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import type { RunSummary } from '../sync/report.ts'
import type { Catalog } from './catalog.ts'
import {
  type CredentialFacts,
  type CredentialHealth,
  expiryHappenings,
  healthHappenings,
  tokensEndAt,
} from './notify/credential-events.ts'
import type { Notifier } from './notify/notifier.ts'
import { involvedIn } from './repairs.ts'

export interface HealthParts {
  app: Pick<OwnApp, 'connectionProblem'>
  store: Store
  catalog: Catalog
  notifier: Notifier
  now: () => Date
}

/** Whether credentials work and how long they will: looked at daily and whenever one is used, told before it breaks something. */
export class CredentialHealthKeeper {
  readonly #parts: HealthParts

  constructor(parts: HealthParts) {
    this.#parts = parts
  }

  /** Signs in to every account that a credential is used for, and tells what ends soon. */
  async checkAll(): Promise<void> {
    const { catalog, app, notifier, now } = this.#parts
    for (const { key, body } of catalog.all('credential')) {
      let failed: Problem | null = null
      const destinations = this.#destinationsOf(key)
      for (const destination of destinations) failed ??= await failureOf(app, destination)
      if (destinations.length > 0) await this.note(key, failed)
      const lastUsedAt = await this.#lastUsedAt(key)
      const expiry = { type: String(body.type), expiresAt: null, lastUsedAt }
      await notifier.tell(expiryHappenings({ ...this.#factsOf(key), ...expiry }, now()))
    }
  }

  /** The last word on a credential: null, it works. Only problems that are the credential's own count. */
  async note(credential: string, problem: Problem | null): Promise<void> {
    const { store, catalog, notifier, now } = this.#parts
    if (catalog.find('credential', credential) === undefined) return
    const isOurs = problem === null || isOfCredential(problem)
    if (!isOurs) return
    const before = await this.healthOf(credential)
    const after: CredentialHealth = {
      state: problem === null ? 'works' : 'broken',
      problem: problem === null ? null : { code: problem.code, message: problem.message, fix: problem.fix },
      checkedAt: now(),
    }
    await notifier.tell(healthHappenings({ credential: this.#factsOf(credential), before, after }))
    await store.meta.set(healthName(credential), JSON.stringify(after))
    if (problem === null) await store.meta.set(usedName(credential), now().toISOString())
  }

  /** A run has shown whether the credential of its destination is accepted. */
  async used({ orchestration, requests, problem }: RunSummary): Promise<void> {
    const { credential } = involvedIn(this.#parts.catalog, orchestration)
    if (credential === null || requests === 0) return
    if (problem === null) await this.note(credential, null)
    else await this.note(credential, new Problem(problem.code, { message: problem.message, fix: problem.fix }))
  }

  async healthOf(credential: string): Promise<CredentialHealth | null> {
    const text = await this.#parts.store.meta.get(healthName(credential))
    if (text === null) return null
    const stored = JSON.parse(text) as CredentialHealth & { checkedAt: string }
    return { ...stored, checkedAt: new Date(stored.checkedAt) }
  }

  /** As the API shows it: health, and when and why it ends. */
  async statusOf(credential: string, type: string): Promise<{ [key: string]: Json }> {
    const health = await this.healthOf(credential)
    const lastUsedAt = await this.#lastUsedAt(credential)
    return {
      health: health?.state ?? 'unknown',
      problem: health?.problem ?? null,
      checked_at: health?.checkedAt.toISOString() ?? null,
      last_used_at: lastUsedAt?.toISOString() ?? null,
      ends_at: type === 'zendesk' ? tokensEndAt.toISOString() : null,
      notes:
        type === 'zendesk'
          ? [
              'Zendesk issues no API tokens since 2026-10-27 and switches all of them off on 2027-04-30. Move to an OAuth client.',
              'A token that nobody has used for 30 days is switched off earlier.',
            ]
          : [],
    }
  }

  async #lastUsedAt(credential: string): Promise<Date | null> {
    const text = await this.#parts.store.meta.get(usedName(credential))
    return text === null ? null : new Date(text)
  }

  #destinationsOf(credential: string): string[] {
    const destinations = this.#parts.catalog.all('destination')
    return destinations.filter(({ body }) => body.credential === credential).map(({ key }) => key)
  }

  #factsOf(credential: string): CredentialFacts {
    const { catalog } = this.#parts
    const destinations = this.#destinationsOf(credential)
    const name = catalog.find('credential', credential)?.body.name
    return {
      key: credential,
      name: typeof name === 'string' ? name : credential,
      orchestrations: catalog
        .all('orchestration')
        .filter(({ body }) => destinations.includes(String(body.destination)))
        .map(({ key }) => key),
    }
  }
}

const healthName = (credential: string) => `credential-health/${credential}`
const usedName = (credential: string) => `credential-used/${credential}`

const ownCodes = new Set([
  'zendesk.credentials_rejected',
  'zendesk.token_expired',
  'zendesk.anonymous',
  'zendesk.not_an_agent',
  'zendesk.permission_denied',
])

/** An account that is out of reach says nothing about the credential. */
function isOfCredential({ code }: Problem): boolean {
  return ownCodes.has(code)
}

async function failureOf(app: HealthParts['app'], destination: string): Promise<Problem | null> {
  try {
    return await app.connectionProblem(destination)
  } catch (error) {
    return asProblem(error)
  }
}
