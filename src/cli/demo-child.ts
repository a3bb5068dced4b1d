import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { asProblem, Problem } from '../problem.ts'
import type { WorkflowEvent } from '../sync/report.ts'
import { binPath } from './context.ts'
import type { EmulatedAccount } from './demo-project.ts'

type Env = Record<string, string | undefined>

/** A command of the same binary that has ended. */
export interface Ended {
  exitCode: number
  /** What it printed as JSON: the whole of its stdout, or the last line where the lines before are events. */
  document: unknown
}

/** The demo's own processes. They end with the demo, however it ends. */
export interface Children {
  /** Runs `deskside <args> --json`; with `onEvent`, its events go there as they come. */
  deskside(args: readonly string[], onEvent?: (event: WorkflowEvent) => void): Promise<Ended>
  /** Runs `deskside <args>` writing straight to our own output. */
  shown(args: readonly string[]): Promise<number>
  /** Starts the emulator and resolves when it serves. */
  emulator(seed: number): Promise<EmulatedAccount>
  isInterrupted(): boolean
  dispose(): Promise<void>
}

/** Events have a type; the summary that ends them has none. */
function isEvent(document: unknown): document is WorkflowEvent {
  return typeof document === 'object' && document !== null && 'type' in document
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

/** Prepares for children. A Ctrl-C is passed on to the command that runs, so that it stops as it would without the demo. */
export function openChildren(env: Env): Children {
  const alive = new Set<ChildProcess>()
  let current: ChildProcess | null = null
  let interrupted = false
  const start = (args: readonly string[], stdio: ('ignore' | 'pipe' | 'inherit')[], detached = false) => {
    const child = spawn(binPath, args, { stdio, detached, env: env as NodeJS.ProcessEnv })
    alive.add(child)
    child.once('close', () => alive.delete(child))
    child.once('error', () => alive.delete(child))
    return child
  }
  const passOn = (signal: NodeJS.Signals) => {
    interrupted = true
    if (current === null) process.exit(1)
    current.kill(signal)
  }
  const killAll = () => {
    for (const child of alive) child.kill('SIGKILL')
  }
  process.on('SIGINT', passOn)
  process.on('SIGTERM', passOn)
  process.on('exit', killAll)
  const foreground = async (child: ChildProcess): Promise<number> => {
    current = child
    try {
      return await ended(child)
    } finally {
      current = null
    }
  }
  return {
    async deskside(args, onEvent) {
      const child = start([...args, '--json'], ['ignore', 'pipe', 'inherit'])
      if (onEvent === undefined) {
        let text = ''
        child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        const exitCode = await foreground(child)
        return { exitCode, document: text === '' ? null : JSON.parse(text) }
      }
      let document: unknown = null
      createInterface({ input: child.stdout! }).on('line', (line) => {
        document = JSON.parse(line)
        if (isEvent(document)) onEvent(document)
      })
      const exitCode = await foreground(child)
      return { exitCode, document }
    },
    shown: (args) => foreground(start(args, ['ignore', 'inherit', 'inherit'])),
    emulator: (seed) =>
      startEmulator(
        start(
          ['emulator', '--port', '0', '--seed', String(seed), '--until-stdin-ends', '--json'],
          ['pipe', 'pipe', 'inherit'],
          true,
        ),
      ),
    isInterrupted: () => interrupted,
    async dispose() {
      process.off('SIGINT', passOn)
      process.off('SIGTERM', passOn)
      const endings = [...alive].map((child) => ended(child))
      for (const child of alive) child.kill('SIGTERM')
      await Promise.all(endings)
      process.off('exit', killAll)
    },
  }
}

/**
 * The emulator has a process group of its own, so that a Ctrl-C does not take it away from a run that is settling its jobs; it ends when its
 * stdin does, so that it cannot outlive a demo that was killed.
 */
async function startEmulator(child: ChildProcess): Promise<EmulatedAccount> {
  const line = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve)
    child.once('error', reject)
    child.once('close', (code) =>
      reject(
        new Problem('internal.bug', { message: `The emulator ended with exit code ${code} before it was ready.` }),
      ),
    )
  })
  const document: unknown = JSON.parse(await line)
  if (typeof document === 'object' && document !== null && 'problem' in document) {
    const { message } = asProblem(document.problem)
    throw new Problem('internal.bug', { message: `The emulator did not start: ${message}` })
  }
  return document as EmulatedAccount
}
