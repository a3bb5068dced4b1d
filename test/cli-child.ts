import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { binPath } from '../src/cli/context.ts'
import type { RunSummary, WorkflowEvent } from '../src/sync/report.ts'
import type { Strike } from './faults/at-moment.ts'
import type { TimedEvent } from './hurried-run.ts'
import type { Bench } from './project-bench.ts'

/** All that a command of a test inherits. Compiled code is kept between commands, as on a machine of users. */
export const inherited: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? '',
}

export interface CliEnd {
  exitCode: number | null
  killedBy: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** Lines of stdout, each with the time at which it came. */
  events: TimedEvent[]
}

/** A `deskside ... --json` of its own process; `child.pid` is Deskside itself, because the launcher ends in `exec`. */
export interface CliChild {
  child: ChildProcess
  pid: number
  /** Resolves with the first event that fits, also when it came before; rejects when the process ends without one. */
  event(fits: (event: WorkflowEvent) => boolean): Promise<WorkflowEvent>
  ended: Promise<CliEnd>
}

const atMoment = new URL('./faults/at-moment.ts', import.meta.url).href

/** The environment of a command to which something happens at moments. */
export function struckAt(...strikes: Strike[]): Record<string, string> {
  return { NODE_OPTIONS: `--import=${atMoment}`, DESKSIDE_TEST_AT_MOMENT: JSON.stringify(strikes) }
}

export function startCli(bench: Bench, args: readonly string[], env: Record<string, string> = {}): CliChild {
  const child = spawn(binPath, [...args, '--project', bench.dir, '--json'], {
    env: { ...inherited, CLIENT_SECRET: bench.emulator.clientSecret, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const events: TimedEvent[] = []
  const waiting = new Set<() => void>()
  let stdout = ''
  let stderr = ''
  let rest = ''
  let over = false
  const look = () => {
    for (const one of waiting) one()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) events.push({ ...(JSON.parse(line) as WorkflowEvent), atMs: Date.now() })
    look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<CliEnd>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode, killedBy) => {
      over = true
      resolve({ exitCode, killedBy, stdout, stderr, events })
      look()
    })
  })
  return {
    child,
    pid: child.pid as number,
    ended,
    event: (fits) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = events.find(fits)
          if (found === undefined && !over) return
          waiting.delete(check)
          if (found === undefined) reject(new Error(`The process ended without the event.\n${stdout}\n${stderr}`))
          else resolve(found)
        }
        waiting.add(check)
        check()
      }),
  }
}

/** The last line of `run --json`. */
export function summaryOf(end: CliEnd): RunSummary {
  const last = end.stdout.trimEnd().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(last) as RunSummary
  } catch {
    throw new Error(`No summary in ${JSON.stringify(end)}`)
  }
}

/** Pids of the processes in which a command runs queries (Linux); the launcher has short-lived children of its own. */
export function queriesOf(pid: number): number[] {
  return childrenOf(pid).filter((child) => argumentsOf(child).includes('duckdb-child'))
}

/** Empty when the process is gone. */
function argumentsOf(pid: number): string {
  try {
    return readFileSync(join('/proc', String(pid), 'cmdline'), 'utf8')
  } catch {
    return ''
  }
}

/** Pids of the living children of a process (Linux). */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => parentOf(one) === pid)
}

/** Undefined when there is no such process, or only its empty shell. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(join('/proc', String(pid), 'stat'), 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? undefined : Number(parent)
  } catch {
    return undefined
  }
}

export function isAlive(pid: number): boolean {
  return parentOf(pid) !== undefined
}

/** Waits for something that another process does. */
export async function until(what: string, happens: () => boolean, limitMs = 20_000): Promise<void> {
  const startedAtMs = Date.now()
  while (!happens()) {
    if (Date.now() - startedAtMs > limitMs) throw new Error(`It never happened: ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
