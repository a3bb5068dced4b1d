import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { binPath } from '../src/cli/context.ts'
import { inherited } from './cli-child.ts'

/** What `deskside demo --serve --json` says when it is ready. */
export interface DemoReady {
  url: string
  email: string
  password: string
  dir: string
  emulator: { url: string }
  outlet: { url: string }
  users: { role: string; email: string; password: string }[]
}

export interface Demo {
  child: ChildProcess
  ready: DemoReady
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>
}

/** A demo of its own process, which keeps its files below `folder`. */
export function spawnDemo(folder: string): ChildProcess {
  return spawn(binPath, ['demo', '--serve', '--port', '0', '--json'], {
    // The server of somebody else has nothing to do with it.
    env: { ...inherited, TMPDIR: folder, DESKSIDE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Starts a demo, and resolves when it says that it is ready. */
export async function startDemo(folder: string): Promise<Demo> {
  const child = spawnDemo(folder)
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }))
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout! }), 'line') as Promise<[string]>,
    ended.then((end) => Promise.reject(new Error(`The demo ended: ${JSON.stringify(end)}`))),
  ])
  return { child, ready: JSON.parse(line) as DemoReady, ended }
}
