import { readdirSync, readFileSync } from 'node:fs'

/** Pids of the children of a living process, on Linux; those of this one are the engine's. */
export function children(of = process.pid): string[] {
  if (process.platform !== 'linux') return []
  const task = `/proc/${of}/task`
  return readdirSync(task).flatMap((thread) =>
    readFileSync(`${task}/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  )
}
