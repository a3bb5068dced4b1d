import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import type { PlanSummary, RunSummary } from '../src/sync/report.ts'
import { type CommandOptions, deskside, type MeasuredCommand, measureCommand } from './command.ts'

interface Credentials {
  url: string
  subdomain: string
  email: string
  api_token: string
  client_id: string
  client_secret: string
}

export interface AccountRequest {
  /** Flags of `deskside emulator`. */
  emulator: readonly string[]
  /** Settings of the destination beside plugin, credential and address. */
  destination?: Record<string, unknown>
  /** Tables of the project. */
  tables: Record<string, unknown>
  /** SQL of each query; each has an orchestration of the same name, or those that `orchestrations` names. */
  queries: Record<string, string>
  orchestrations?: readonly string[]
  /** Further top-level parts of deskside.yml, or others in place of what is said here. */
  parts?: Record<string, unknown>
  userFields?: readonly { key: string; type: string; title: string }[]
}

/** A request that the emulator remembers. */
export interface Call {
  method: string
  path: string
  status: number | null
  atMs: number
  body?: unknown
}

/** An emulated account in a process of its own, and a project that delivers to it. */
export class EmulatedAccount {
  readonly dir: string
  readonly credentials: Credentials
  readonly emulator: ChildProcess
  /** Ten million rows fill gigabytes, which must not stay behind when the benchmark is interrupted. */
  readonly #remove = () => rmSync(this.dir, { recursive: true, force: true })

  private constructor(dir: string, credentials: Credentials, emulator: ChildProcess) {
    this.dir = dir
    this.credentials = credentials
    this.emulator = emulator
    process.once('exit', this.#remove)
  }

  static async open(request: AccountRequest): Promise<EmulatedAccount> {
    const dir = await mkdtemp(join(tmpdir(), 'deskside-bench-'))
    const emulator = spawn(deskside, ['emulator', '--port', '0', '--json', '--until-stdin-ends', ...request.emulator], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface({ input: emulator.stdout }), 'line')) as [string]
    const account = new EmulatedAccount(dir, JSON.parse(line) as Credentials, emulator)
    await account.#writeProject(request)
    if (request.userFields !== undefined) await account.control('seed', { user_fields: request.userFields })
    return account
  }

  async #writeProject({ destination, tables, queries, orchestrations, parts }: AccountRequest): Promise<void> {
    const { url, subdomain, client_id } = this.credentials
    const names = Object.keys(queries)
    const sent = orchestrations ?? names
    const project = {
      name: 'bench',
      database: { tables },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of deskside.yml
      credentials: { zendesk: { type: 'zendesk_oauth', client_id, client_secret: '${CLIENT_SECRET}' } },
      destinations: { zendesk: { plugin: 'zendesk', credential: 'zendesk', subdomain, base_url: url, ...destination } },
      queries: Object.fromEntries(names.map((name) => [name, `${name}.sql`])),
      orchestrations: Object.fromEntries(sent.map((name) => [name, { query: name, destination: 'zendesk' }])),
      ...parts,
    }
    await writeFile(join(this.dir, 'deskside.yml'), stringify(project))
    for (const [name, sql] of Object.entries(queries)) await writeFile(join(this.dir, `${name}.sql`), sql)
  }

  /** Runs and measures `deskside <args>` in the project. */
  async command(args: readonly string[], options: CommandOptions = {}): Promise<MeasuredCommand> {
    const env = { CLIENT_SECRET: this.credentials.client_secret, ...options.env }
    return await measureCommand([...args, '--project', this.dir], { ...options, env })
  }

  /** `deskside plan`, which must succeed. */
  async plan(orchestration: string): Promise<MeasuredCommand & { plan: PlanSummary }> {
    const measured = await this.command(['plan', orchestration, '--json'])
    if (measured.exitCode !== 0) throw new Error(`The plan failed: ${textOf(measured)}`)
    return { ...measured, plan: JSON.parse(measured.stdout.at(-1)?.text ?? '') as PlanSummary }
  }

  /** `deskside run --json`, which must not end with a problem. */
  async run(orchestration: string, options: CommandOptions = {}): Promise<MeasuredCommand & { summary: RunSummary }> {
    const measured = await this.command(['run', orchestration, '--json'], options)
    const last = measured.stdout.at(-1)?.text
    if (last === undefined) throw new Error(`The run said nothing: ${textOf(measured)}`)
    const summary = JSON.parse(last) as RunSummary
    if (summary.problem !== null) throw new Error(`The run failed: ${last}`)
    return { ...measured, summary }
  }

  /** The emulator's control API. */
  async control(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<unknown> {
    const answer = await fetch(`${this.credentials.url}/_emulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const document: unknown = await answer.json()
    if (!answer.ok) throw new Error(`The emulator refuses ${path}: ${JSON.stringify(document)}`)
    return document
  }

  /** What the emulator was asked, oldest first; `filter` is its query string. */
  async calls(filter = ''): Promise<Call[]> {
    return ((await this.control(`calls?${filter}`)) as { calls: Call[] }).calls
  }

  async forgetCalls(): Promise<void> {
    await this.control('calls', undefined, 'DELETE')
  }

  async close(): Promise<void> {
    const exited = once(this.emulator, 'exit')
    this.emulator.stdin?.end()
    await exited
    this.#remove()
    process.off('exit', this.#remove)
  }
}

function textOf({ stdout, stderr }: MeasuredCommand): string {
  return [...stdout, ...stderr]
    .slice(-10)
    .map(({ text }) => text)
    .join('\n')
}
