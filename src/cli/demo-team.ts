import { randomBytes } from 'node:crypto'
import type { UserActor, Via } from '../access/authorize.ts'
import type { OptionKey, PolicyKey } from '../access/policies.ts'
import type { Service } from '../control/service.ts'
import { Problem } from '../problem.ts'

const roles = ['administrator', 'operator', 'analyst', 'marketer'] as const

export type Role = (typeof roles)[number]

/** Somebody who can sign in. */
export interface Member {
  role: Role
  name: string
  email: string
  password: string
  actor: UserActor
}

export type Team = Record<Role, Member>

interface Person {
  name: string
  email: string
  policies: PolicyKey[]
  options: OptionKey[]
  /** Of the range that is kept for documents. */
  address: string
}

const administrator = { name: 'Ada Admin', email: 'ada@example.com', address: '192.0.2.10' }

/** Who is invited on the first day. */
const invited: Record<Exclude<Role, 'administrator'> | 'former', Person> = {
  operator: {
    name: 'Omar Operator',
    email: 'omar@example.com',
    policies: ['datagrid_operator'],
    options: ['allow_api_key_administration'],
    address: '192.0.2.21',
  },
  analyst: {
    name: 'Ana Analyst',
    email: 'ana@example.com',
    policies: ['amp360_user'],
    options: [],
    address: '192.0.2.22',
  },
  marketer: {
    name: 'Mara Marketer',
    email: 'mara@example.com',
    policies: ['ampiq_user'],
    options: ['restrict_pii'],
    address: '192.0.2.23',
  },
  former: {
    name: 'Dan Departed',
    email: 'dan@example.com',
    policies: ['amp360_user_read_only'],
    options: [],
    address: '192.0.2.24',
  },
}

function viaOf(address: string): Via {
  return { address, agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0' }
}

function newPassword(): string {
  return randomBytes(12).toString('base64url')
}

/** Comes in by a one-time link, as everybody does. */
async function join(
  { joining }: Service,
  token: string,
  person: Pick<Person, 'name' | 'email' | 'address'>,
): Promise<{ actor: UserActor; password: string }> {
  const password = newPassword()
  const via = viaOf(person.address)
  const { user } = await joining.join(token, { email: person.email, name: person.name, password }, via)
  return { actor: { ...user, via }, password }
}

/** The first administrator, by the set-up link. */
export async function openTeam(service: Service): Promise<Member> {
  const link = await service.joining.setupLink()
  if (link === null) throw new Problem('internal.bug', { message: 'The new project of the demo has users already.' })
  const { name, email } = administrator
  return { role: 'administrator', name, email, ...(await join(service, link.token, administrator)) }
}

/** Everybody else comes by an invitation. Passwords are dear to hash, so all of them at once. */
export async function gatherTeam(service: Service, first: Member): Promise<Team> {
  const joined = await Promise.all(
    Object.entries(invited).map(async ([role, person]) => {
      const { name, email, policies, options } = person
      const { link } = await service.control.users.invite(first.actor, { email, name, policies, options })
      return [role, { role, name, email, ...(await join(service, link.token, person)) }] as const
    }),
  )
  return { administrator: first, ...Object.fromEntries(joined) } as unknown as Team
}

/** Somebody has left, somebody else has been asked and has not come yet. */
export async function changeTeam({ control }: Service, { administrator: { actor } }: Team): Promise<void> {
  const found = (await control.users.list(actor)).find(({ email }) => email === invited.former.email)
  if (found === undefined) throw new Problem('internal.bug', { message: 'The demo has lost one of its users.' })
  const { id, name, policies, options, version: ifVersion } = found
  await control.users.update(actor, id, { name, policies, options, state: 'disabled', ifVersion })
  await control.users.invite(actor, {
    email: 'ivy@example.com',
    name: 'Ivy Invited',
    policies: ['ampiq_user_read_only'],
    options: [],
  })
}

export function membersOf(team: Team): Member[] {
  return roles.map((role) => team[role])
}
