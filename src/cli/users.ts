import { readGrants } from '../access/policies.ts'
import { Problem } from '../problem.ts'
import type { LinkOnWire, UserOnWire } from './access-calls.ts'
import { type AccessClient, withUsers } from './access-client.ts'
import type { Context } from './context.ts'
import { linkLines, linkUrl } from './link-url.ts'
import { type Column, table } from './table.ts'
import { moment, paint, type Style, visible } from './text.ts'

/** What a user is given; undefined stays as it is. */
export interface Given {
  name?: string
  policies?: string[]
  options?: string[]
}

const columns: readonly Column[] = [
  { title: 'user', shrinkTo: 20 },
  { title: 'name', spare: 3, shrinkTo: 10 },
  { title: 'policies', shrinkTo: 20 },
  { title: 'options', spare: 1, shrinkTo: 10 },
  { title: 'state' },
  { title: 'last seen (UTC)', spare: 2 },
]

/** Users as a table; never a link, which nobody can read again. */
export function userLines(users: readonly UserOnWire[], style: Style): string[] {
  const rows = users.map((one) => [
    ...[one.email, one.name, one.policies.join(', '), one.options.join(', ')].map(visible),
    stateOf(one),
    one.last_seen_at === null ? '—' : moment(one.last_seen_at),
  ])
  return table(columns, rows, style)
}

function stateOf({ state, has_password, single_sign_on, link_until }: UserOnWire): string {
  if (state === 'disabled' || has_password || single_sign_on !== null) return state
  return link_until === null ? 'not joined, no link' : 'invited'
}

export async function usersListCommand(context: Context): Promise<number> {
  return await withUsers(context, async ({ call }) => {
    const users = await call<UserOnWire[]>('usersList')
    const { stdout, env, isJson } = context
    if (isJson) await stdout.json({ items: users })
    else if (users.length > 0) await stdout.lines(userLines(users, stdout.style(env)))
    else await stdout.lines(['No users yet. `deskside serve` prints the link that makes the first administrator.'])
    return 0
  })
}

export async function usersInviteCommand(context: Context, email: string, given: Given): Promise<number> {
  const input = { email, name: given.name ?? '', ...readGrants({ policies: [], options: [], ...given }) }
  return await withUsers(context, async ({ call, serverUrl }) => {
    const made = await call<{ user: UserOnWire; link: LinkOnWire }>('usersInvite', input)
    const link = shownLink(context, serverUrl, made.link)
    const text = `${visible(made.user.email)} is invited as ${made.user.policies.join(', ')}.`
    return await done(context, { user: made.user, link }, text, link)
  })
}

export async function usersSetCommand(context: Context, email: string, given: Given): Promise<number> {
  return await change(context, email, given, ({ email, policies, options }) =>
    [`${visible(email)} has ${policies.join(', ')}`, ...(options.length > 0 ? [options.join(', ')] : [])].join(
      ' with ',
    ),
  )
}

/** Ends all sessions of a user at once when it disables. */
export async function usersStateCommand(
  context: Context,
  email: string,
  state: 'active' | 'disabled',
): Promise<number> {
  return await change(context, email, { state }, (user) =>
    state === 'active'
      ? `${visible(user.email)} may sign in again`
      : `${visible(user.email)} is disabled and signed out`,
  )
}

export async function usersLinkCommand(context: Context, email: string): Promise<number> {
  return await withUsers(context, async ({ call, serverUrl }) => {
    const user = await find(call, email)
    const link = shownLink(context, serverUrl, await call<LinkOnWire>('usersLink', user.id))
    const text = `${visible(user.email)} sets ${user.has_password ? 'a new' : 'the first'} password by this link.`
    return await done(context, { user, link }, text, link)
  })
}

async function change(
  context: Context,
  email: string,
  given: Given & { state?: 'active' | 'disabled' },
  said: (user: UserOnWire) => string,
): Promise<number> {
  return await withUsers(context, async ({ call }) => {
    const { id, version, name, policies, options, state } = await find(call, email)
    const wanted = { name, policies, options, state, ...given }
    const input = { ...wanted, ...readGrants(wanted) }
    const user = await call<UserOnWire>('usersUpdate', id, input, version)
    return await done(context, { user }, `${said(user)}.`, null)
  })
}

/** Throws `store.not_found`. */
async function find(call: AccessClient['call'], email: string): Promise<UserOnWire> {
  const wanted = email.trim().toLowerCase()
  const user = (await call<UserOnWire[]>('usersList')).find((one) => one.email === wanted)
  if (user !== undefined) return user
  throw new Problem('store.not_found', {
    message: `There is no user ${wanted}.`,
    fix: 'Run `deskside users list` to see which there are.',
  })
}

function shownLink({ env }: Context, serverUrl: string | null, { kind, path, expires_at }: LinkOnWire) {
  return { kind, url: linkUrl(env, serverUrl, path ?? ''), expires_at }
}

async function done(
  { stdout, env, isJson }: Context,
  document: object,
  text: string,
  link: { url: string; expires_at: string } | null,
): Promise<number> {
  const style = stdout.style(env)
  if (isJson) await stdout.json(document)
  else {
    const more = link === null ? [] : linkLines(style, { url: link.url, expiresAt: link.expires_at })
    await stdout.lines([`${paint(style, 'green', '✓')} ${text}`, ...more])
  }
  return 0
}
