import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { Pool } from 'undici'
import type { Control } from '../app.ts'
import { Problem, type ProblemCode, problems } from '../problem.ts'
import { isOnThisMachine, type RunningServer } from '../server-file.ts'
import type { WorkflowEvent } from '../sync/report.ts'
import { version } from './version.ts'

/** One line of an answer of the server's door for commands. */
type Line = { event: WorkflowEvent } | { item: unknown } | { result: unknown } | { problem: unknown }

/** Where news of a call go, and what ends it. */
export interface Listening extends Control {
  onItem?: (item: unknown) => void
}

/** What the activity log calls commands. */
const agent = `deskside/${version()}`

const connectTimeoutMs = 5_000

/**
 * Requests of a command to the server of its project, on the same machine and with the token of `.deskside/server.json`. A call is one request,
 * whose answer is lines of JSON that come while the work goes on. Problems of the server are thrown as they were thrown there; a connection
 * that ends before the answer is `server.lost`.
 */
export class ServerClient {
  readonly #pool: Pool
  readonly #headers: Record<string, string>

  constructor(server: Pick<RunningServer, 'url' | 'token'>) {
    if (!isOnThisMachine(server.url)) throw new TypeError('A server is only called on its own machine.')
    // Between two lines may lie hours: the server says nothing while Zendesk makes it wait.
    this.#pool = new Pool(server.url, { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectTimeoutMs } })
    this.#headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json', 'user-agent': agent }
  }

  /** Calls a method of the server; `signal` lets it end gracefully, `abort` closes the connection, which ends it as well. */
  async result<T>(method: string, args: readonly unknown[], listening: Listening = {}): Promise<T> {
    for await (const line of this.#lines(method, args, listening)) {
      if ('event' in line) listening.onEvent?.(line.event)
      else if ('item' in line) listening.onItem?.(line.item)
      else if ('result' in line) return line.result as T
    }
    throw lost()
  }

  /** Calls a method that gives items; whoever stops reading closes the connection. */
  async *items<T>(method: string, args: readonly unknown[]): AsyncIterable<T> {
    for await (const line of this.#lines(method, args, {})) {
      if ('item' in line) yield line.item as T
      else if ('result' in line) return
    }
    throw lost()
  }

  /** Asks a route of the API; the body goes out as it is read. Throws the problem that the server answers with. */
  async send<T>(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    headers: Record<string, string> = {},
    content: { type: string; bytes: number; stream: Readable } | null = null,
  ): Promise<T> {
    try {
      const { statusCode, body } = await this.#pool.request({
        ...{ method, path, body: content?.stream ?? null },
        headers: {
          ...this.#headers,
          ...headers,
          ...(content !== null && { 'content-type': content.type, 'content-length': String(content.bytes) }),
        },
      })
      const text = await body.text()
      if (statusCode >= 300) throw refusal(statusCode, text)
      return JSON.parse(text) as T
    } catch (error) {
      throw error instanceof Problem ? error : lost(error)
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #stop(id: string): Promise<void> {
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'POST',
        path: '/api/v1/cli/stop',
        headers: this.#headers,
        body: JSON.stringify({ id }),
      })
      const text = await body.text()
      if (statusCode >= 300) throw refusal(statusCode, text)
    } catch (error) {
      // A call that has ended meanwhile needs no stop; its result is on the way.
      if (error instanceof Problem && error.code === 'store.not_found') return
      throw error instanceof Problem ? error : lost(error)
    }
  }

  /** Lines of one call as they come; a problem is thrown. Whoever stops reading closes the connection. */
  async *#lines(method: string, args: readonly unknown[], { signal, abort }: Control): AsyncIterable<Line> {
    const id = randomUUID()
    const failure = new AbortController()
    const stop = () => void this.#stop(id).catch((error: unknown) => failure.abort(error))
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'POST',
        path: '/api/v1/cli/call',
        headers: this.#headers,
        body: JSON.stringify({ id, method, args }),
        signal: AbortSignal.any([failure.signal, ...(abort === undefined ? [] : [abort])]),
      })
      if (statusCode !== 200) throw refusal(statusCode, await body.text())
      // Only from here on does the server know the call.
      if (signal?.aborted) stop()
      else signal?.addEventListener('abort', stop, { once: true })
      for await (const text of linesOf(body)) {
        // An empty line keeps the connection alive.
        if (text === '') continue
        const line = JSON.parse(text) as Line
        if ('problem' in line) throw revived(line.problem)
        yield line
      }
    } catch (error) {
      if (error instanceof Problem) throw error
      if (failure.signal.aborted) throw failure.signal.reason
      if (abort?.aborted) {
        const message = 'The connection to the server was closed on request; the server settles what was in flight.'
        throw new Problem('workflow.stopped', { message, effect: 'unknown', cause: error })
      }
      throw lost(error)
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }
}

/** Only a line feed ends a line: other separators may stand in people's data. A last line that is cut off is none. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const pieces = decoder.decode(bytes, { stream: true }).split('\n')
    pieces[0] = rest + pieces[0]
    rest = pieces.pop() as string
    yield* pieces
  }
}

/** What the server says with another status than 200. */
function refusal(statusCode: number, text: string): Problem {
  try {
    return revived(JSON.parse(text))
  } catch (error) {
    if (error instanceof Problem) return error
    return lost(new Error(`The server answered with status ${statusCode}.`))
  }
}

type Thrown = ReturnType<Problem['toJSON']>

/** A problem as it was thrown in the server. Throws `server.lost` for what is none. */
export function revived(value: unknown): Problem {
  // Answers of the API say `detail` (RFC 9457).
  const { code, detail, message = detail, fix, effect, data } = value as Partial<Thrown> & { detail?: string }
  if (typeof code !== 'string' || !Object.hasOwn(problems, code) || typeof message !== 'string') {
    throw lost(new Error(`The server told of a problem that this release does not know: ${String(code)}.`))
  }
  return new Problem(code satisfies ProblemCode, { message, fix, effect, data })
}

function lost(cause?: unknown): Problem {
  const detail = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : ''
  const message = `The connection to the server ended before it had answered${detail}.`
  return new Problem('server.lost', { message, effect: 'unknown', ...(cause === undefined ? {} : { cause }) })
}
