import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

/** Containers can share a folder of temporary files, and have processes of the same number. */
const prefix = `deskside-rows-${hostname().replaceAll(/[^A-Za-z0-9]/g, '')}-`

/**
 * Makes a folder among the machine's temporary files that only this user can read, for what a query needs while it runs. What processes
 * that were killed have left there is removed first.
 */
export async function makePrivateFolder(): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix) || isRunning(Number(name.slice(prefix.length).split('-')[0]))) continue
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch((error: NodeJS.ErrnoException) => {
      // That of another user stays: it is not ours to remove. And another process may be removing it, too.
      if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes(error.code ?? '')) throw error
    })
  }
  return await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
