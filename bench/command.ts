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
  /** Lines of stdout that were counted and not kept. */
  countedLines: number
  stderr: TimedLine[]
  usage: Usage
}

export interface CommandOptions {
  env?: Record<string, string>
  /** What becomes of lines of stdout: they are kept, or counted only. */
  stdout?: 'keep' | 'count'
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
  { env = {}, stdout = 'keep', onLine }: CommandOptions = {},
): Promise<MeasuredCommand> {
  const startedAtMs = performance.now()
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const meter = meterProcess(child.pid ?? 0)
  // Whoever ends the benchmark ends what it measures.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  // `close` comes when the streams have ended, too.
  const exited = once(child, 'close') as Promise<[number | null]>
  let countedLines = 0
  if (stdout === 'count')
    child.stdout.on('data', (piece: Buffer) => {
      countedLines += newlines(piece)
    })
  const [out, err] = await Promise.all([
    stdout === 'count' ? [] : linesOf(child.stdout, startedAtMs, (text) => onLine?.(text, child)),
    linesOf(child.stderr, startedAtMs),
  ])
  const [exitCode] = await exited
  const wallMs = performance.now() - startedAtMs
  process.off('exit', kill)
  return { exitCode, wallMs, stdout: out, countedLines, stderr: err, usage: meter.stop() }
}

function newlines(piece: Buffer): number {
  let count = 0
  for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) count += 1
  return count
}

async function linesOf(
  stream: Readable,
  startedAtMs: number,
  onLine: (text: string) => void = () => {},
): Promise<TimedLine[]> {
  const lines: TimedLine[] = []
  for await (const text of createInterface({ input: stream })) {
    lines.push({ text, atMs: performance.now() - startedAtMs })
    onLine(text)
  }
  return lines
}
