import { Pool } from 'undici'
import type { BenchAccount } from './account.ts'

/** POSTs in flight at once, as many as a delivery has jobs in flight by default. */
const CONCURRENCY = 15

interface Call {
  method: string
  path: string
  body?: unknown
}

/**
 * The baseline: the bodies that the emulator has just received, serialised beforehand, posted again as fast as it answers, without
 * journal, polls or outcomes. Returns users per second.
 */
export async function barePosts(account: BenchAccount, people: number): Promise<number> {
  const { url, client_id, client_secret } = account.credentials
  const { calls } = (await account.control('calls?method=POST')) as { calls: Call[] }
  const bodies = calls
    .filter((call) => call.path.includes('create_or_update_many'))
    .slice(-Math.ceil(people / 100))
    .map((call) => JSON.stringify(call.body))
  const pool = new Pool(url, { connections: CONCURRENCY })
  const token = (await (
    await fetch(`${url}/oauth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'client_credentials', client_id, client_secret, scope: 'read write' }),
    })
  ).json()) as { access_token: string }
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token.access_token}` }
  const startedAtMs = performance.now()
  let next = 0
  const worker = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const answer = await pool.request({ method: 'POST', path: '/api/v2/users/create_or_update_many', headers, body })
      await answer.body.text()
      if (answer.statusCode !== 200) throw new Error(`The emulator answered ${answer.statusCode} to a bare POST.`)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  const seconds = (performance.now() - startedAtMs) / 1000
  await pool.close()
  return people / seconds
}
