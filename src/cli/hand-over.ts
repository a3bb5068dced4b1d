import { Problem } from '../problem.ts'
import type { HandOverOnWire } from './access-calls.ts'
import { type AccessClient, withHandOvers } from './access-client.ts'
import type { Context } from './context.ts'
import { linkLines, linkUrl } from './link-url.ts'
import { type Column, table } from './table.ts'
import { counted, labelled, moment, paint, visible } from './text.ts'

export interface HandOverRequest {
  /** Of a credential that is to be made; null: the secret of one that is there is replaced. */
  type: string | null
  name: string | null
  /** `field=value` of what is known. */
  fields: string[]
  subdomain: string | null
  baseUrl: string | null
  hours: number
  note: string
}

/** Makes the link and prints it once. */
export async function handOverCommand(
  context: Context,
  credential: string | null,
  request: HandOverRequest,
): Promise<number> {
  const { stdout, env, isJson } = context
  if (credential === null) throw usage('No credential was named.')
  const input = inputOf(credential, request)
  return await withHandOvers(context, async ({ call, serverUrl }) => {
    const { hand_over, path } = await made(call, input, request)
    const url = linkUrl(env, serverUrl, path)
    if (isJson) {
      await stdout.json({ hand_over, url })
      return 0
    }
    const style = stdout.style(env)
    const { name, type_name, expires_at } = hand_over
    const does = hand_over.is_new ? 'enters' : 'replaces the secret of'
    await stdout.lines([
      `${paint(style, 'green', '✓')} Whoever opens this link ${does} the credential ${visible(name)} (${type_name}).`,
      ...linkLines(style, { url, expiresAt: expires_at }),
      ...(hand_over.is_new && hand_over.account === null
        ? labelled(style, 'note', 'without --subdomain it is saved untested')
        : []),
    ])
    return 0
  })
}

async function made(call: AccessClient['call'], input: object, { type }: HandOverRequest) {
  try {
    return await call<{ hand_over: HandOverOnWire; path: string }>('handOversCreate', input)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'store.not_found' || type !== null) throw error
    throw new Problem('store.not_found', {
      message: error.message,
      fix: 'Name a credential that is there, or give --type to have a new one made.',
      data: error.data,
    })
  }
}

function inputOf(credential: string, request: HandOverRequest) {
  const { type, name, fields, subdomain, baseUrl, hours, note } = request
  const account = subdomain === null ? null : { subdomain, ...(baseUrl !== null && { base_url: baseUrl }) }
  if (baseUrl !== null && subdomain === null) throw usage('--base-url needs --subdomain.')
  if (type === null) {
    if (name !== null || fields.length > 0) throw usage('--name and --field are for a new credential, with --type.')
    return { credential, account, hours, note }
  }
  const known = fields.map((field) => {
    const at = field.indexOf('=')
    if (at < 1) throw usage(`--field ${JSON.stringify(field)} is not of the form <field>=<value>.`)
    return [field.slice(0, at), field.slice(at + 1)]
  })
  return {
    key: credential,
    body: { type, name: name ?? credential, ...Object.fromEntries(known) },
    account,
    hours,
    note,
  }
}

function usage(message: string): Problem {
  return new Problem('usage.invalid', { message, fix: 'Run `deskside hand-over --help` to see the options.' })
}

const columns: readonly Column[] = [
  { title: 'id' },
  { title: 'credential', shrinkTo: 12 },
  { title: 'state' },
  { title: 'until (UTC)', spare: 2 },
  { title: 'failed tests', align: 'right', spare: 1 },
  { title: 'asked by', spare: 3, shrinkTo: 12 },
]

/** Digits of an id that tell one link from the others. */
const SHOWN_DIGITS = 10

export async function handOverListCommand(context: Context): Promise<number> {
  const { stdout, env, isJson } = context
  return await withHandOvers(context, async ({ call }) => {
    const items = await call<HandOverOnWire[]>('handOversList')
    if (isJson) await stdout.json({ items })
    else if (items.length === 0) await stdout.lines(['No links for handing over a credential.'])
    else {
      const rows = items.map((one) => [
        one.id.slice(0, SHOWN_DIGITS),
        visible(one.credential),
        one.state,
        moment(one.expires_at),
        String(one.failures),
        visible(one.asked_by),
      ])
      await stdout.lines(table(columns, rows, stdout.style(env)))
    }
    return 0
  })
}

/** Ends a link, by its id or the beginning of it. */
export async function handOverRevokeCommand(context: Context, id: string): Promise<number> {
  const { stdout, env, isJson } = context
  return await withHandOvers(context, async ({ call }) => {
    const found = (await call<HandOverOnWire[]>('handOversList')).filter((one) => one.id.startsWith(id))
    const [link] = found
    if (link === undefined || found.length > 1) {
      throw new Problem('store.not_found', {
        message: found.length > 1 ? `${counted(found.length, 'link')} begin with ${id}.` : `There is no link ${id}.`,
        fix: 'Run `deskside hand-over --list` to see which there are.',
      })
    }
    await call('handOversRevoke', link.id)
    if (isJson) await stdout.json({ revoked: link.id })
    else {
      const mark = paint(stdout.style(env), 'green', '✓')
      await stdout.lines([`${mark} The link for the credential ${visible(link.credential)} opens nothing any more.`])
    }
    return 0
  })
}
