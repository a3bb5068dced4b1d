import type { Json, Problem } from '../../problem.ts'
import { asProblem } from '../../problem.ts'
import type { BatchKind, PreparedWrite, Submission, WriteResult } from '../destination.ts'
import type { Api } from './api.ts'
import type { Clock } from './clock.ts'
import { submitIdentity } from './identity-writes.ts'
import { jobIdOf } from './jobs.ts'
import { idText, object, textOf } from './json.ts'
import { submitMemberships } from './memberships.ts'
import type { OrganizationDirectory } from './organizations.ts'
import type { Me } from './people.ts'
import { whoAmI } from './people.ts'
import { bulkImportDisabled, permissionDenied } from './problems.ts'
import type { Sent, WriteMethod } from './send.ts'
import { endOfRow, notSigned, rejectedResult, send, unexpected } from './send.ts'
import type { ZendeskSettings } from './settings.ts'
import { planTagRows } from './tag-writes.ts'

/** Writes to one user by its id and the singular upsert: 1 request/s for the account: https://developer.zendesk.com/api-reference/ticketing/users/users/ */
const singularSpacingMs = 1_000

/** The endpoints that answer with a job; `doing` names them in problems. */
const bulk = {
  upsert: { method: 'POST', path: '/api/v2/users/create_or_update_many', doing: 'changing users' },
  by_id: { method: 'PUT', path: '/api/v2/users/update_many', doing: 'changing users' },
  tags: { method: 'PUT', path: '/api/v2/users/update_many', doing: 'changing tags' },
  delete: { method: 'DELETE', path: '/api/v2/users/destroy_many', doing: 'deleting users' },
  memberships: {
    method: 'POST',
    path: '/api/v2/organization_memberships/create_many',
    doing: 'adding people to organizations',
  },
} as const

type BulkKind = keyof typeof bulk

/** What a submitter needs of its connection. */
export interface SubmitterParts {
  api: Api
  clock: Clock
  settings: Pick<ZendeskSettings, 'without_bulk_import' | 'mark_verified' | 'tags'>
  organizations: OrganizationDirectory
  signal: AbortSignal | undefined
}

/** Sends batches of one account, each exactly once. See `Connection.submit`. */
export class Submitter {
  readonly #parts: SubmitterParts
  #bulkIsOff = false
  #asking: Promise<Me> | null = null
  #lane: Promise<void> = Promise.resolve()

  constructor(parts: SubmitterParts) {
    this.#parts = parts
  }

  /** Zendesk has refused bulk import and the destination allows one by one. */
  get isOneByOne(): boolean {
    return this.#bulkIsOff
  }

  /** Never throws and never sends anything twice. */
  async submit(kind: BatchKind, writes: readonly PreparedWrite[]): Promise<Submission> {
    try {
      if (writes.length === 0) return { end: 'settled', results: [] }
      switch (kind) {
        case 'upsert':
          return this.#bulkIsOff ? await this.#submitEach(kind, writes) : await this.#submitUsers(kind, writes)
        case 'by_id':
          return await this.#submitUsers(kind, writes)
        case 'one_by_one':
        case 'identities':
          return await this.#submitEach(kind, writes)
        case 'delete':
          return await this.#submitDeletions(writes)
        case 'tags':
          return await this.#submitTags(writes)
        case 'memberships':
          return await this.#submitMemberships(writes)
      }
    } catch (error) {
      // Nothing above throws; if it does, nobody knows what was sent.
      return { end: 'ambiguous', delayMs: 0, why: asProblem(error).message }
    }
  }

  /** Concurrent denials share one look at who we are. */
  readonly #me = (): Promise<Me> => {
    this.#asking ??= whoAmI(this.#parts.api).finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  #submitUsers(kind: 'upsert' | 'by_id', writes: readonly PreparedWrite[]): Promise<Submission> {
    return this.#submitBulk(kind, usersBody(writes.map(({ json }) => json)), writes.length)
  }

  #submitDeletions(writes: readonly PreparedWrite[]): Promise<Submission> {
    const ids = writes.map(({ write }) => write.zendeskId).join(',')
    return this.#submitBulk('delete', undefined, 0, `?ids=${ids}`)
  }

  async #submitTags(writes: readonly PreparedWrite[]): Promise<Submission> {
    const { api, settings } = this.#parts
    const planned = await planTagRows(
      api,
      writes.map(({ write }) => write),
      settings.tags,
    )
    if ('end' in planned) return planned
    return this.#submitBulk('tags', usersBody(planned.rows), writes.length)
  }

  async #submitMemberships(writes: readonly PreparedWrite[]): Promise<Submission> {
    const planned = await submitMemberships(
      this.#parts.organizations,
      writes.map(({ write }) => write),
    )
    if ('end' in planned) return planned
    return this.#submitBulk('memberships', planned.body, 0)
  }

  async #submitBulk(kind: BulkKind, body: string | undefined, rows: number, query = ''): Promise<Submission> {
    const { method, path, doing } = bulk[kind]
    const sent = await send(this.#parts.api, method, `${path}${query}`, body, rows)
    if ('end' in sent) return sent
    switch (sent.verdict) {
      case 'accepted': {
        const jobId = jobIdOf(sent.json)
        if (jobId !== null) return { end: 'job', jobId }
        return { end: 'ambiguous', delayMs: 0, why: 'Zendesk accepted the users, but its answer names no job' }
      }
      case 'denied':
        return this.#denied(kind, doing, sent.words)
      case 'invalid':
        return unexpected(doing, sent.words, 400)
      case 'missing':
        return unexpected(doing, sent.words, 404)
    }
  }

  /** A 403 although we may sign in and read means that bulk import is off; the other endpoints carry no such note. */
  async #denied(kind: BulkKind, doing: string, words: string): Promise<Submission> {
    const { api, settings } = this.#parts
    let role: Me['role']
    try {
      role = (await this.#me()).role
    } catch (error) {
      return notSigned(error)
    }
    if (kind !== 'upsert') return { end: 'stopped', problem: permissionDenied(doing, words) }
    if (settings.without_bulk_import === 'stop') return { end: 'stopped', problem: await bulkDenied(api, role, words) }
    this.#bulkIsOff = true
    return { end: 'refused', delayMs: 0, why: 'Zendesk allows no bulk import; users are sent one by one from now on' }
  }

  /** One request to an endpoint for one user, at least a second after the answer to the one before: so they never meet at Zendesk in less. */
  readonly #sendSingular = async (method: WriteMethod, path: string, body: string): Promise<Sent> => {
    const { api, clock, signal } = this.#parts
    const before = this.#lane
    let leave: () => void = () => {}
    this.#lane = new Promise((resolve) => {
      leave = resolve
    })
    await before
    try {
      if (signal?.aborted) return { end: 'refused', delayMs: 0, why: 'we were told to stop' }
      return await send(api, method, path, body, 1)
    } finally {
      void clock.sleep(singularSpacingMs, signal).then(leave)
    }
  }

  #submitOne(kind: 'upsert' | 'one_by_one' | 'identities', write: PreparedWrite): Promise<Submission> {
    if (kind !== 'identities') return this.#upsertOne(write)
    const { api, settings } = this.#parts
    return submitIdentity(
      { api, sendSingular: this.#sendSingular, me: this.#me, markVerified: settings.mark_verified },
      write.write,
    )
  }

  async #upsertOne(write: PreparedWrite): Promise<Submission> {
    const sent = await this.#sendSingular('POST', '/api/v2/users/create_or_update', `{"user":${write.json}}`)
    if ('end' in sent) return sent
    switch (sent.verdict) {
      case 'accepted': {
        const result = singularResult(sent.json, sent.status, write)
        if (result !== null) return { end: 'settled', results: [result] }
        return { end: 'ambiguous', delayMs: 0, why: 'Zendesk accepted the user, but its answer does not repeat it' }
      }
      case 'missing':
        return unexpected('sending users', sent.words, 404)
      default:
        return endOfRow(sent, this.#me)
    }
  }

  /** Writes that go alone, one after the other: of a batch that was made before bulk import turned out to be off, or of one write. */
  async #submitEach(
    kind: 'upsert' | 'one_by_one' | 'identities',
    writes: readonly PreparedWrite[],
  ): Promise<Submission> {
    if (writes.length === 1) return this.#submitOne(kind, writes[0]!)
    const results: WriteResult[] = []
    for (const write of writes) {
      const end = await this.#submitOne(kind, write)
      if (end.end === 'settled') results.push(...end.results)
      else if (results.length === 0 && end.end !== 'rejected_rows') return end
      else results.push(end.end === 'rejected_rows' ? rejectedResult(end.rows[0]!.reason) : { status: 'unknown' })
      if (end.end === 'stopped' || this.#parts.signal?.aborted) break
    }
    while (results.length < writes.length) results.push({ status: 'unknown' })
    return { end: 'settled', results }
  }
}

/**
 * A 403 to the bulk upsert of somebody who may sign in and read: bulk import is off, or an agent lacks the right to manage users. The
 * endpoint for known users is then asked about nobody, which changes nothing, and its 403 can only be about the right.
 */
async function bulkDenied(api: Api, role: Me['role'], words: string): Promise<Problem> {
  if (role === 'admin') return bulkImportDisabled(words, role)
  const { method, path } = bulk.by_id
  const sent = await send(api, method, path, '{"users":[]}', 0)
  const lacksRight = 'verdict' in sent && sent.verdict === 'denied'
  return lacksRight ? permissionDenied('changing users', words) : bulkImportDisabled(words, role)
}

function usersBody(rows: readonly string[]): string {
  let body = '{"users":['
  for (let index = 0; index < rows.length; index++) {
    if (index > 0) body += ','
    body += rows[index]!
  }
  return `${body}]}`
}

/** The whole user comes back; it must be the one that was sent. */
function singularResult(json: Json | undefined, status: number, write: PreparedWrite): WriteResult | null {
  const user = object(object(json)?.user)
  const zendeskId = idText(user?.id)
  if (user === undefined || zendeskId === null) return null
  const sent = write.write
  const externalId = textOf(user.external_id)?.toLowerCase()
  if (sent.externalId !== null && externalId !== sent.externalId.toLowerCase()) return { status: 'unknown' }
  return { status: status === 201 ? 'created' : 'updated', zendeskId }
}
