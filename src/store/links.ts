import type { Selectable } from 'kysely'
import type { AccessStore, Link } from './store.ts'
import type { Database, Tables } from './tables.ts'
import { toDate, toMs, toText } from './values.ts'

type LinkStore = Pick<
  AccessStore,
  'addLink' | 'link' | 'links' | 'useLink' | 'releaseLink' | 'removeLink' | 'removeLinksOf'
>

/** One-time links. */
export function linkStore(db: Database): LinkStore {
  return {
    addLink: ({ id, kind, about, createdBy, createdAt, expiresAt, usedAt, detail }) =>
      db.transaction().execute(async (tx) => {
        const same = tx.deleteFrom('links').where('kind', '=', kind).where('about', '=', about)
        await same.where('used_at', 'is', null).execute()
        const times = { created_at: toMs(createdAt), expires_at: toMs(expiresAt), used_at: toMs(usedAt) }
        await tx
          .insertInto('links')
          .values({ id, kind, about, created_by: createdBy, ...times, detail: toText(detail) })
          .execute()
      }),

    async link(id) {
      const row = await db.selectFrom('links').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : toLink(row)
    },

    async links(kind) {
      const rows = await db
        .selectFrom('links')
        .selectAll()
        .where('kind', '=', kind)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(toLink)
    },

    async useLink(id, at) {
      const row = await db
        .updateTable('links')
        .set({ used_at: toMs(at) })
        .where('id', '=', id)
        .where('used_at', 'is', null)
        .where('expires_at', '>', toMs(at))
        .returning('id')
        .executeTakeFirst()
      return row !== undefined
    },

    releaseLink: (id, detail) =>
      db.transaction().execute(async (tx) => {
        const row = await tx.selectFrom('links').select(['kind', 'about']).where('id', '=', id).executeTakeFirst()
        if (row === undefined) return
        const newer = tx.selectFrom('links').select('id').where('kind', '=', row.kind).where('about', '=', row.about)
        const isReplaced = await newer.where('used_at', 'is', null).where('id', '!=', id).executeTakeFirst()
        if (isReplaced !== undefined) await tx.deleteFrom('links').where('id', '=', id).execute()
        else {
          const change = { used_at: null, ...(detail !== undefined && { detail: toText(detail) }) }
          await tx.updateTable('links').set(change).where('id', '=', id).execute()
        }
      }),

    async removeLink(id) {
      await db.deleteFrom('links').where('id', '=', id).execute()
    },

    async removeLinksOf(kind, about) {
      await db.deleteFrom('links').where('kind', '=', kind).where('about', '=', about).execute()
    },
  }
}

function toLink(row: Selectable<Tables['links']>): Link {
  const { id, kind, about } = row
  return {
    ...{ id, kind, about, createdBy: row.created_by },
    createdAt: toDate(row.created_at),
    expiresAt: toDate(row.expires_at),
    usedAt: toDate(row.used_at),
    detail: JSON.parse(row.detail),
  }
}
