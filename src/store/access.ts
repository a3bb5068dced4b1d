import type { Selectable } from 'kysely'
import { notFound } from './failures.ts'
import { linkStore } from './links.ts'
import type { AccessStore, Answered, ApiKey } from './store.ts'
import type { Database, Tables } from './tables.ts'
import { userStore } from './users.ts'
import { toDate, toMs, toText } from './values.ts'

const usedKeyEveryMs = 60_000

export function accessStore(db: Database): AccessStore {
  return { ...userStore(db), ...linkStore(db), ...keyStore(db), ...answerStore(db), prune: (at) => prune(db, at) }
}

function keyStore(db: Database): Pick<AccessStore, 'addKey' | 'keys' | 'key' | 'usedKey' | 'removeKey'> {
  const fromRow = (row: Selectable<Tables['api_keys']>): ApiKey => ({
    ...{ id: row.id, name: row.name, user: row.user_id, hash: row.hash, scopes: JSON.parse(row.scopes) },
    createdAt: toDate(row.created_at),
    expiresAt: toDate(row.expires_at),
    lastUsedAt: toDate(row.last_used_at),
  })
  return {
    async addKey({ id, name, user, hash, scopes, createdAt, expiresAt, lastUsedAt }) {
      await db
        .insertInto('api_keys')
        .values({
          ...{ id, name, user_id: user, hash, scopes: toText(scopes), created_at: toMs(createdAt) },
          ...{ expires_at: toMs(expiresAt), last_used_at: toMs(lastUsedAt) },
        })
        .execute()
    },

    async keys() {
      const rows = await db.selectFrom('api_keys').selectAll().orderBy('created_at', 'desc').orderBy('id').execute()
      return rows.map(fromRow)
    },

    async key(id) {
      const row = await db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : fromRow(row)
    },

    async usedKey(id, at) {
      await db
        .updateTable('api_keys')
        .set({ last_used_at: toMs(at) })
        .where('id', '=', id)
        .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', at.getTime() - usedKeyEveryMs)]))
        .execute()
    },

    async removeKey(id) {
      const row = await db.deleteFrom('api_keys').where('id', '=', id).returning('id').executeTakeFirst()
      if (row === undefined) throw notFound('key', id)
    },
  }
}

function answerStore(db: Database): Pick<AccessStore, 'beginAnswer' | 'endAnswer'> {
  return {
    async beginAnswer(answer): Promise<Answered | null> {
      const { actor, key, request, status, body, at } = answer
      // Until one of both holds: the key was free and is taken now, or what is under it can be read.
      for (;;) {
        const taken = await db
          .insertInto('answers')
          .values({ actor, key, request, status, body, at: toMs(at) })
          .onConflict((conflict) => conflict.columns(['actor', 'key']).doNothing())
          .returning('key')
          .executeTakeFirst()
        if (taken !== undefined) return null
        const found = await db
          .selectFrom('answers')
          .selectAll()
          .where('actor', '=', actor)
          .where('key', '=', key)
          .executeTakeFirst()
        if (found !== undefined) return { ...found, at: toDate(found.at) }
      }
    },

    async endAnswer(actor, key, end) {
      if (end === null) {
        await db.deleteFrom('answers').where('actor', '=', actor).where('key', '=', key).execute()
        return
      }
      const { status, body } = end
      await db.updateTable('answers').set({ status, body }).where('actor', '=', actor).where('key', '=', key).execute()
    },
  }
}

async function prune(db: Database, before: Date): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<', toMs(before)).execute()
  await db.deleteFrom('links').where('expires_at', '<', toMs(before)).execute()
  await db.deleteFrom('answers').where('at', '<', toMs(before)).execute()
}
