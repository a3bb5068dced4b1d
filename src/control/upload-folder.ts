import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { uploadsFolder } from '../project/uploads.ts'
import type { Store } from '../store/store.ts'
import type { Catalog } from './catalog.ts'

/** In the folder of all uploads: which control store names the files in it. */
const ownerName = '.store'

const folderOf = (projectDir: string) => join(projectDir, '.deskside', uploadsFolder)

/**
 * Removes what no definition names: files that a process left which was killed, and such as were replaced before it ended. A server that was
 * started with another control store by mistake removes no file of this one.
 */
export async function sweepUploads(projectDir: string, catalog: Catalog, { meta }: Pick<Store, 'meta'>): Promise<void> {
  const folder = folderOf(projectDir)
  const kept = new Set(catalog.all('table').map(({ body }) => join(projectDir, String(body.path))))
  const owner = await ownerOf(folder)
  const isOurs = owner !== null && owner === (await meta.get('uploads'))
  let hasKept = false
  for (const key of await readdir(folder).catch(unless(['ENOENT'], []))) {
    const dir = join(folder, key)
    if (!(await stat(dir)).isDirectory()) continue
    for (const path of (await readdir(dir)).map((name) => join(dir, name))) {
      hasKept ||= kept.has(path)
      if (!kept.has(path) && (isOurs || path.endsWith('.part'))) await rm(path, { force: true })
    }
    await removeIfEmpty(dir)
  }
  // After a restore it is not there.
  if (hasKept) await claimUploads(projectDir, { meta })
}

/** The files of the project are named by this store, unless those of another are there already. */
export async function claimUploads(projectDir: string, { meta }: Pick<Store, 'meta'>): Promise<void> {
  const folder = folderOf(projectDir)
  if ((await ownerOf(folder)) !== null) return
  let id = await meta.get('uploads')
  if (id === null) {
    id = randomUUID()
    await meta.set('uploads', id)
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, ownerName), id, { mode: 0o600, flush: true })
}

async function ownerOf(folder: string): Promise<string | null> {
  return await readFile(join(folder, ownerName), 'utf8').catch(unless(['ENOENT', 'ENOTDIR'], null))
}

/** What comes in the place of these failures; all others are thrown. */
function unless<T>(codes: readonly string[], value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (codes.includes(error.code ?? '')) return value
    throw error
  }
}

/** For the folder of a table. */
export async function removeIfEmpty(dir: string): Promise<void> {
  // Somebody may be uploading into it at this moment.
  await rmdir(dir).catch(unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], undefined))
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
