import { isDeepStrictEqual } from 'node:util'
import type { Selectable, Transaction } from 'kysely'
import type { Json } from '../problem.ts'
import { Problem } from '../problem.ts'
import { notFound } from './failures.ts'
import {
  type Definition,
  type DefinitionChange,
  type DefinitionKind,
  type DefinitionStore,
  type SecretStore,
  type VersionedKind,
  versionedKinds,
} from './store.ts'
import type { Database, Tables } from './tables.ts'
import { exclusively } from './transact.ts'
import { toDate, toText } from './values.ts'

type Key = Pick<Definition, 'kind' | 'key'>

/** Of each object; the oldest go. */
const keptVersions = 200

export function definitionStore(db: Database, now: () => Date): DefinitionStore {
  /** Definitions change one at a time, so that whatever a change reads still holds when it writes. */
  const change = <T>(work: (changer: Changer, revision: number) => Promise<T>) =>
    exclusively(db, 'definitions', async (tx, revision) => {
      const changer = new Changer(tx, now())
      const result = await work(changer, revision)
      if (changer.changes > 0) {
        await tx
          .updateTable('counters')
          .set({ value: revision + changer.changes })
          .where('name', '=', 'definitions')
          .execute()
      }
      return result
    })

  return {
    get: (kind, key) => find(db, { kind, key }),

    async list(kind) {
      let query = db.selectFrom('definitions').selectAll().orderBy('kind').orderBy('key')
      if (kind !== undefined) query = query.where('kind', '=', kind)
      return (await query.execute()).map(fromRow)
    },

    create: (definition, by) =>
      change(async (changer) => {
        if ((await changer.find(definition)) !== null) {
          const { kind, key } = definition
          throw new Problem('store.conflict', {
            message: `There is a ${kind} "${key}" already.`,
            data: { kind, key },
          })
        }
        return changer.create(definition, by)
      }),

    update: (key, body, { ifVersion, by }) =>
      change(async (changer) => {
        const found = await changer.expect(key, ifVersion)
        return changer.replace({ ...found, body }, by)
      }),

    remove: (key, { ifVersion }) =>
      change(async (changer) => {
        await changer.expect(key, ifVersion)
        await changer.remove(key)
      }),

    apply: (changes, by, ifRevision) =>
      change(async (changer, revision) => {
        if (ifRevision !== undefined && ifRevision !== revision) {
          throw new Problem('store.conflict', {
            message: 'Definitions were changed in the meantime, so none was changed now.',
            data: { revision },
          })
        }
        for (const one of changes) await changer.apply(one, by)
      }),

    async versions({ kind, key }) {
      const rows = await db
        .selectFrom('definition_history')
        .select(['source', 'version', 'updated_at', 'updated_by'])
        .where('kind', '=', kind)
        .where('key', '=', key)
        .orderBy('version', 'desc')
        .execute()
      return rows.map(({ source, version, updated_at, updated_by }) => ({
        ...{ source, version, updatedAt: toDate(updated_at), updatedBy: updated_by },
      }))
    },

    async bodyOf({ kind, key }, version) {
      const row = await db
        .selectFrom('definition_history')
        .select('body')
        .where('kind', '=', kind)
        .where('key', '=', key)
        .where('version', '=', version)
        .executeTakeFirst()
      return row === undefined ? null : JSON.parse(row.body)
    },

    async revision() {
      const row = await db.selectFrom('counters').select('value').where('name', '=', 'definitions').executeTakeFirst()
      return row?.value ?? 0
    },
  }
}

/** Changes within one transaction that no other one runs beside. */
class Changer {
  /** How many definitions were changed. */
  changes = 0
  readonly #tx: Transaction<Tables>
  readonly #at: Date

  constructor(tx: Transaction<Tables>, at: Date) {
    this.#tx = tx
    this.#at = at
  }

  find(key: Key): Promise<Definition | null> {
    return find(this.#tx, key)
  }

  /** Throws `store.not_found`, `store.conflict`. */
  async expect({ kind, key }: Key, version: number): Promise<Definition> {
    const found = await this.find({ kind, key })
    if (found === null) throw notFound(kind, key)
    if (found.version === version) return found
    throw new Problem('store.conflict', {
      message: `The ${kind} "${key}" has version ${found.version} now, not ${version}.`,
      data: { kind, key, version: found.version },
    })
  }

  async create(definition: Pick<Definition, 'kind' | 'key' | 'source' | 'body'>, by: string): Promise<Definition> {
    const { kind, key, source, body } = definition
    const version = await this.#nextVersion(definition)
    const at = this.#at
    const row = {
      ...{ kind, key, source, version, updated_by: by, body: toText(body) },
      ...{ created_at: at.getTime(), updated_at: at.getTime() },
    }
    await this.#tx.insertInto('definitions').values(row).execute()
    return await this.#changed(row)
  }

  async replace(definition: Definition, by: string): Promise<Definition> {
    const { kind, key, source, body } = definition
    const version = await this.#nextVersion(definition)
    const row = await this.#tx
      .updateTable('definitions')
      .set({ source, version, body: toText(body), updated_at: this.#at.getTime(), updated_by: by })
      .where('kind', '=', kind)
      .where('key', '=', key)
      .returningAll()
      .executeTakeFirstOrThrow()
    return await this.#changed(row)
  }

  async #changed(row: Selectable<Tables['definitions']>): Promise<Definition> {
    this.changes++
    const { created_at: _, ...version } = row
    if (isVersioned(version)) {
      await this.#tx.insertInto('definition_history').values(version).execute()
      await this.#tx
        .deleteFrom('definition_history')
        .where('kind', '=', version.kind)
        .where('key', '=', version.key)
        .where('version', '<=', version.version - keptVersions)
        .execute()
    }
    return fromRow(row)
  }

  async remove({ kind, key }: Key): Promise<void> {
    const gone = await this.#tx
      .deleteFrom('definitions')
      .where('kind', '=', kind)
      .where('key', '=', key)
      .returning('key')
      .executeTakeFirst()
    if (gone === undefined) return
    // Every name that begins with `<kind>/<key>/`: texts are ordered by bytes, and 0 follows the slash.
    await this.#tx
      .deleteFrom('secrets')
      .where('name', '>=', `${kind}/${key}/`)
      .where('name', '<', `${kind}/${key}0`)
      .execute()
    this.changes++
  }

  async apply(change: DefinitionChange, by: string): Promise<void> {
    if (change.change === 'delete') return this.remove(change)
    const found = await this.find(change)
    if (found === null) await this.create(change, by)
    else if (found.source !== change.source || !isDeepStrictEqual(found.body, asStored(change.body))) {
      await this.replace({ ...found, source: change.source, body: change.body }, by)
    }
  }

  async #nextVersion({ kind, key }: Key): Promise<number> {
    const { last_version } = await this.#tx
      .insertInto('definition_versions')
      .values({ kind, key, last_version: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['kind', 'key'])
          .doUpdateSet((eb) => ({ last_version: eb('definition_versions.last_version', '+', 1) })),
      )
      .returning('last_version')
      .executeTakeFirstOrThrow()
    return last_version
  }
}

function isVersioned<T extends { kind: DefinitionKind }>(row: T): row is T & { kind: VersionedKind } {
  return (versionedKinds as readonly DefinitionKind[]).includes(row.kind)
}

async function find(db: Database, { kind, key }: Key): Promise<Definition | null> {
  const row = await db
    .selectFrom('definitions')
    .selectAll()
    .where('kind', '=', kind)
    .where('key', '=', key)
    .executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

/** Without what JSON does not hold, such as fields that are undefined. */
function asStored(body: Definition['body']): Json {
  return JSON.parse(JSON.stringify(body))
}

function fromRow(row: Selectable<Tables['definitions']>): Definition {
  return {
    ...{ kind: row.kind, key: row.key, source: row.source, body: JSON.parse(row.body), version: row.version },
    ...{ createdAt: toDate(row.created_at), updatedAt: toDate(row.updated_at), updatedBy: row.updated_by },
  }
}

export function secretStore(db: Database, now: () => Date): SecretStore {
  return {
    async get(name) {
      const row = await db.selectFrom('secrets').select('ciphertext').where('name', '=', name).executeTakeFirst()
      return row?.ciphertext ?? null
    },

    async put(name, ciphertext) {
      const updated = { ciphertext, updated_at: now().getTime() }
      await db
        .insertInto('secrets')
        .values({ name, ...updated })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(updated))
        .execute()
    },

    async remove(name) {
      await db.deleteFrom('secrets').where('name', '=', name).execute()
    },

    async list() {
      const rows = await db.selectFrom('secrets').selectAll().orderBy('name').execute()
      return rows.map(({ name, ciphertext, updated_at }) => ({ name, ciphertext, updatedAt: toDate(updated_at) }))
    },

    async names(kind) {
      const rows = await db
        .selectFrom('secrets')
        .select('name')
        .where('name', '>=', `${kind}/`)
        .where('name', '<', `${kind}0`)
        .orderBy('name')
        .execute()
      return rows.map(({ name }) => name)
    },

    replaceAll: (secrets) =>
      db.transaction().execute(async (tx) => {
        // In one order, so that two of these wait for each other instead of both for the other.
        for (const { name, ciphertext } of [...secrets].sort((a, b) => (a.name < b.name ? -1 : 1))) {
          // One that was removed in the meantime stays away.
          await tx
            .updateTable('secrets')
            .set({ ciphertext, updated_at: now().getTime() })
            .where('name', '=', name)
            .execute()
        }
      }),
  }
}
