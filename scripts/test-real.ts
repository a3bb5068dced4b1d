/**
 * Compares the emulator with a real account, best a sandbox: `npm run test:real`. It makes people, fields and organisations whose
 * names begin with `deskside-test-`, and removes them at the end. Takes about ten minutes, and never sends a mail.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type AccountClient, basicAuthorization, connectAccount } from '../test/account-client.ts'
import { compareAccount } from '../test/real-comparison.ts'

const usage = `Set in the environment:
  DESKSIDE_REAL_SUBDOMAIN      of a Zendesk account to try things in, best a sandbox
and either
  DESKSIDE_REAL_CLIENT_ID      of an OAuth client of an admin, with
  DESKSIDE_REAL_CLIENT_SECRET
or
  DESKSIDE_REAL_EMAIL          of an admin, with
  DESKSIDE_REAL_API_TOKEN
DESKSIDE_REAL_BASE_URL goes to another address, such as http://127.0.0.1:4010 of \`deskside emulator\`.`

const env = (name: string): string | undefined => process.env[`DESKSIDE_REAL_${name}`] || undefined

/** Undefined when something is missing. */
function originOf(): string | undefined {
  const [subdomain, base] = [env('SUBDOMAIN'), env('BASE_URL')]
  if (subdomain === undefined || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(subdomain)) return undefined
  if (base === undefined) return `https://${subdomain.toLowerCase()}.zendesk.com`
  const { origin, protocol, hostname } = new URL(base)
  // Credentials go over plain HTTP to this machine only.
  if (protocol !== 'https:' && !['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return undefined
  return origin
}

/** Undefined when something is missing. Rejects when the account gives no token. */
async function connect(origin: string): Promise<AccountClient | undefined> {
  const [clientId, clientSecret, email, apiToken] = ['CLIENT_ID', 'CLIENT_SECRET', 'EMAIL', 'API_TOKEN'].map(env)
  if (clientId && clientSecret) {
    const oauth = { client_id: clientId, client_secret: clientSecret }
    const body = { grant_type: 'client_credentials', ...oauth, scope: 'read write' }
    const answer = await connectAccount(origin, '').call('POST', '/oauth/tokens', body)
    const token: unknown = answer.json?.access_token
    if (typeof token !== 'string') throw new Error(`${origin} gives no token: status ${answer.status}`)
    return connectAccount(origin, `Bearer ${token}`, oauth)
  }
  return email && apiToken ? connectAccount(origin, basicAuthorization(email, apiToken)) : undefined
}

/** Ctrl-C ends the walk at its next call; what was made is removed all the same. */
function stoppable(client: AccountClient): AccountClient {
  let isStopped = false
  process.once('SIGINT', () => {
    isStopped = true
    console.error('Stopping; removing what was made. Ctrl-C again leaves it.')
  })
  return {
    ...client,
    call: (method, ...rest) => {
      // Whoever removes asks with DELETE, and looks for people with show_many.
      const isRemoval = method === 'DELETE' || rest[0].includes('show_many')
      if (isStopped && !isRemoval) throw new Error('stopped')
      return client.call(method, ...rest)
    },
    pass: async (ms) => {
      for (let leftMs = ms; leftMs > 0 && !isStopped; leftMs -= 500) await wait(Math.min(500, leftMs))
    },
  }
}

async function main(): Promise<number> {
  const origin = originOf()
  const client = origin === undefined ? undefined : await connect(origin)
  if (origin === undefined || client === undefined) {
    console.error(usage)
    return 2
  }
  const me = await client.call('GET', '/api/v2/users/me')
  if (me.json?.user?.role !== 'admin') {
    console.error(`The credential is not that of an admin of ${origin}: status ${me.status}.`)
    return 2
  }
  const prefix = `deskside-test-${randomBytes(3).toString('hex')}`
  console.log(`Comparing ${origin} with the emulator; everything made there begins with ${prefix}.`)
  const { differences } = await compareAccount(stoppable(client), prefix, ({ kind, text, isDifference }) => {
    console.log(`${isDifference ? '✗' : '·'} ${kind === 'difference' ? '' : `${kind}: `}${text}`)
  })
  console.log(`${differences} ${differences === 1 ? 'difference' : 'differences'}`)
  return differences === 0 ? 0 : 1
}

process.exitCode = await main().catch((error: Error) => {
  console.error(`${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}`)
  return 1
})
