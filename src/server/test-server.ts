import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, type BenchOptions, openBench } from '../../test/project-bench.ts'
import { type Action, allActions, type UserActor } from '../access/authorize.ts'
import type { OptionKey, PolicyKey } from '../access/policies.ts'
import { openService, type Service } from '../control/service.ts'
import { storedAccess } from './access.ts'
import type { ServerCalls } from './cli-door.ts'
import type { Patience } from './patience.ts'
import { openServer, type Server } from './server.ts'

export interface TestAnswer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any
}

export interface TestCall {
  headers?: Record<string, string>
  /** Texts and bytes go out as they are, everything else as JSON. */
  body?: unknown
  /** Null: nobody; otherwise the key to come with. The key that may do everything where not said. */
  key?: string | null
}

export interface TestUser {
  id: string
  email: string
  /** Cookie and token against requests of other sites. */
  headers: { cookie: string; 'x-csrf-token': string }
}

/** A whole server: project, emulated account, store, control and HTTP, with an administrator and keys. */
export interface TestServer {
  url: string
  server: Server
  service: Service
  project: Bench
  admin: UserActor
  password: string
  cliToken: string
  /** May do everything. */
  key: string
  /** Lines of the log. */
  lines: { level: string; fields: object; message: string }[]
  /** Texts that no answer may hold. */
  secrets: string[]
  makeKey(...scopes: Action[]): Promise<string>
  /** A user with a session: what it takes to ask as that user, with `key: null`. */
  makeUser(policies: PolicyKey[], options?: OptionKey[]): Promise<TestUser>
  call(method: string, path: string, call?: TestCall): Promise<TestAnswer>
  /** Runs the orchestration `people` to its end; the workflow as the API shows it. */
  run(): Promise<{ id: string; run_id: string; state: string }>
  close(): Promise<void>
}

const nobody: UserActor = { kind: 'user', id: 'nobody', email: '', may: new Set() }

export interface TestServerOptions extends BenchOptions {
  /** Of the waits after failed sign-ins, which end by themselves on a slow machine. */
  monotonicMs?: () => number
  calls?: ServerCalls
  /** Of the server, beside the secret of the emulated account. */
  env?: Record<string, string>
  /** Of the service; requests are answered by the clock of the machine. */
  now?: () => Date
  /** 127.0.0.1 where not said. */
  host?: string
  patience?: Patience
  /** Nobody has set an administrator or brought deskside.yml yet, and the only key is the one of commands. */
  isBare?: boolean
}

export async function openTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const project = await openBench(options)
  const env = {
    CLIENT_SECRET: project.emulator.clientSecret,
    // Accounts, receivers and identity providers of tests are on this machine.
    DESKSIDE_ALLOWED_HOSTS: '127.0.0.1 localhost',
    ...options.env,
  }
  const now = options.now ?? (() => new Date())
  const lines: TestServer['lines'] = []
  const line = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message })
  const log = { info: line('info'), warn: line('warn'), error: line('error') }
  const service = await openService(project.dir, env, {
    ...{ log: log as never, version: '1.2.3', now },
    // The real price is paid in the tests of passwords.
    passwordCost: { log2N: 10, r: 8, p: 1 },
    ...(options.monotonicMs && { monotonicMs: options.monotonicMs }),
  })
  const password = 'correct horse battery staple'
  const admin = options.isBare ? nobody : await service.signIn.setAdministrator('admin@example.com', password)
  const { applied } = service.control
  if (!options.isBare) await applied.apply(admin, (await applied.preview(admin)).revision)
  await service.begin()
  const makeKey = async (...scopes: Action[]) =>
    (await service.keys.create(admin.id, { name: 'test', scopes, expiresAt: null })).text
  const cliToken = 'a-token-that-only-commands-know'
  const key = options.isBare ? cliToken : await makeKey(...allActions)
  let users = 0
  const { signIn, joining, sso, keys, store, box, note, control } = service
  const server = await openServer({
    control,
    access: storedAccess({ signIn, joining, sso, keys, store, box, note, now }),
    log,
    settings: {
      host: options.host ?? '127.0.0.1',
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
    async makeUser(policies, options = []) {
      const id = `user-${++users}`
      const email = `${id}@example.com`
      const created = { createdAt: new Date(), lastSeenAt: null, version: 1, state: 'active' } as const
      const user = { id, email, name: '', passwordHash: null, policies, options, identity: null, ...created }
      await store.access.addUser(user)
      const session = await signIn.begin(user, { address: '127.0.0.1', agent: 'test' }, 'password')
      return { id, email, headers: { cookie: `deskside_session=${session.cookie}`, 'x-csrf-token': session.csrf } }
    },
    secrets: [password, cliToken, key, project.emulator.clientSecret],
    async call(method, path, { headers = {}, body, key: as = test.key } = {}) {
      const answer = await fetch(test.url + path, {
        method,
        headers: {
          ...(as !== null && { authorization: `Bearer ${as}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && {
          body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
        }),
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
