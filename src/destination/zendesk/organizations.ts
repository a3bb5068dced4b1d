import { reached } from '../../moment.ts'
import type { Json } from '../../problem.ts'
import type { Attribute, Normalised, Submission, WriteResult } from '../destination.ts'
import type { Api } from './api.ts'
import { numberOrText, wholeNumber } from './decimal.ts'
import { idText, object, objects, textOf } from './json.ts'
import { readPages } from './pages.ts'
import { maxPathLength } from './people.ts'
import { permissionDenied } from './problems.ts'
import type { Sent } from './send.ts'
import { notSigned, send, unexpected } from './send.ts'
import type { ZendeskSettings } from './settings.ts'
import { countValue, listOf } from './shapes.ts'

/** Organisations by id, external id or name: https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/ */

/** The columns that name an organisation; a query has one of them. */
export const organizationColumns = ['organization', 'organization_id', 'organization_external_id'] as const

type OrganizationColumn = (typeof organizationColumns)[number]

/** An organisation as a query names it. */
export interface OrganizationName {
  attribute: OrganizationColumn
  value: string
}

/** The attributes that name an organisation; none when the destination does not say how they are sent. */
export function organizationAttributes(setting: ZendeskSettings['organizations']): Attribute[] {
  if (setting === null) return []
  return organizationColumns.map((name) => ({
    name,
    clearing: 'never',
    normalise: (value) => (name === 'organization_id' ? normaliseId(value) : { ok: true, value: value.trim() }),
    wire: name === 'organization_id' ? numberOrText : (canonical) => canonical,
    // A user answers with the default organisation only, which says nothing about being a member of ours.
    read: name === 'organization_id' ? idText : textOf,
    apart: 'membership',
    accumulates: false,
  }))
}

function normaliseId(text: string): Normalised {
  const id = wholeNumber(text)
  if (id !== null && idText(id) !== null) return { ok: true, value: id }
  return { ok: false, code: 'invalid_value', reason: 'The value is not the id of an organization.' }
}

export function isOrganizationColumn(name: string): name is OrganizationColumn {
  return (organizationColumns as readonly string[]).includes(name)
}

/** What is known of one organisation for a membership. */
export type ResolvedOrganization = { organizationId: string } | (WriteResult & { status: 'failed' })

const maxOrganizations = 100
/** Fewer requests than these are sent without asking first how many organisations there are. */
const minListing = 5
/** Zendesk may find a new organisation by its name a moment late. */
const findAgainMs = 2_000
/** Who made an organisation whose answer was lost may still be at it. */
const afterLostAnswerMs = 5_000
/** Looks for an organisation whose name is taken, before its row fails. */
const maxLooks = 5

const asked = 'looking up organizations'
const path = '/api/v2/organizations'

/** Names are compared without case and blanks around them, as Zendesk does; so are external ids. */
function keyOf({ attribute, value }: OrganizationName): string {
  return `${attribute}:${value.trim().toLowerCase()}`
}

/** The organisations of one account by what queries call them; remembers what it has found. */
export class OrganizationDirectory {
  readonly #api: Api
  readonly #mayCreate: boolean
  readonly #found = new Map<string, string>()
  readonly #looks = new Map<string, number>()
  /** One at a time makes organisations, so that no two batches make the same. */
  #lane: Promise<unknown> = Promise.resolve()

  constructor(api: Api, setting: ZendeskSettings['organizations']) {
    this.#api = api
    this.#mayCreate = setting === 'create'
  }

  /** Zendesk's id, or null. Throws Problem. */
  async find(name: OrganizationName): Promise<string | null> {
    await this.#lookUp([name])
    return this.#found.get(keyOf(name)) ?? null
  }

  /** Which of these the account lacks, by GETs only; lists them all where that needs fewer requests. Throws Problem. */
  async missing(attribute: string, values: readonly string[]): Promise<string[]> {
    if (!isOrganizationColumn(attribute)) throw new Error(`${attribute} is no attribute of organizations`)
    const names = values.map((value) => ({ attribute, value }))
    if (!(await this.#list(lookUpPaths(names).length))) await this.#lookUp(names)
    return values.filter((value) => !this.#found.has(keyOf({ attribute, value })))
  }

  /** Ids in order, failed results for what is missing, or why nothing can be sent now. Makes what is missing where it may. Never throws. */
  async resolve(names: readonly OrganizationName[]): Promise<ResolvedOrganization[] | Submission> {
    try {
      await this.#lookUp(names)
    } catch (error) {
      return notSigned(error)
    }
    const resolved: ResolvedOrganization[] = []
    for (const name of names) {
      const one = this.#known(name) ?? (await this.#create(name))
      if ('end' in one) return one
      resolved.push(one)
    }
    return resolved
  }

  #known(name: OrganizationName): { organizationId: string } | null {
    const organizationId = this.#found.get(keyOf(name))
    return organizationId === undefined ? null : { organizationId }
  }

  /** Lists all organisations if that needs fewer requests than these; whether it did. */
  async #list(requests: number): Promise<boolean> {
    if (requests < minListing) return false
    const counted = object((await this.#api.get(`${path}/count`, asked, countValue)).count)?.value
    if (typeof counted !== 'number' || 1 + counted / maxOrganizations > requests) return false
    for await (const body of readPages(this.#api, path, 'organizations', asked))
      for (const organization of objects(body.organizations)) this.#remember(organization)
    return true
  }

  async #lookUp(names: readonly OrganizationName[]): Promise<void> {
    const open = new Map<string, OrganizationName>()
    for (const name of names) if (!this.#found.has(keyOf(name))) open.set(keyOf(name), name)
    const wanted = [...open.values()]
    for (const lookUpPath of lookUpPaths(wanted)) {
      const body = await this.#api.get(lookUpPath, asked, listOf('organizations'))
      for (const organization of objects(body.organizations)) this.#remember(organization)
    }
  }

  /** By everything that it can be called. */
  #remember(organization: Record<string, Json>): string | null {
    const id = idText(organization.id)
    if (id === null) return null
    const names = {
      organization: textOf(organization.name),
      organization_external_id: textOf(organization.external_id),
    }
    for (const [attribute, value] of Object.entries({ ...names, organization_id: id })) {
      if (value !== null) this.#found.set(keyOf({ attribute: attribute as OrganizationColumn, value }), id)
    }
    return id
  }

  /** Never two of one name: what others make meanwhile is looked up again. */
  #create(name: OrganizationName): Promise<ResolvedOrganization | Submission> {
    if (!this.#mayCreate || name.attribute === 'organization_id') return Promise.resolve(unknownOrganization(name))
    const created = this.#lane.then(async () => this.#known(name) ?? (await this.#createNow(name)))
    this.#lane = created
    return created
  }

  async #createNow(name: OrganizationName): Promise<ResolvedOrganization | Submission> {
    const value = name.value.trim()
    const organization = name.attribute === 'organization' ? { name: value } : { name: value, external_id: value }
    const sent = await send(this.#api, 'POST', path, JSON.stringify({ organization }), 0)
    if ('verdict' in sent && sent.verdict === 'accepted') {
      reached('organization.made')
      const made = object(object(sent.json)?.organization)
      const organizationId = made === undefined ? null : this.#remember(made)
      if (organizationId !== null) return { organizationId }
    }
    if (isFinal(sent)) return endOfCreation(sent)
    try {
      const organizationId = await this.find(name)
      if (organizationId !== null) return { organizationId }
    } catch (error) {
      return notSigned(error)
    }
    if (!('verdict' in sent) || sent.verdict !== 'invalid') {
      return { end: 'refused', delayMs: afterLostAnswerMs, why: 'the answer to a new organization was lost' }
    }
    const looks = (this.#looks.get(keyOf(name)) ?? 0) + 1
    this.#looks.set(keyOf(name), looks)
    const { code, reason } = sent.row
    if (code === 'zendesk.duplicate_value' && name.attribute === 'organization' && looks < maxLooks) {
      return { end: 'refused', delayMs: findAgainMs, why: 'Zendesk does not find a new organization yet' }
    }
    return { status: 'failed', code, reason }
  }
}

function unknownOrganization({ attribute, value }: OrganizationName): ResolvedOrganization {
  const called = { organization: 'name', organization_id: 'id', organization_external_id: 'external id' }[attribute]
  const reason = `The account has no organization with the ${called} \`${value}\`.`
  return { status: 'failed', code: 'unknown_organization', reason }
}

type Final = Exclude<Sent, { verdict: 'accepted' | 'invalid' } | { end: 'ambiguous' }>

/** Surely nothing was made, and looking again would not help. */
function isFinal(sent: Sent): sent is Final {
  if ('end' in sent) return sent.end !== 'ambiguous'
  return sent.verdict === 'denied' || sent.verdict === 'missing'
}

function endOfCreation(sent: Final): Submission {
  const doing = 'making organizations'
  if ('end' in sent) return sent
  if (sent.verdict === 'missing') return unexpected(doing, sent.words, 404)
  return { end: 'stopped', problem: permissionDenied(doing, sent.words) }
}

/** As few requests as possible: a hundred ids or external ids each; names only one by one, exactly and without case. */
function lookUpPaths(names: readonly OrganizationName[]): string[] {
  const paths: string[] = []
  const lists = { ids: [] as string[], external_ids: [] as string[] }
  for (const { attribute, value } of names) {
    const text = encodeURIComponent(value.trim())
    if (attribute === 'organization') paths.push(`${path}/search?name=${text}`)
    else if (attribute === 'organization_id') lists.ids.push(text)
    // A comma would end the key in a list of keys.
    else if (value.includes(',')) paths.push(`${path}/search?external_id=${text}`)
    else lists.external_ids.push(text)
  }
  for (const [name, keys] of Object.entries(lists)) {
    const start = `${path}/show_many?${name}=`
    let held: string[] = []
    let length = start.length
    for (const key of keys) {
      if (held.length === maxOrganizations || (held.length > 0 && length + key.length + 1 > maxPathLength)) {
        paths.push(start + held.join(','))
        held = []
        length = start.length
      }
      held.push(key)
      length += key.length + 1
    }
    if (held.length > 0) paths.push(start + held.join(','))
  }
  return paths
}
