import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import type { RunSummary, WorkflowEvent } from '../src/sync/report.ts'
import { meterProcess, type Usage } from './process-meter.ts'

const deskside = join(import.meta.dirname, '..', 'bin', 'deskside')

interface Credentials {
  url: string
  subdomain: string
  client_id: string
  client_secret: string
}

/** One measured run of the command a user types. */
export interface MeasuredRun {
  summary: RunSummary
  /** From start to exit of the command. */
  wallMs: number
  /** From the first POST of the delivery to its last outcome. */
  deliverMs: number
  usage: Usage
}

/** A project with an emulated account in a process of its own; no limit applies unless `destination` sets one. */
export class BenchAccount {
  readonly dir: string
  readonly #emulator: ChildProcess
  readonly credentials: Credentials

  private constructor(dir: string, emulator: ChildProcess, credentials: Credentials) {
    this.dir = dir
    this.#emulator = emulator
    this.credentials = credentials
  }

  static async open(emulatorFlags: readonly string[], destination: Record<string, unknown>): Promise<BenchAccount> {
    const dir = await mkdtemp(join(tmpdir(), 'deskside-bench-'))
    const emulator = spawn(deskside, ['emulator', '--port', '0', '--json', '--until-stdin-ends', ...emulatorFlags], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface({ input: emulator.stdout }), 'line')) as [string]
    const account = new BenchAccount(dir, emulator, JSON.parse(line) as Credentials)
    await account.#writeProject(destination)
    return account
  }

  async #writeProject(destination: Record<string, unknown>): Promise<void> {
    const { url, subdomain, client_id } = this.credentials
    const project = {
      name: 'bench',
      database: { tables: { people: { path: 'people.csv', types: 'text' } } },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of deskside.yml
      credentials: { zendesk: { type: 'zendesk_oauth', client_id, client_secret: '${CLIENT_SECRET}' } },
      destinations: { zendesk: { plugin: 'zendesk', credential: 'zendesk', subdomain, base_url: url, ...destination } },
      queries: { people: 'people.sql' },
      orchestrations: { people: { query: 'people', destination: 'zendesk' } },
    }
    await writeFile(join(this.dir, 'deskside.yml'), stringify(project))
    await writeFile(join(this.dir, 'people.sql'), 'SELECT * FROM people ORDER BY external_id')
    await this.control('seed', {
      user_fields: [
        { key: 'city', type: 'text', title: 'City' },
        { key: 'orders', type: 'integer', title: 'Orders' },
      ],
    })
  }

  /** Replaces the source by `people` people; another `round` changes two fields of each. */
  async writePeople(people: number, round: number): Promise<void> {
    const lines = ['external_id,email,name,phone,user_fields.city,user_fields.orders']
    for (let n = 1; n <= people; n += 1) {
      const id = String(n).padStart(8, '0')
      lines.push(
        `c-${id},person${n}@example.com,Person Number ${n},+1415555${String(n % 10_000).padStart(4, '0')},City ${n % 500} round ${round},${(n % 40) + round}`,
      )
    }
    await writeFile(join(this.dir, 'people.csv'), `${lines.join('\n')}\n`)
  }

  /** Runs `deskside run people --json` and measures it from outside. */
  async run(): Promise<MeasuredRun> {
    const startedAtMs = performance.now()
    const child = spawn(deskside, ['run', 'people', '--json', '--project', this.dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, CLIENT_SECRET: this.credentials.client_secret },
    })
    const meter = meterProcess(child.pid ?? 0)
    const exited = once(child, 'exit')
    let deliverFromMs = 0
    let deliverToMs = 0
    let last = ''
    for await (const line of createInterface({ input: child.stdout })) {
      last = line
      const event = JSON.parse(line) as WorkflowEvent
      if (event.type === 'step' && event.step === 'deliver') deliverFromMs = performance.now()
      if (event.type === 'step' && event.step === 'settle') deliverToMs = performance.now()
    }
    await exited
    const summary = JSON.parse(last) as RunSummary
    if (summary.problem !== null) throw new Error(`The measured run failed: ${last}`)
    return {
      summary,
      wallMs: performance.now() - startedAtMs,
      deliverMs: deliverToMs - deliverFromMs,
      usage: meter.stop(),
    }
  }

  /** The emulator's control API. */
  async control(path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(
      `${this.credentials.url}/_emulator/${path}`,
      body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
    )
    return (await response.json()) as Record<string, unknown>
  }

  async close(): Promise<void> {
    const exited = once(this.#emulator, 'exit')
    this.#emulator.stdin?.end()
    await exited
    await rm(this.dir, { recursive: true, force: true })
  }
}
