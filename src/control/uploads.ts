import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type Actor, actorId } from '../access/authorize.ts'
import type { OwnApp } from '../app.ts'
import type { Engine } from '../engine/engine.ts'
import { type Json, Problem } from '../problem.ts'
import { databaseAmong, databaseNamed, fullName, isSameTable, keyOfTable, tableOfKey } from '../project/databases.ts'
import { columnTypes } from '../project/schema.ts'
import { uploadName, uploadPath } from '../project/uploads.ts'
import type { Definition, Store } from '../store/store.ts'
import { Turns } from '../turns.ts'
import type { Catalog } from './catalog.ts'
import type { Defined, NewUpload, Tables } from './control.ts'
import { assertOurs, assertVersion, type StoredDefinitions } from './definitions.ts'
import type { Gate } from './gate.ts'
import type { Reach } from './reach.ts'
import { shownTable } from './shown-table.ts'
import type { TableReaders } from './table-readers.ts'
import { type Checked, checkFile } from './upload-check.ts'
import { type Content, type Received, receive } from './upload-file.ts'
import { claimUploads, flushFolder, removeIfEmpty } from './upload-folder.ts'

export interface UploadParts {
  projectDir: string
  store: Pick<Store, 'definitions' | 'columnTags' | 'meta'>
  catalog: Catalog
  gate: Gate
  reach: Reach
  app: Pick<OwnApp, 'table' | 'readersEnded'>
  engine: Pick<Engine, 'bind' | 'figures'>
  readers: TableReaders
  definitions: Pick<StoredDefinitions, 'shown'>
  /** Largest file that is taken. */
  mostBytes: number
  now: () => Date
  onChange: () => void
  /** An old file could not be removed; it goes with the next start. */
  onProblem: (error: unknown, about: string) => void
}

const tableKey = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

const labels = z.object({
  name: z.string().min(1).max(1_000).optional(),
  description: z.string().max(10_000).optional(),
})

/** What the check of a file found, beside its definition. */
interface Uploaded extends Checked {
  [key: string]: Json
  bytes: number
  sha256: string
}

/** Tables as people look at them, and files that people make tables of. */
export class ControlTables implements Tables {
  readonly #parts: UploadParts
  /** One file is checked and stored after the other: a check takes the memory of a query. */
  readonly #storing = new Turns()

  constructor(parts: UploadParts) {
    this.#parts = parts
  }

  async look(actor: Actor, key: string, request: { refresh: boolean }): ReturnType<Tables['look']> {
    const { gate, catalog, app } = this.#parts
    await gate.pass(actor, 'project:read', `table/${key}`)
    const table = catalog.get('table', key)
    return await shownTable(gate, actor, await app.table(fullName(tableOfKey(table.key)), request))
  }

  async upload(actor: Actor, upload: NewUpload, content: Content): Promise<Defined> {
    const { gate, catalog, store } = this.#parts
    const { key: table, database = null, types = 'text', ...about } = upload
    await gate.permit(actor, 'table:upload', 'table')
    assertTableKey(table)
    const key = keyOfTable({ database: databaseAmong(catalog.databases(), database), table })
    await gate.permit(actor, 'table:upload', `table/${key}`, await this.#lacking(actor, key))
    assertFree(catalog, key)
    const parsed = labels.safeParse(about)
    if (!parsed.success) throw invalid(parsed.error.issues)
    const body = { types: typesFrom(types), ...parsed.data }
    await gate.note({ actor, action: 'table:upload', object: `table/${key}`, allowed: true }, { change: 'create' })
    return await this.#taken(key, content, body, async (stored) => {
      // Somebody may have made one while the file arrived.
      assertFree(catalog, key)
      await this.#forgetTags(actor, key)
      await store.definitions.create({ kind: 'table', key, source: 'ui', body: stored }, actorId(actor))
      return null
    })
  }

  async replace(
    actor: Actor,
    key: string,
    { ifVersion, types }: { ifVersion: number; types?: Json },
    content: Content,
  ): Promise<Defined> {
    const { gate, catalog, store, readers } = this.#parts
    await gate.permit(actor, 'table:upload', `table/${key}`)
    const before = catalog.get('table', key)
    assertOurs(before)
    await gate.permit(actor, 'table:upload', `table/${key}`, await this.#lacking(actor, before.key))
    assertVersion(before, ifVersion)
    const body = { ...before.body, ...(types !== undefined && { types: typesFrom(types) }) }
    await gate.note({ actor, action: 'table:upload', object: `table/${key}`, allowed: true }, { change: 'replace' })
    return await this.#taken(before.key, content, body, async (stored, { columns }) => {
      const users = await readers.of(tableOfKey(before.key))
      const kept = new Set(columns.map((column) => column.toLowerCase()))
      const lost = columnsOf(before).filter((column) => !kept.has(column.toLowerCase()))
      if (users.length > 0 && lost.length > 0) throw lacksColumns(lost, users)
      await store.definitions.update({ kind: 'table', key: before.key }, stored, { ifVersion, by: actorId(actor) })
      return before
    })
  }

  async remove(actor: Actor, key: string, ifVersion: number): Promise<void> {
    const { gate, catalog, store, readers, onChange } = this.#parts
    await gate.permit(actor, 'table:upload', `table/${key}`)
    const before = catalog.get('table', key)
    assertOurs(before)
    assertVersion(before, ifVersion)
    await this.#storing.run({ work: `table ${key}` }, async () => {
      const users = await readers.of(tableOfKey(before.key))
      if (users.length > 0) {
        throw new Problem('definition.in_use', {
          message: `The table ${key} is used by ${users.join(', ')}.`,
          data: { used_by: users },
        })
      }
      await gate.note({ actor, action: 'table:upload', object: `table/${key}`, allowed: true }, { change: 'delete' })
      await this.#forgetTags(actor, before.key)
      await store.definitions.remove({ kind: 'table', key: before.key }, { ifVersion })
      await catalog.refresh()
    })
    onChange()
    this.#retire(before)
  }

  /** Receives a file, checks it, and stores what defines it; after a problem nothing of it is left. */
  async #taken(
    key: string,
    content: Content,
    { path: _path, uploaded: _before, ...body }: Definition['body'],
    store: (body: Definition['body'], uploaded: Uploaded) => Promise<Definition | null>,
  ): Promise<Defined> {
    const { projectDir, catalog, engine, mostBytes, now, definitions, onChange } = this.#parts
    const path = uploadPath(key, uploadName(now()))
    const file = join(projectDir, path)
    const part = `${file}.part`
    let isStored = false
    await claimUploads(projectDir, this.#parts.store)
    try {
      const received: Received = await receive(content, part, mostBytes)
      return await this.#storing.run({ work: `table ${key}` }, async () => {
        const types = body.types as 'text' | Record<string, string>
        const uploaded = {
          ...received,
          ...(await checkFile(
            { engine, database: databaseNamed(catalog.project(), tableOfKey(key).database) },
            { path: part, types },
          )),
        }
        const stored = { path, ...body, uploaded }
        catalog.projectWith([{ kind: 'table', key, body: stored }])
        await rename(part, file)
        await flushFolder(dirname(file))
        const before = await store(stored, uploaded)
        isStored = true
        await catalog.refresh()
        onChange()
        if (before !== null) this.#retire(before)
        return await definitions.shown('table', key)
      })
    } finally {
      if (!isStored) {
        for (const one of [part, file]) await rm(one, { force: true })
        await removeIfEmpty(dirname(file))
      }
    }
  }

  /** What was said of the columns of a table is not to hold for another one that is called so one day. */
  async #forgetTags(actor: Actor, table: string): Promise<void> {
    const { columnTags } = this.#parts.store
    const tags = (await columnTags.list()).filter((tag) => tag.table.toLowerCase() === table.toLowerCase())
    for (const [name, found] of Map.groupBy(tags, (tag) => tag.table))
      await columnTags.set(name, Object.fromEntries(found.map(({ column }) => [column, null])), actorId(actor))
  }

  /** Whoever changes what is read changes what is sent. */
  async #lacking(actor: Actor, key: string) {
    const { readers, reach } = this.#parts
    return reach.lackingToSendAll(actor, await readers.orchestrationsOf(`table/${key}`))
  }

  /** Removes the file of a definition that was, when nothing reads it any more. */
  #retire({ key, body }: Definition): void {
    const { app, projectDir, onProblem } = this.#parts
    const file = join(projectDir, String(body.path))
    const remove = async () => {
      await app.readersEnded()
      await rm(file, { force: true })
      await removeIfEmpty(dirname(file))
    }
    remove().catch((error: unknown) => onProblem(error, `table/${key}`))
  }
}

function columnsOf({ body }: Definition): string[] {
  return (body.uploaded as { columns?: string[] } | undefined)?.columns ?? []
}

function lacksColumns(lost: readonly string[], users: readonly string[]): Problem {
  return new Problem('upload.refused', {
    message: `The file lacks ${lost.join(', ')}, and the table is used by ${users.join(', ')}.`,
    fix: 'Upload a file with the columns that the table has, or change what uses it first.',
    data: { columns: [...lost], used_by: [...users] },
  })
}

/** As in deskside.yml: `text`, or a type for each column that is named; the others are told from their values then. */
function typesFrom(types: Json): Json {
  const parsed = columnTypes.safeParse(types)
  if (parsed.success) return parsed.data
  throw invalid(parsed.error.issues.map((issue) => ({ ...issue, path: ['types', ...issue.path] })))
}

function invalid(issues: readonly { path: readonly PropertyKey[]; message: string }[]): Problem {
  const problems = issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  const listed = problems.map(({ path, message }) => `${path}: ${message}`).join('; ')
  return new Problem('definition.invalid', { message: `The table is not valid: ${listed}.`, data: { problems } })
}

function assertTableKey(key: string): void {
  if (tableKey.test(key)) return
  throw new Problem('definition.invalid', {
    message: 'The key of a table must start with a letter or _ and go on with letters, digits or _, at most 64 in all.',
    data: { problems: [{ path: 'key', message: 'is no legal name of a table' }] },
  })
}

/** Throws `store.conflict`. */
function assertFree(catalog: Catalog, key: string): void {
  const name = tableOfKey(key)
  const found = catalog.all().find((one) => {
    const taken = catalog.tableNameOf(one)
    return taken !== null && isSameTable(taken, name)
  })
  if (found === undefined) return
  const { kind, source } = found
  throw new Problem('store.conflict', {
    message:
      source === 'git'
        ? `deskside.yml has the table ${found.key} already.`
        : `There is a table ${found.key} already; upper and lower case are the same.`,
    fix: source === 'git' || kind !== 'table' ? 'Choose another key.' : 'Choose another key, or replace its content.',
    data: { kind, key: found.key },
  })
}
