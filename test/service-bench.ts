import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { type Actor, allActions } from '../src/access/authorize.ts'
import type { StartRequest, WorkflowView } from '../src/control/control.ts'
import { openService, type Service } from '../src/control/service.ts'
import type { Problem } from '../src/problem.ts'
import { type Bench, type BenchOptions, openBench, type SourceRow } from './project-bench.ts'

export const admin: Actor = { kind: 'user', id: 'admin', email: 'admin@example.com', may: new Set(allActions) }

export const whole: StartRequest = { sample: null, full: false, live: false, planId: null, approve: false }

/** Rows of people, each with a name and an address. */
export function peopleRows(count: number): SourceRow[] {
  return Array.from({ length: count }, (_, n) => ({ external_id: `${n}`, email: `p${n}@example.com`, name: `P${n}` }))
}

/** Sections of deskside.yml, each with its objects by key. */
export type DesksideFile = Record<string, Record<string, Record<string, unknown>>>

/** A project with its emulated account, opened as a server has it. */
export interface ServiceBench {
  project: Bench
  /** The service that is open now. */
  service: Service
  /** What a service wrote into its log. */
  problems: Problem[]
  /** Closes the service and opens it anew. */
  restart(): Promise<void>
  /** Changes deskside.yml. */
  edit(change: (file: DesksideFile) => void): Promise<void>
  /** Brings deskside.yml to the service. */
  apply(): Promise<void>
  /** Waits for the next state of a workflow in which nothing happens by itself. */
  settled(id: string): Promise<WorkflowView>
  /** Starts the orchestration `people` and waits. */
  run(request?: Partial<StartRequest>): Promise<WorkflowView>
  close(): Promise<void>
}

/** A store that was cut off is back in a moment. */
function unlessUnreachable(error: unknown): null {
  if ((error as Problem).code === 'store.unreachable') return null
  throw error
}

export async function openServiceBench(
  options: BenchOptions & { databaseUrl?: string; env?: Record<string, string>; now?: () => Date } = {},
): Promise<ServiceBench> {
  const project = await openBench(options)
  const problems: Problem[] = []
  const env = {
    CLIENT_SECRET: project.emulator.clientSecret,
    // Accounts and receivers of tests are on this machine.
    DESKSIDE_ALLOWED_HOSTS: '127.0.0.1 localhost',
    ...(options.databaseUrl === undefined ? {} : { DESKSIDE_DATABASE_URL: options.databaseUrl }),
    ...options.env,
  }
  const log = { error: (fields: { err: Problem }) => problems.push(fields.err) } as never
  const open = async () => {
    const { now } = options
    const service = await openService(project.dir, env, { log, version: '0.0.0', ...(now && { now }) })
    await service.begin()
    return service
  }
  const file = join(project.dir, 'deskside.yml')
  const bench: ServiceBench = {
    project,
    service: await open(),
    problems,
    async restart() {
      await bench.service.close(10_000)
      bench.service = await open()
    },
    async edit(change) {
      const content = parse(await readFile(file, 'utf8'))
      change(content)
      await writeFile(file, stringify(content))
    },
    async apply() {
      const { applied } = bench.service.control
      await applied.apply(admin, (await applied.preview(admin)).revision)
    },
    async settled(id) {
      const { workflows } = bench.service.control
      for (;;) {
        const view = await workflows.get(admin, id).catch(unlessUnreachable)
        if (view === null) continue
        const isAtWork = view.state === 'running' || view.state === 'stopping'
        if (!isAtWork && !(view.state === 'waiting' && view.endedAt === null)) return view
        await sleep(5)
      }
    },
    async run(request = {}) {
      const { id } = await bench.service.control.workflows.start(admin, 'people', { ...whole, ...request })
      return await bench.settled(id)
    },
    async close() {
      await bench.service.close(10_000)
      await project.close()
    },
  }
  return bench
}
