import { Pool } from 'undici'
import { assertRight } from './case.ts'
import type { EmulatedAccount } from './emulated-account.ts'

/** POSTs in flight at once, as many as a delivery without limits has jobs in flight. */
const concurrency = 30
const bulkPath = '/api/v2/users/create_or_update_many'

/**
 * The baseline of a delivery: bodies serialised beforehand, posted as fast as the emulator answers, without plan, journal or pace. It is far
 * faster than the emulator, which {@link BareClient.posts} lets the report show.
 */
export class BareClient {
  readonly #pool: Pool
  readonly #headers: Record<string, string>

  constructor({ credentials: { url, email, api_token } }: Pick<EmulatedAccount, 'credentials'>) {
    this.#pool = new Pool(url, { connections: concurrency + 1 })
    const authorization = `Basic ${Buffer.from(`${email}/token:${api_token}`).toString('base64')}`
    this.#headers = { 'content-type': 'application/json', authorization }
  }

  async ask(method: 'GET' | 'POST', path: string, body?: string): Promise<string> {
    const request = { method, path, headers: this.#headers, ...(body === undefined ? {} : { body }) }
    const answer = await this.#pool.request(request)
    const text = await answer.body.text()
    assertRight(answer.statusCode === 200, `the emulator answered ${answer.statusCode} to ${path}`)
    return text
  }

  /** Posts every body and reads no outcome. Milliseconds, until the emulator has done all of it. */
  async posts(bodies: readonly string[]): Promise<number> {
    return await this.#all(bodies, async () => {})
  }

  /** Posts every body and reads the result of each row, with as few requests as the jobs in flight allow. */
  async postsAndResults(bodies: readonly string[], rows: number): Promise<number> {
    const waiting = new Set<string>()
    let read = 0
    const ask = async () => {
      const text = await this.ask('GET', `/api/v2/job_statuses/show_many?ids=${[...waiting].join(',')}`)
      const { job_statuses } = JSON.parse(text) as {
        job_statuses: { id: string; status: string; results: unknown[] }[]
      }
      for (const { id, status, results } of job_statuses) {
        if (status === 'completed' && waiting.delete(id)) read += results.length
      }
    }
    let asking: Promise<void> | null = null
    const startedAtMs = performance.now()
    await this.#all(bodies, async (answer) => {
      waiting.add((JSON.parse(answer) as { job_status: { id: string } }).job_status.id)
      // As many jobs as a delivery has in flight; asking sooner would only cost the emulator more.
      if (waiting.size < concurrency) return
      asking ??= ask().finally(() => {
        asking = null
      })
      await asking
    })
    while (waiting.size > 0) await ask()
    const tookMs = performance.now() - startedAtMs
    assertRight(read === rows, `${read} results of ${rows} rows`)
    return tookMs
  }

  async #all(bodies: readonly string[], posted: (answer: string) => Promise<void>): Promise<number> {
    const startedAtMs = performance.now()
    let next = 0
    const worker = async () => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++])
        await posted(await this.ask('POST', bulkPath, body))
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
    // A control call lets the last jobs end.
    await this.ask('GET', '/_emulator/stats')
    return performance.now() - startedAtMs
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}

/** The bodies of the bulk upserts that the emulator has received, oldest first. */
export async function receivedBodies(account: EmulatedAccount, people: number): Promise<string[]> {
  const calls = await account.calls('method=POST&path=create_or_update_many')
  const bodies = calls.map(({ body }) => body as { users: unknown[] } | undefined)
  const rows = bodies.reduce((sum, body) => sum + (body?.users.length ?? 0), 0)
  assertRight(rows === people, `the emulator remembers ${rows} rows of ${people}`)
  return bodies.map((body) => JSON.stringify(body))
}
