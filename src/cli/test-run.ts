import { Writable } from 'node:stream'
import type { Surroundings } from './context.ts'
import { main } from './main.ts'
import { Output, type Stream } from './output.ts'

interface Terminal {
  env?: Record<string, string>
  /** Width of a terminal; a pipe where not given. */
  columns?: number
}

/** Surroundings of a command that keep what it writes. */
export function captured(cwd: string, { env = { NO_COLOR: '1' }, columns }: Terminal = {}) {
  const text = { stdout: '', stderr: '' }
  const collect = (name: 'stdout' | 'stderr') => {
    const stream: Stream = new Writable({
      write(chunk, _encoding, done) {
        text[name] += String(chunk)
        done()
      },
    })
    return new Output(columns === undefined ? stream : Object.assign(stream, { isTTY: true, columns }))
  }
  const parts: Surroundings = { stdout: collect('stdout'), stderr: collect('stderr'), env, cwd }
  return { text, parts }
}

/** A whole command line in this process. */
export async function runCli(
  argv: readonly string[],
  cwd: string,
  terminal?: Terminal,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { text, parts } = captured(cwd, terminal)
  const exitCode = await main(argv, parts)
  return { exitCode, ...text }
}
