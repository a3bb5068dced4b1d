import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, type TestContext } from 'vitest'
import { actions } from '../../src/access/authorize.ts'
import { binPath } from '../../src/cli/context.ts'
import { openService } from '../../src/control/service.ts'
import { inherited } from '../cli-child.ts'
import { isFull } from '../full-set.ts'
import { testPostgres } from '../postgres.ts'
import { type Bench, openBench, type SourceRow } from '../project-bench.ts'
import { randomFrom, seedOf } from '../random.ts'
import { tally } from './tally.ts'
import { accountOf, expectNoSecret, undisturbedAccount } from './verdict.ts'

const kills = isFull ? 50 : 2
const seed = seedOf('kills of a server')
const people = 250
/** A start, a run and a kill take a few seconds; on a busy machine many times that. */
const timeout = kills * 30_000 + 60_000

/** The same people each time, with another name each time. */
function source(version: number): SourceRow[] {
  return Array.from({ length: people }, (_, n) => ({
    external_id: `${n}`,
    email: `p${n}@example.com`,
    name: `P${n} of version ${version}`,
  }))
}

/** Everything that a webhook was told, with the id of each message. */
interface Receiver {
  url: string
  told: { id: string; body: { event: string; workflow: string } }[]
  close(): void
}

async function openReceiver(): Promise<Receiver> {
  const told: Receiver['told'] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += String(chunk)
    })
    request.on('end', () => {
      told.push({ id: String(request.headers['idempotency-key']), body: JSON.parse(text) })
      response.end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/told`, told, close: () => server.close() }
}

interface Running {
  child: ChildProcess
  url: string
  ended: Promise<unknown>
}

class Disturbed {
  readonly bench: Bench
  readonly env: Record<string, string>
  readonly outputs: string[] = []
  key = ''

  constructor(bench: Bench, env: Record<string, string>) {
    this.bench = bench
    // The receiver of messages is on this machine.
    const own = { DESKSIDE_ALLOWED_HOSTS: '127.0.0.1', ...inherited }
    this.env = { ...env, ...own, CLIENT_SECRET: bench.emulator.clientSecret }
  }

  /** What an administrator does once, before anything goes wrong. */
  async prepare(receiver: Receiver): Promise<void> {
    const log = { error: () => {} } as never
    const service = await openService(this.bench.dir, this.env, { log, version: '0' })
    const admin = await service.signIn.setAdministrator('admin@example.com', 'correct horse battery staple')
    const { applied, definitions } = service.control
    await applied.apply(admin, (await applied.preview(admin)).revision)
    const channel = { type: 'webhook', url: receiver.url, token: 'a-key-that-signs-messages' }
    await definitions.create(admin, 'channel', { key: 'told', body: channel })
    const about = { orchestrations: 'all', events: ['completed', 'failed', 'stopped'], channel: 'told', target: '' }
    await definitions.create(admin, 'subscription', { key: 'told', body: about })
    this.key = (
      await service.keys.create(admin.id, { name: 'test', scopes: Object.keys(actions), expiresAt: null })
    ).text
    await service.close(0)
  }

  /** The real command, in a process of its own. */
  async serve(): Promise<Running> {
    const args = ['serve', '--json', '--port', '0', '--project', this.bench.dir]
    const child = spawn(binPath, args, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = once(child, 'exit')
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => this.outputs.push(String(chunk)))
    const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>
    const [first] = await Promise.race([line, ended.then(() => [''] as [string])])
    if (first === '') throw new Error(`The server did not start: ${this.outputs.slice(-5).join('')}`)
    return { child, ended, url: (JSON.parse(first) as { url: string }).url }
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
  async call(url: string, method: string, path: string, body?: unknown): Promise<any> {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return await answer.json()
  }
}

/** Asks for a run and kills the server at a moment that chance decides; the id is that of a run that was promised. */
async function killOnce(disturbed: Disturbed, random: () => number, version: number): Promise<string> {
  const { bench } = disturbed
  await bench.write(source(version))
  const server = await disturbed.serve()
  const { id } = await disturbed.call(server.url, 'POST', '/orchestrations/people/runs', {})
  const jobs = bench.emulator.stats().jobs
  // Half of the kills come while jobs are in flight, the others at any time.
  if (random() < 0.5) {
    const until = performance.now() + 10_000
    while (bench.emulator.stats().jobs === jobs && performance.now() < until) await sleep(5)
    await sleep(random() * 200)
  } else await sleep(random() * 2_500)
  server.child.kill('SIGKILL')
  const inFlight = bench.emulator.stats().jobs_in_flight > 0 ? 1 : 0
  tally({ fault: 'SIGKILL of a server', times: 1, inFlight, lostMs: [] })
  await server.ended
  return id as string
}

async function judge(context: TestContext, env: Record<string, string>): Promise<void> {
  const options = { emulator: { jobLatencyMs: [100, 300] as [number, number] } }
  const bench = await openBench(options)
  context.onTestFinished(() => bench.close())
  const receiver = await openReceiver()
  context.onTestFinished(() => receiver.close())
  const disturbed = new Disturbed(bench, env)
  await bench.write(source(0))
  await disturbed.prepare(receiver)
  const random = randomFrom(seed)
  const promised: string[] = []
  for (let n = 1; n <= kills; n += 1) promised.push(await killOnce(disturbed, random, n))

  const last = source(kills + 1)
  await bench.write(last)
  const server = await disturbed.serve()
  promised.push((await disturbed.call(server.url, 'POST', '/orchestrations/people/runs', {})).id)
  const ends = new Map<string, string>()
  for (const id of promised) {
    for (;;) {
      const { state } = await disturbed.call(server.url, 'GET', `/workflows/${id}`)
      ends.set(id, state)
      if (state === 'completed' || state === 'error' || state === 'stopped') break
      await sleep(50)
    }
  }
  // The outbox is worked off when nothing is pending any more.
  while ((await disturbed.call(server.url, 'GET', '/dispatches?state=pending')).items.length > 0) await sleep(50)
  server.child.kill('SIGTERM')
  await server.ended

  expect([...new Set(ends.values())]).toEqual(['completed'])
  expect(accountOf(bench)).toEqual(await undisturbedAccount({}, [last]))
  expect(bench.emulator.stats().races).toBe(0)
  expect(bench.emulator.mail()).toEqual([])
  expectNoSecret(bench, disturbed.outputs)
  // Each end is told by one message; a repetition after a kill carries the same id, by which receivers know it.
  const messages = new Map(receiver.told.map(({ id, body }) => [id, `${body.workflow} ${body.event}`]))
  const told = [...messages.values()].toSorted()
  expect(told).toEqual([...new Set(told)])
  expect(told).toEqual(promised.map((id) => `${id} completed`).toSorted())
}

const postgres = await testPostgres()

describe(`a server that is killed ${kills} times at moments of chance`, { timeout }, () => {
  it('runs everything it promised to its end, loses nothing and tells nothing twice, with SQLite (I1, I2, I3, I4, I9)', (context) =>
    judge(context, {}))

  const reason = isFull ? postgres.missing : 'part of the full set'
  it.skipIf(reason !== null)(
    `and so with PostgreSQL${reason === null ? '' : ` (skipped: ${reason})`}`,
    async (context) => judge(context, { DESKSIDE_DATABASE_URL: await postgres.newDatabase() }),
  )
})
