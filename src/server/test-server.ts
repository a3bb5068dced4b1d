import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, type BenchOptions, openBench } from '../../test/project-bench.ts'
import { type Action, type Actor, actions } from '../access/authorize.ts'
import { openService, type Service } from '../control/service.ts'
import { storedAccess } from './access.ts'
import type { ServerCalls } from './cli-door.ts'
import { openServer, type Patience, type Server } from './server.ts'

export interface TestAnswer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any
}

export interface TestCall {
  headers?: Record<string, string>
  /** A text goes out as it is, everything else as JSON. */
  body?: unknown
  /** Null: nobody; otherwise the key to come with. The key that may do everything where not said. */
  key?: string | null
}

/** A whole server: project, emulated account, store, control and HTTP, with an administrator and keys. */
export interface TestServer {
  url: string
  server: Server
  service: Service
  project: Bench
  admin: Actor
  password: string
  cliToken: string
  /** May do everything. */
  key: string
  /** Lines of the log. */
  lines: { level: string; fields: object; message: string }[]
  /** Texts that no answer may hold. */
  secrets: string[]
  makeKey(...scopes: Action[]): Promise<string>
  call(method: string, path: string, call?: TestCall): Promise<TestAnswer>
  /** Runs the orchestration `people` to its end; the workflow as the API shows it. */
  run(): Promise<{ id: string; run_id: string; state: string }>
  close(): Promise<void>
}

const nobody: Actor & { kind: 'admin' } = { kind: 'admin', id: 'nobody', email: '' }

export interface TestServerOptions extends BenchOptions {
  calls?: ServerCalls
  patience?: Patience
  /** Nobody has set an administrator or brought deskside.yml yet, and the only key is the one of commands. */
  isBare?: boolean
}

export async function openTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const project = await openBench(options)
  const env = { CLIENT_SECRET: project.emulator.clientSecret }
  const lines: TestServer['lines'] = []
  const line = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message })
  const log = { info: line('info'), warn: line('warn'), error: line('error') }
  const service = await openService(project.dir, env, { log: log as never, version: '1.2.3' })
  const password = 'correct horse battery staple'
  const admin = options.isBare ? nobody : await service.signIn.setAdministrator('admin@example.com', password)
  const { applied } = service.control
  if (!options.isBare) await applied.apply(admin, (await applied.preview(admin)).revision)
  await service.begin()
  const makeKey = async (...scopes: Action[]) =>
    (await service.keys.create(admin.id, { name: 'test', scopes, expiresAt: null })).text
  const cliToken = 'a-token-that-only-commands-know'
  const key = options.isBare ? cliToken : await makeKey(...(Object.keys(actions) as Action[]))
  const { signIn, keys, store, control } = service
  const server = await openServer({
    control,
    access: storedAccess({ signIn, keys, store, now: () => new Date(), newId: () => crypto.randomUUID() }),
    log,
    settings: {
      host: '127.0.0.1',
      port: 0,
      cliToken,
      project: 'bench',
      version: '1.2.3',
      isReady: () => store.ping(),
      ...(options.calls && { calls: options.calls }),
      ...(options.patience && { patience: options.patience }),
    },
  })
  const test: TestServer = {
    ...{ url: server.url, server, service, project, admin, password, cliToken, key, lines, makeKey },
    secrets: [password, cliToken, key, project.emulator.clientSecret],
    async call(method, path, { headers = {}, body, key: as = key } = {}) {
      const answer = await fetch(test.url + path, {
        method,
        headers: {
          ...(as !== null && { authorization: `Bearer ${as}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      const isJson = answer.headers.get('content-type')?.includes('json') && !text.includes('}\n')
      return {
        status: answer.status,
        headers: answer.headers,
        text,
        json: isJson && text !== '' ? JSON.parse(text) : null,
      }
    },
    async run() {
      const { json, text } = await test.call('POST', '/api/v1/orchestrations/people/runs')
      if (json.id === undefined) throw new Error(text)
      for (;;) {
        const workflow = (await test.call('GET', `/api/v1/workflows/${json.id}`)).json
        if (['completed', 'completed_with_alerts', 'error', 'stopped'].includes(workflow.state)) return workflow
        await sleep(10)
      }
    },
    async close() {
      await server.close(10_000)
      await service.close(10_000)
      await project.close()
    },
  }
  return test
}
