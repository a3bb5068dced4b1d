import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { meterProcess, type Usage } from './process-meter.ts'

export const deskside = join(import.meta.dirname, '..', 'bin', 'deskside')

/** A line of output, and when it came after the start. */
export interface TimedLine {
  text: string
  atMs: number
}

/** A finished command, measured from outside. */
export interface MeasuredCommand {
  exitCode: number | null
  /** From start to exit. */
  wallMs: number
  stdout: TimedLine[]
  stderr: TimedLine[]
  usage: Usage
}

export interface CommandOptions {
  env?: Record<string, string>
  /** Where stdout goes: lines that are kept, or nowhere. */
  stdout?: 'lines' | 'ignore'
  /** Sees each line of stdout as it comes. */
  onLine?: (text: string, child: ChildProcess) => void
}

/** Runs a command a user types, and measures what it and everything it started used. */
export async function measureCommand(args: readonly string[], options: CommandOptions = {}): Promise<MeasuredCommand> {
  return await measureProgram(deskside, args, options)
}

/** The same of any program. */
export async function measureProgram(
  program: string,
  args: readonly string[],
  { env = {}, stdout = 'lines', onLine }: CommandOptions = {},
): Promise<MeasuredCommand> {
  const startedAtMs = performance.now()
  const child = spawn(program, args, {
    stdio: ['ignore', stdout === 'lines' ? 'pipe' : 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  })
  const meter = meterProcess(child.pid ?? 0)
  const exited = once(child, 'exit') as Promise<[number | null]>
  const [out, err] = await Promise.all([
    linesOf(child.stdout, startedAtMs, (text) => onLine?.(text, child)),
    linesOf(child.stderr, startedAtMs),
  ])
  const [exitCode] = await exited
  const wallMs = performance.now() - startedAtMs
  return { exitCode, wallMs, stdout: out, stderr: err, usage: meter.stop() }
}

async function linesOf(
  stream: Readable | null,
  startedAtMs: number,
  onLine: (text: string) => void = () => {},
): Promise<TimedLine[]> {
  const lines: TimedLine[] = []
  if (stream === null) return lines
  for await (const text of createInterface({ input: stream })) {
    lines.push({ text, atMs: performance.now() - startedAtMs })
    onLine(text)
  }
  return lines
}
