import type { Json } from '../../problem.ts'
import { type Happening, type Named, shownName } from './events.ts'
import { codeOf, problemLines } from './masked.ts'

export interface CredentialFacts extends Named {
  /** Keys of the orchestrations whose destination uses it. */
  orchestrations: readonly string[]
}

/** The last word on whether a destination accepts a credential; `unknown` before the first check. */
export interface CredentialHealth {
  state: 'unknown' | 'works' | 'broken'
  problem: { [key: string]: Json } | null
  checkedAt: Date
}

/** A credential that broke, broke in another way, or works again; nothing when it is as it was. */
export function healthHappenings(change: {
  credential: CredentialFacts
  before: CredentialHealth | null
  after: CredentialHealth
}): Happening[] {
  const { credential, before, after } = change
  const code = (health: CredentialHealth) => (health.problem === null ? null : codeOf(health.problem))
  const wasBroken = before?.state === 'broken'
  const name = shownName(credential.name)
  if (after.state === 'broken' && !(wasBroken && code(before) === code(after))) {
    return [
      credentialHappening(credential, after.checkedAt, {
        about: `credential/${credential.key}/credential_broken/${after.checkedAt.toISOString()}`,
        event: 'credential_broken',
        severity: 'error',
        title: `The credential ${name} is not accepted any more`,
        text: [usedBy(credential), ...problemLines(after.problem)].join('\n'),
      }),
    ]
  }
  if (after.state !== 'works' || !wasBroken) return []
  return [
    credentialHappening(credential, after.checkedAt, {
      about: `credential/${credential.key}/credential_works/${after.checkedAt.toISOString()}`,
      event: 'credential_works',
      severity: 'recovery',
      title: `The credential ${name} works again`,
      text: usedBy(credential),
    }),
  ]
}

/** Somebody has entered a credential by the link that an operator had made. */
export function handedOverHappening(
  credential: CredentialFacts,
  { link, askedBy, at }: { link: string; askedBy: string; at: Date },
): Happening {
  const name = shownName(credential.name)
  return credentialHappening(credential, at, {
    about: `hand-over/${link}`,
    event: 'credential_handed_over',
    severity: 'info',
    title: `The credential ${name} was handed over`,
    text: `It was entered by the link of ${shownName(askedBy)}, which is used up.\n${usedBy(credential)}`,
  })
}

const dayMs = 24 * 60 * 60 * 1000

/** The moment from which Zendesk accepts no API token. */
export const tokensEndAt = new Date('2027-04-30T00:00:00Z')
/** Zendesk switches off API tokens that nobody has used for this long. */
const idleDays = 30

/**
 * Credentials that end soon, at `at`: 30, 7 and 1 days before, each told once, and only the nearest when several have passed. An API token
 * ends when Zendesk retires tokens, and is also told of 7 and 1 days before it has been idle for 30 days, and then.
 */
export function expiryHappenings(credential: CredentialFacts & Expiry, at: Date): Happening[] {
  const isToken = credential.type === 'zendesk_api_token'
  const ends = [credential.expiresAt, isToken ? tokensEndAt : null].filter((end) => end !== null)
  const endsAt = ends.length === 0 ? null : new Date(Math.min(...ends.map(Number)))
  const name = shownName(credential.name)
  const told: Happening[] = []
  const endDays = endsAt === null ? null : markReached(endsAt, at, [1, 7, 30])
  if (endsAt !== null && endDays !== null) {
    const day = endsAt.toISOString().slice(0, 10)
    const fix = isToken
      ? 'Zendesk switches off all API tokens on 2027-04-30. Make an OAuth client in Zendesk, and a credential of type zendesk_oauth.'
      : 'Renew it in Zendesk, and enter the new one here.'
    const title = at < endsAt ? `The credential ${name} ends on ${day}` : `The credential ${name} has ended on ${day}`
    told.push(
      credentialHappening(credential, at, {
        about: `credential/${credential.key}/credential_expires/${day}/${endDays}`,
        event: 'credential_expires',
        severity: endDays === 30 ? 'warning' : 'error',
        title,
        text: `${usedBy(credential)}\nWhat to do: ${fix}`,
      }),
    )
  }
  if (!isToken || credential.lastUsedAt === null) return told
  const idleAt = new Date(credential.lastUsedAt.getTime() + idleDays * dayMs)
  const idleLeft = markReached(idleAt, at, [0, 1, 7])
  if (idleLeft === null) return told
  const used = credential.lastUsedAt.toISOString().slice(0, 10)
  told.push(
    credentialHappening(credential, at, {
      about: `credential/${credential.key}/credential_expires/idle since ${used}/${idleLeft}`,
      event: 'credential_expires',
      severity: idleLeft === 0 ? 'error' : 'warning',
      title: `The API token ${name} has not been used since ${used}`,
      text: `${usedBy(credential)}\nZendesk switches off tokens that nobody has used for ${idleDays} days.\nWhat to do: test the credential, which uses it, or move to an OAuth client.`,
    }),
  )
  return told
}

export interface Expiry {
  /** As in deskside.yml. */
  type: string
  expiresAt: Date | null
  /** When a request was last signed with it; null: not known. */
  lastUsedAt: Date | null
}

/** The smallest of the marks, in days before `end` and ascending, that `at` has reached; null: none. */
function markReached(end: Date, at: Date, marksDays: readonly number[]): number | null {
  const leftMs = end.getTime() - at.getTime()
  return marksDays.find((days) => leftMs <= days * dayMs) ?? null
}

function usedBy({ orchestrations }: CredentialFacts): string {
  if (orchestrations.length === 0) return 'No orchestration uses it.'
  const shown = orchestrations.slice(0, 10).map(shownName).join(', ')
  const more = orchestrations.length > 10 ? ` and ${orchestrations.length - 10} more` : ''
  return `Orchestrations that use it: ${shown}${more}.`
}

function credentialHappening(
  credential: CredentialFacts,
  at: Date,
  told: Pick<Happening, 'about' | 'event' | 'severity' | 'title' | 'text'>,
): Happening {
  const link = `/credentials/${encodeURIComponent(credential.key)}`
  const touches = credential.orchestrations
  return { ...told, at, link, orchestration: null, workflow: null, touches, matters: null, coveredBy: null }
}
