import { readdirSync, readFileSync } from 'node:fs'

/** Pids of the children of this process, which are the engine's. */
export function children(): string[] {
  if (process.platform !== 'linux') return []
  const task = `/proc/${process.pid}/task`
  return readdirSync(task).flatMap((thread) =>
    readFileSync(`${task}/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  )
}
