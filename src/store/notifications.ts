import type { Selectable } from 'kysely'
import { notFound } from './failures.ts'
import type { Dispatch, Notification, NotificationStore } from './store.ts'
import type { Database, Tables } from './tables.ts'
import { exclusively } from './transact.ts'
import { pageRows, toDate, toMs, toPage } from './values.ts'

const unsettled = ['pending', 'sending'] as const

export function notificationStore(db: Database): NotificationStore {
  return {
    add: (notification, dispatches) => db.transaction().execute((tx) => add(tx, notification, dispatches)),

    async list({ unread = false, ...page }) {
      let query = db.selectFrom('notifications').selectAll()
      if (unread) query = query.where('read_at', 'is', null)
      const rows = await pageRows(query, 'at', page)
      return toPage(rows, page.limit, (row) => row.at, fromNotificationRow)
    },

    async unread() {
      const { found } = await db
        .selectFrom('notifications')
        .select((eb) => eb.fn.countAll<number>().as('found'))
        .where('read_at', 'is', null)
        .executeTakeFirstOrThrow()
      return found
    },

    async markRead(ids, at) {
      if (ids.length === 0) return
      let query = db
        .updateTable('notifications')
        .set({ read_at: toMs(at) })
        .where('read_at', 'is', null)
      if (ids !== 'all') query = query.where('id', 'in', ids)
      await query.execute()
    },

    claim: (at, limit) => claim(db, at, limit),

    async nextAt() {
      const row = await db
        .selectFrom('dispatches')
        .select('next_at')
        .where('state', '=', 'pending')
        .orderBy('next_at')
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? null : toDate(row.next_at)
    },

    async settle(id, { state, nextAt, lastError, sentAt }) {
      const row = await db
        .updateTable('dispatches')
        .set({ state, next_at: toMs(nextAt), last_error: lastError, sent_at: toMs(sentAt) })
        .where('id', '=', id)
        .returning('id')
        .executeTakeFirst()
      if (row === undefined) throw notFound('dispatch', id)
    },

    release: () =>
      exclusively(db, 'dispatches', async (tx) => {
        await tx.updateTable('dispatches').set({ state: 'pending' }).where('state', '=', 'sending').execute()
      }),

    async dispatches({ notification, state }, page) {
      let query = db.selectFrom('dispatches').selectAll()
      if (notification !== undefined) query = query.where('notification', '=', notification)
      if (state !== undefined) query = query.where('state', '=', state)
      const rows = await pageRows(query, 'at', page)
      return toPage(rows, page.limit, (row) => row.at, fromDispatchRow)
    },

    prune: (before) =>
      exclusively(db, 'dispatches', async (tx) => {
        // What is still to be sent stays, and its dispatches go with the others.
        await tx
          .deleteFrom('notifications')
          .where('at', '<', toMs(before))
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('dispatches')
                  .select('dispatches.id')
                  .whereRef('notification', '=', 'notifications.id')
                  .where('dispatches.state', 'in', unsettled),
              ),
            ),
          )
          .execute()
      }),
  }
}

async function add(tx: Database, notification: Notification, dispatches: readonly Dispatch[]): Promise<boolean> {
  const { id, about, event, severity, orchestration, workflow, title, text, link, at, readAt } = notification
  const added = await tx
    .insertInto('notifications')
    .values({
      ...{ id, about, event, severity, orchestration, workflow, title, text, link },
      ...{ at: toMs(at), read_at: toMs(readAt) },
    })
    .onConflict((conflict) => conflict.column('about').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (added === undefined) return false
  for (const { id, notification, channel, target, state, attempts, nextAt, lastError, sentAt } of dispatches) {
    await tx
      .insertInto('dispatches')
      .values({
        ...{ id, notification, at: toMs(at), channel, target, state, attempts },
        ...{ next_at: toMs(nextAt), last_error: lastError, sent_at: toMs(sentAt) },
      })
      .execute()
  }
  return true
}

async function claim(db: Database, at: Date, limit: number): Promise<(Dispatch & { about: Notification })[]> {
  const due = (from: Database) =>
    from
      .selectFrom('dispatches')
      .select('id')
      .where('state', '=', 'pending')
      .where('next_at', '<=', toMs(at))
      .orderBy('next_at')
      .orderBy('id')
      .limit(limit)
      .execute()
  // Looking costs nothing: only what is due takes a lock and a write.
  if ((await due(db)).length === 0) return []
  return exclusively(db, 'dispatches', async (tx) => {
    const ids = (await due(tx)).map(({ id }) => id)
    if (ids.length === 0) return []
    await tx
      .updateTable('dispatches')
      .set((eb) => ({ state: 'sending', attempts: eb('attempts', '+', 1) }))
      .where('id', 'in', ids)
      .execute()
    const claimed = await tx
      .selectFrom('dispatches')
      .selectAll()
      .where('id', 'in', ids)
      .orderBy('next_at')
      .orderBy('id')
      .execute()
    const abouts = await tx
      .selectFrom('notifications')
      .selectAll()
      .where('id', 'in', [...new Set(claimed.map(({ notification }) => notification))])
      .execute()
    const byId = new Map(abouts.map((row) => [row.id, fromNotificationRow(row)]))
    return claimed.map((row) => ({ ...fromDispatchRow(row), about: byId.get(row.notification)! }))
  })
}

function fromNotificationRow({ at, read_at, ...row }: Selectable<Tables['notifications']>): Notification {
  return { ...row, at: toDate(at), readAt: toDate(read_at) }
}

function fromDispatchRow(row: Selectable<Tables['dispatches']>): Dispatch {
  return {
    ...{ id: row.id, notification: row.notification, channel: row.channel, target: row.target, state: row.state },
    ...{ attempts: row.attempts, nextAt: toDate(row.next_at), lastError: row.last_error, sentAt: toDate(row.sent_at) },
  }
}
