/**
 * The organisations of an account and who belongs to them. Keeps the indexes true; the rules of the endpoints stand in
 * organization-change.ts and routes-memberships.ts.
 */
import type { Account, User } from './account.ts'
import type { FieldValue } from './user-fields.ts'

export interface Organization {
  readonly id: number
  name: string
  externalId: string | null
  domainNames: readonly string[]
  details: string | null
  notes: string | null
  groupId: number | null
  tags: readonly string[]
  /** Values of organisation fields by key. */
  fields: Record<string, FieldValue>
  sharedTickets: boolean
  sharedComments: boolean
  readonly createdAtS: number
  updatedAtS: number
}

/** One user's place in one organisation. Of a user's memberships exactly one is the default. */
export interface Membership {
  readonly id: number
  readonly user: User
  readonly organization: Organization
  isDefault: boolean
  readonly createdAtS: number
  updatedAtS: number
}

export class Organizations {
  private readonly account: Account
  private readonly organizations = new Map<number, Organization>()
  private readonly names = new Map<string, Organization>()
  private readonly externalIds = new Map<string, Organization>()
  private readonly domains = new Map<string, Organization>()
  private readonly membershipsById = new Map<number, Membership>()

  constructor(account: Account) {
    this.account = account
  }

  get count(): number {
    return this.organizations.size
  }

  /** By rising id. */
  list(): Organization[] {
    return [...this.organizations.values()].sort((one, other) => one.id - other.id)
  }

  byId(id: number): Organization | undefined {
    return this.organizations.get(id)
  }

  /** OAS: trimmed. Z2: without regard to case. */
  byName(name: string): Organization | undefined {
    return this.names.get(name.trim().toLowerCase())
  }

  /** OAS OrganizationObject: without regard to case. */
  byExternalId(externalId: string): Organization | undefined {
    return this.externalIds.get(externalId.toLowerCase())
  }

  byDomain(domain: string): Organization | undefined {
    return this.domains.get(domain.toLowerCase())
  }

  add(name: string, atS: number, id = this.account.nextId()): Organization {
    const organization: Organization = {
      id,
      name: name.trim(),
      externalId: null,
      domainNames: [],
      details: null,
      notes: null,
      groupId: null,
      tags: [],
      fields: {},
      sharedTickets: false,
      sharedComments: false,
      createdAtS: atS,
      updatedAtS: atS,
    }
    this.organizations.set(id, organization)
    this.names.set(organization.name.toLowerCase(), organization)
    return organization
  }

  rename(organization: Organization, name: string): void {
    this.names.delete(organization.name.toLowerCase())
    organization.name = name.trim()
    this.names.set(organization.name.toLowerCase(), organization)
  }

  setExternalId(organization: Organization, externalId: string | null): void {
    if (organization.externalId !== null) this.externalIds.delete(organization.externalId.toLowerCase())
    organization.externalId = externalId
    if (externalId !== null) this.externalIds.set(externalId.toLowerCase(), organization)
  }

  /** Replaces all (DOC). Assumption: a domain that two organisations name belongs to the one that named it first. */
  setDomainNames(organization: Organization, domainNames: readonly string[]): void {
    for (const domain of organization.domainNames) {
      if (this.domains.get(domain) === organization) this.domains.delete(domain)
    }
    organization.domainNames = [...new Set(domainNames.map((domain) => domain.trim().toLowerCase()))].filter(Boolean)
    for (const domain of organization.domainNames) {
      if (!this.domains.has(domain)) this.domains.set(domain, organization)
    }
  }

  /** Its memberships go with it. Assumption: names, external_id and domains are free at once. */
  remove(organization: Organization): void {
    for (const membership of this.membershipsById.values()) {
      if (membership.organization === organization) this.leave(membership)
    }
    this.setDomainNames(organization, [])
    this.setExternalId(organization, null)
    this.names.delete(organization.name.toLowerCase())
    this.organizations.delete(organization.id)
  }

  membership(id: number): Membership | undefined {
    const found = this.membershipsById.get(id)
    return found?.user.active ? found : undefined
  }

  /**
   * Of everybody, of a user, or of an organisation, by rising id. OAS ListOrganizationMemberships: a user's have the default
   * first and then go by name. Assumption: those of deleted users are not shown.
   */
  memberships(of: { user?: User; organization?: Organization } = {}): Membership[] {
    const { user, organization } = of
    if (user) return user.active ? [...(user.extra?.memberships ?? [])].sort(byDefaultThenName) : []
    const all = [...this.membershipsById.values()].filter((one) => one.user.active)
    return organization ? all.filter((one) => one.organization === organization) : all
  }

  membershipOf(user: User, organization: Organization): Membership | undefined {
    return user.extra?.memberships?.find((one) => one.organization === organization)
  }

  /** The first one, or one that is asked to be, becomes the default. */
  join(user: User, organization: Organization, atS: number, isDefault = false): Membership {
    this.account.history.touch(user, atS)
    const membership: Membership = {
      id: this.account.nextId(),
      user,
      organization,
      isDefault: false,
      createdAtS: atS,
      updatedAtS: atS,
    }
    const memberships = [...(user.extra?.memberships ?? []), membership]
    user.extra = { ...user.extra, memberships }
    this.membershipsById.set(membership.id, membership)
    if (isDefault || memberships.length === 1) this.makeDefault(membership, atS)
    return membership
  }

  /** Assumption: when the default goes, the oldest of the others takes its place. */
  leave(membership: Membership): void {
    const { user } = membership
    this.account.history.touch(user, this.account.nowS())
    const rest = (user.extra?.memberships ?? []).filter((one) => one !== membership)
    user.extra = { ...user.extra, memberships: rest }
    this.membershipsById.delete(membership.id)
    if (membership.isDefault && rest[0]) rest[0].isDefault = true
  }

  makeDefault(membership: Membership, atS: number): void {
    this.account.history.touch(membership.user, atS)
    for (const one of membership.user.extra?.memberships ?? []) {
      const isDefault = one === membership
      if (one.isDefault !== isDefault) one.updatedAtS = atS
      one.isDefault = isDefault
    }
  }

  /** DOC-USERS `organization_id`: it becomes the default, and every other membership is removed. */
  setOnly(user: User, organizationId: number | null, atS: number): void {
    const organization = organizationId === null ? undefined : this.byId(organizationId)
    for (const one of user.extra?.memberships ?? []) if (one.organization !== organization) this.leave(one)
    if (organization && !this.membershipOf(user, organization)) this.join(user, organization, atS)
  }

  /** DOC: users of a domain belong to its organisation. Assumption: end users only, and only those who have none. */
  joinByDomain(user: User, atS: number): void {
    if (user.role !== 'end-user' || defaultOrganizationId(user) !== null) return
    for (const { type, value } of user.identities) {
      const organization = type === 'email' ? this.byDomain(value.slice(value.lastIndexOf('@') + 1)) : undefined
      if (!organization) continue
      this.join(user, organization, atS)
      return
    }
  }
}

/** What `organization_id` of a user shows. */
export function defaultOrganizationId(user: User): number | null {
  return user.extra?.memberships?.find((one) => one.isDefault)?.organization.id ?? null
}

function byDefaultThenName(one: Membership, other: Membership): number {
  const byDefault = Number(other.isDefault) - Number(one.isDefault)
  return byDefault || one.organization.name.localeCompare(other.organization.name)
}
