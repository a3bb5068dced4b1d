import type { Json } from '../../problem.ts'
import type { Submission, Write, WriteResult } from '../destination.ts'
import type { Api } from './api.ts'
import type { Decision, Identity, Step } from './identities.ts'
import { decidePrimaryEmail, decidePrimaryPhone, decideRemovedEmail, readIdentities } from './identities.ts'
import { object, textOf } from './json.ts'
import type { Me } from './people.ts'
import type { Sent, WriteMethod } from './send.ts'
import { endOfRow, notSigned, refusedRow, send, settledAs } from './send.ts'
import { listOf, recordNamed } from './shapes.ts'

/**
 * Changes of one person's addresses and numbers, one request each. What the account holds is read first, so that a change whose answer
 * was lost is found done, and nothing is sent twice. No request causes a mail.
 */

export interface IdentityParts {
  api: Api
  /** Sends to `users/{id}`, no faster than Zendesk allows. */
  sendSingular: (method: WriteMethod, path: string, body: string) => Promise<Sent>
  me: () => Promise<Me>
  /** New addresses count as verified, unless the write has its own `verified`. */
  markVerified: boolean
}

const gone = 'The person is not in the account any more.'

/** Sends a write of kind `primary_email`, `remove_email` or `primary_phone`. Never throws. */
export async function submitIdentity(parts: IdentityParts, write: Write): Promise<Submission> {
  try {
    const userPath = `/api/v2/users/${write.zendeskId}`
    const identities = await readOf(parts.api, `${userPath}/identities`, write.kind)
    if (identities === null) return settledAs(refusedRow(gone))
    if (write.kind === 'primary_phone') return await submitPhone(parts, write, userPath, identities)
    const address = (write.email ?? '').trim().toLowerCase()
    const decision =
      write.kind === 'remove_email'
        ? decideRemovedEmail(identities, address)
        : decidePrimaryEmail(identities, address, verifiedOf(write, parts.markVerified))
    return await carryOut(parts, write, userPath, decision)
  } catch (error) {
    // Only reads throw, and they come before everything that is sent.
    return notSigned(error)
  }
}

/** The identities of the kind that is changed, null when the user is gone. */
async function readOf(api: Api, path: string, kind: Write['kind']): Promise<Identity[] | null> {
  const type = kind === 'primary_phone' ? 'phone_number' : 'email'
  const body = await api.find(
    `${path}?type%5B%5D=${type}&per_page=100`,
    'reading addresses and numbers',
    listOf('identities'),
  )
  return body === null ? null : readIdentities(body.identities)
}

function verifiedOf(write: Write, markVerified: boolean): boolean | null {
  const given = write.values.verified
  if (given === 'true' || given === 'false') return given === 'true'
  return markVerified ? true : null
}

async function submitPhone(
  parts: IdentityParts,
  write: Write,
  userPath: string,
  identities: readonly Identity[],
): Promise<Submission> {
  const number = write.values.phone ?? null
  const user = object((await parts.api.find(userPath, 'reading a phone number', recordNamed('user')))?.user)
  if (user === undefined || user.active === false) return settledAs(refusedRow(gone))
  const shown = textOf(user.phone)?.trim() ?? null
  if (number === null && shown === null) return settledAs(done(write))
  const decision = number === null ? null : decidePrimaryPhone(identities, shown, number)
  if (decision !== null) return await carryOut(parts, write, userPath, decision)
  return await writePhone(parts, write, userPath, number)
}

/** Through the user itself: a number that is no identity, or none at all. */
async function writePhone(
  parts: IdentityParts,
  write: Write,
  userPath: string,
  number: string | null,
): Promise<Submission> {
  const body = { user: { phone: number ?? '', skip_verify_email: true } }
  const sent = await parts.sendSingular('PUT', userPath, JSON.stringify(body))
  if (!('verdict' in sent) || sent.verdict !== 'accepted') return await endOfRow(sent, parts.me)
  const user = object(object(sent.json)?.user)
  if (user === undefined) return { end: 'ambiguous', delayMs: 0, why: 'Zendesk changed a user without repeating it' }
  if ((textOf(user.phone) ?? null) === number) return settledAs(done(write))
  return settledAs(refusedRow('Zendesk took the number as a further one, and its profile still shows another.'))
}

/** Sends the steps in order and ends with the first that is not taken; each is found done when all are repeated. */
async function carryOut(parts: IdentityParts, write: Write, userPath: string, decision: Decision): Promise<Submission> {
  if ('kept' in decision) return settledAs(refusedRow(decision.kept))
  for (const step of decision.steps) {
    const sent = await send(parts.api, step.method, `${userPath}/identities${step.path}`, bodyOf(step), 0)
    if ('end' in sent || sent.verdict !== 'accepted') {
      if ('verdict' in sent && sent.verdict === 'missing' && step.method === 'DELETE') continue
      return await endOfRow(sent, parts.me)
    }
    // A page of somebody in between also has the status 200.
    const isTaken = step.method === 'DELETE' ? sent.status === 204 : object(sent.json) !== undefined
    if (!isTaken) return { end: 'ambiguous', delayMs: 0, why: 'the answer of Zendesk is unreadable' }
  }
  return settledAs(done(write))
}

function bodyOf({ method, identity }: Step): string | undefined {
  if (identity !== undefined) return JSON.stringify({ identity: identity as Json })
  return method === 'PUT' ? '{}' : undefined
}

function done(write: Write): WriteResult {
  return { status: 'updated', zendeskId: write.zendeskId! }
}
