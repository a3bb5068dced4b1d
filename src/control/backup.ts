import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { OwnApp } from '../app.ts'
import { Problem } from '../problem.ts'
import { readEnvFile } from '../project/env-file.ts'
import { loadProject } from '../project/load.ts'
import { projectFileName } from '../project/project-file.ts'
import { uploadsFolder } from '../project/uploads.ts'
import { expandVariables } from '../project/variables.ts'
import type { Store } from '../store/store.ts'

/**
 * A backup is a folder: `state/` (ledger and plans), `store.jsonl` (the control store), `project/` (deskside.yml and its SQL files), maybe
 * `uploads/` (files that people have uploaded as tables) and `secret.key`, and `manifest.json`, which names each with size and digest and is written last: a folder without it is no backup.
 */
const manifestName = 'manifest.json'

const keyName = 'secret.key'

/** Grows with the layout of the folder. */
const format = 2

/** Of a backup without uploads, which releases before them can restore too. */
const formatWithoutUploads = 1

const manifestForm = z.object({
  format: z.int(),
  deskside: z.string(),
  made_at: z.iso.datetime(),
  with_key: z.boolean(),
  files: z.array(z.object({ path: z.string(), bytes: z.int().nonnegative(), sha256: z.string().length(64) })),
})

/** What a backup holds; also what the commands print. */
export type Manifest = z.infer<typeof manifestForm>

/** What is backed up, and how it is reached. */
export interface BackupSource {
  projectDir: string
  /** Where variables of deskside.yml outside its credentials come from, beside `.env`. */
  env: NodeJS.ProcessEnv
  app: Pick<OwnApp, 'copyState' | 'reading'>
  /** Null: the project has no control store. */
  store: Pick<Store, 'dump'> | null
  /** The key file, when the backup is to hold it. */
  keyFile: string | null
  /** Release that makes it. */
  version: string
  now: () => Date
}

/**
 * Makes a backup in a new or empty folder. The control store is read before the ledger: where headers lag behind, the ledger wins. Throws
 * `project.not_empty`; what an interrupted backup leaves has no manifest and is never taken for one.
 */
export async function backUp(source: BackupSource, dir: string): Promise<Manifest> {
  const { projectDir, env, store, keyFile, version, now } = source
  const madeAt = now()
  await takeFolder(dir, 'A backup is made in a new folder')
  let uploads: string[] = []
  // Among what reads tables, so that a file which is replaced meanwhile stays until it is copied.
  await source.app.reading(async () => {
    if (store === null) return
    await writeLines(join(dir, 'store.jsonl'), store.dump())
    uploads = await uploadedFiles(projectDir)
    for (const file of uploads) await copyUpload(projectDir, file, dir)
  })
  await source.app.copyState(join(dir, 'state'))
  for (const file of await projectFiles(projectDir, env))
    await copyInto(join(projectDir, file), join(dir, 'project', file))
  if (keyFile !== null) await copyInto(keyFile, join(dir, keyName))
  const paths = await filesBelow(dir)
  const files: Manifest['files'] = []
  for (const path of paths) {
    await flush(join(dir, path))
    files.push({ path, ...(await measured(join(dir, path))) })
  }
  const manifest = {
    format: uploads.length === 0 ? formatWithoutUploads : format,
    ...{ deskside: version, made_at: madeAt.toISOString(), with_key: keyFile !== null, files },
  }
  const temporary = join(dir, `${manifestName}.tmp`)
  await writeFile(temporary, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
  await rename(temporary, join(dir, manifestName))
  return manifest
}

/** The file of the key. Throws `usage.invalid` when the key is in no file of the project. */
export function keyFileOf(projectDir: string, env: NodeJS.ProcessEnv): string {
  const path = join(projectDir, '.deskside', keyName)
  if (env.DESKSIDE_SECRET_KEY === undefined && existsSync(path)) return path
  const where = env.DESKSIDE_SECRET_KEY === undefined ? 'has none yet' : 'has it from DESKSIDE_SECRET_KEY'
  throw new Problem('usage.invalid', {
    message: `The project has no file of the key that a backup could hold: it ${where}.`,
    fix: 'Leave --with-key out, and keep the key where it is.',
  })
}

/** Reads every byte of a backup. Throws `backup.broken` with what is wrong, `project.newer`. */
export async function verifyBackup(dir: string): Promise<Manifest> {
  const manifest = await readManifest(dir)
  const there = (await filesBelow(dir)).filter((path) => path !== manifestName)
  const named = new Set(manifest.files.map(({ path }) => path))
  const wrong: string[] = there.filter((path) => !named.has(path)).map((path) => `${path} is not of it`)
  for (const { path, bytes, sha256 } of manifest.files) {
    if (!there.includes(path)) wrong.push(`${path} is missing`)
    else {
      const found = await measured(join(dir, path))
      if (found.bytes !== bytes) wrong.push(`${path} has ${found.bytes} bytes in place of ${bytes}`)
      else if (found.sha256 !== sha256) wrong.push(`${path} was changed`)
    }
  }
  if (wrong.length > 0) throw broken(dir, `${wrong.join('; ')}.`, { files: wrong })
  return manifest
}

/**
 * Restores a verified backup into a new or empty folder and an empty control store, all or nothing: after a problem the folder is empty
 * again. `openStore` opens the control store of the folder and is called only for a backup that has one. deskside.yml comes last, so that
 * nothing works in what a killed restore has left. Throws `backup.broken`, `store.not_empty`, `project.newer`.
 */
export async function restoreBackup(
  dir: string,
  into: string,
  openStore: (projectDir: string) => Promise<Pick<Store, 'restore' | 'close'>>,
): Promise<Manifest> {
  const manifest = await verifyBackup(dir)
  const state = join(into, '.deskside')
  await takeFolder(into, 'A backup is restored into a new folder')
  try {
    await mkdir(state, { mode: 0o700 })
    await writeFile(join(state, '.gitignore'), '*\n')
    const last = join('project', projectFileName)
    for (const { path } of manifest.files.filter((file) => file.path !== last)) {
      const [top = '', ...rest] = path.split('/')
      if (top === 'state' || top === uploadsFolder)
        await copyInto(join(dir, path), join(state, ...(top === 'state' ? rest : [top, ...rest])))
      else if (top === 'project') await copyInto(join(dir, path), join(into, ...rest), 0o644)
      else if (top === keyName) await copyInto(join(dir, path), join(state, keyName))
    }
    if (manifest.files.some(({ path }) => path === 'store.jsonl')) {
      const store = await openStore(into)
      try {
        await store.restore(readLines(join(dir, 'store.jsonl')))
      } finally {
        await store.close()
      }
    }
    await copyInto(join(dir, last), join(into, projectFileName), 0o644)
  } catch (error) {
    for (const name of await readdir(into)) await rm(join(into, name), { recursive: true, force: true })
    throw error
  }
  return manifest
}

async function readManifest(dir: string): Promise<Manifest> {
  const text = await readFile(join(dir, manifestName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    throw broken(dir, 'it has no manifest: this is no backup, or one that was interrupted.')
  })
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw broken(dir, 'its manifest is no JSON.')
  }
  const version = (document as { format?: unknown } | null)?.format
  if (typeof version === 'number' && version > format) {
    throw new Problem('project.newer', {
      message: `The backup has format ${version}; this release knows formats up to ${format}.`,
    })
  }
  const parsed = manifestForm.safeParse(document)
  if (!parsed.success || !parsed.data.files.every(({ path }) => isInside(path))) {
    throw broken(dir, 'its manifest is not of the form that Deskside writes.')
  }
  for (const path of ['state/ledger.duckdb', `project/${projectFileName}`]) {
    if (!parsed.data.files.some((file) => file.path === path)) throw broken(dir, `its manifest lacks ${path}.`)
  }
  return parsed.data
}

/** Whoever wrote the manifest must not choose where files go. */
function isInside(path: string): boolean {
  const plain = !isAbsolute(path) && normalize(path) === path && !path.split(/[\\/]/).includes('..')
  return (
    plain &&
    /^(?:store\.jsonl|secret\.key|state\/(?:ledger|runs\/[\w-]+)\.duckdb|uploads\/\w+\/[\w-]+\.csv|project\/.+)$/.test(
      path,
    )
  )
}

function broken(dir: string, what: string, data: { files?: string[] } = {}): Problem {
  return new Problem('backup.broken', { message: `The backup in ${dir} is not whole: ${what}`, data })
}

/** Makes the folder; throws `store.not_empty` when something is in it. */
async function takeFolder(dir: string, why: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const found = await readdir(dir)
  if (found.length > 0) {
    throw new Problem('store.not_empty', { message: `${why}, and ${dir} is not empty.`, fix: 'Name a new folder.' })
  }
}

/** deskside.yml and the SQL files that it names, relative to the folder. */
async function projectFiles(projectDir: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const project = await loadProject(projectDir, env, { allowMissingVariables: true })
  const variables = { ...(await readEnvFile(projectDir)), ...env }
  const segments = [...project.segments.values()].flatMap(({ who }) => ('sql' in who ? [who] : []))
  // Attributes tables are among the tables.
  const tables = [...project.databases.values()].flatMap((one) => one.tables).filter((table) => table.kind === 'sql')
  const named = [...project.queries.values(), ...tables, ...segments].map(({ file }) =>
    normalize(expandVariables(file, (name) => variables[name]).text),
  )
  const outside = named.filter((file) => isAbsolute(file) || file.split(sep)[0] === '..')
  if (outside.length === 0) return [projectFileName, ...new Set(named)]
  throw new Problem('config.invalid', {
    message: `These files lie outside the project, so a backup of it cannot hold them: ${outside.join(', ')}.`,
    fix: `Move them into the folder of ${projectFileName}.`,
  })
}

/** Uploaded files that have arrived whole, relative to their folder. */
async function uploadedFiles(projectDir: string): Promise<string[]> {
  const folder = join(projectDir, '.deskside', uploadsFolder)
  return existsSync(folder) ? (await filesBelow(folder)).filter((path) => path.endsWith('.csv')) : []
}

/** A file may go now that was replaced before; the store names it no more. */
async function copyUpload(projectDir: string, file: string, dir: string): Promise<void> {
  try {
    await copyInto(join(projectDir, '.deskside', uploadsFolder, file), join(dir, uploadsFolder, file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

async function copyInto(from: string, to: string, mode: 0o600 | 0o644 = 0o600): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: mode === 0o600 ? 0o700 : 0o755 })
  await copyFile(from, to)
  await chmod(to, mode)
}

async function writeLines(path: string, lines: AsyncIterable<string>): Promise<void> {
  async function* ended() {
    for await (const line of lines) yield `${line}\n`
  }
  await pipeline(Readable.from(ended()), createWriteStream(path, { mode: 0o600 }))
}

async function* readLines(path: string): AsyncIterable<string> {
  let rest = ''
  for await (const piece of createReadStream(path, 'utf8')) {
    // Only a line feed ends a line: other separators may stand in names.
    const lines = (rest + piece).split('\n')
    rest = lines.pop() as string
    yield* lines
  }
  if (rest !== '') yield rest
}

/** Paths with `/`, in order. */
async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return files
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .map((path) => path.split(sep).join('/'))
    .sort()
}

/** The manifest must not be on the disk before what it names. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function measured(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(path)) {
    hash.update(piece)
    bytes += piece.length
  }
  return { bytes, sha256: hash.digest('hex') }
}
