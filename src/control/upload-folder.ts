import { open, readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { uploadsFolder } from '../project/uploads.ts'
import type { Catalog } from './catalog.ts'

/** Removes what no definition names: files that a process left which was killed, and such as were replaced before it ended. */
export async function sweepUploads(projectDir: string, catalog: Catalog): Promise<void> {
  const folder = join(projectDir, '.deskside', uploadsFolder)
  const kept = new Set(catalog.all('table').map(({ body }) => join(projectDir, String(body.path))))
  for (const key of await readdir(folder).catch(() => [])) {
    const dir = join(folder, key)
    if (!(await stat(dir)).isDirectory()) continue
    for (const name of await readdir(dir)) if (!kept.has(join(dir, name))) await rm(join(dir, name), { force: true })
    await removeIfEmpty(dir)
  }
}

/** For the folder of a table. */
export async function removeIfEmpty(dir: string): Promise<void> {
  // Somebody may be uploading into it at this moment.
  await rmdir(dir).catch(() => undefined)
}

/** A rename is on the disk when its folder is. */
export async function flushFolder(dir: string): Promise<void> {
  // Windows opens no folders, and keeps their order itself.
  if (process.platform === 'win32') return
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
