import type { Selectable } from 'kysely'
import { Problem } from '../problem.ts'
import { notFound } from './failures.ts'
import type { AccessStore, Session, User, UserChange } from './store.ts'
import type { Database, Tables } from './tables.ts'
import { toDate, toMs, toText } from './values.ts'

const sawEveryMs = 60_000

type UserStore = Pick<
  AccessStore,
  | 'users'
  | 'user'
  | 'userByEmail'
  | 'userByIdentity'
  | 'addUser'
  | 'updateUser'
  | 'removeUser'
  | 'rehash'
  | 'sawUser'
  | 'addSession'
  | 'session'
  | 'sessionsOf'
  | 'removeSession'
  | 'removeSessionsOf'
>

/** Users and their sessions. */
export function userStore(db: Database): UserStore {
  return { ...readingUsers(db), ...changingUsers(db), ...sessionStore(db) }
}

function readingUsers(db: Database): Pick<UserStore, 'users' | 'user' | 'userByEmail' | 'userByIdentity'> {
  const all = db.selectFrom('users').selectAll()
  return {
    async users() {
      return (await all.orderBy('created_at').orderBy('id').execute()).map(toUser)
    },
    async user(id) {
      return orNull(await all.where('id', '=', id).executeTakeFirst())
    },
    async userByEmail(email) {
      return orNull(await all.where('email', '=', email).executeTakeFirst())
    },
    async userByIdentity({ issuer, subject }) {
      return orNull(await all.where('issuer', '=', issuer).where('subject', '=', subject).executeTakeFirst())
    },
  }
}

function changingUsers(db: Database): Pick<UserStore, 'addUser' | 'updateUser' | 'removeUser' | 'rehash' | 'sawUser'> {
  return {
    async addUser({ id, version, createdAt, lastSeenAt, ...fields }) {
      const at = { created_at: toMs(createdAt), last_seen_at: toMs(lastSeenAt) }
      await db
        .insertInto('users')
        .values({ id, version, ...at, ...columnsOf(fields) } as Selectable<Tables['users']>)
        .execute()
    },

    updateUser: (id, change, { ifVersion, endSessions } = {}) =>
      db.transaction().execute(async (tx) => {
        let query = tx
          .updateTable('users')
          .set((eb) => ({ ...columnsOf(change), version: eb('version', '+', 1) }))
          .where('id', '=', id)
        if (ifVersion !== undefined) query = query.where('version', '=', ifVersion)
        const row = await query.returningAll().executeTakeFirst()
        if (row === undefined) throw await unmatched(tx, id)
        if (endSessions !== undefined) {
          await tx
            .deleteFrom('sessions')
            .where('user_id', '=', id)
            .where('id', '!=', endSessions.but ?? '')
            .execute()
        }
        return toUser(row)
      }),

    removeUser: (id, { ifVersion }) =>
      db.transaction().execute(async (tx) => {
        const row = await tx
          .deleteFrom('users')
          .where('id', '=', id)
          .where('version', '=', ifVersion)
          .returning('id')
          .executeTakeFirst()
        if (row === undefined) throw await unmatched(tx, id)
        await tx.deleteFrom('api_keys').where('user_id', '=', id).execute()
        await tx.deleteFrom('links').where('kind', 'in', ['invitation', 'reset']).where('about', '=', id).execute()
      }),

    async rehash(user, was, passwordHash) {
      await db
        .updateTable('users')
        .set({ password_hash: passwordHash })
        .where('id', '=', user)
        .where('password_hash', '=', was)
        .execute()
    },

    async sawUser(id, at) {
      await db
        .updateTable('users')
        .set({ last_seen_at: toMs(at) })
        .where('id', '=', id)
        .where((eb) => eb.or([eb('last_seen_at', 'is', null), eb('last_seen_at', '<=', at.getTime() - sawEveryMs)]))
        .execute()
    },
  }
}

function sessionStore(
  db: Database,
): Pick<UserStore, 'addSession' | 'session' | 'sessionsOf' | 'removeSession' | 'removeSessionsOf'> {
  return {
    async addSession({ id, user, csrf, createdAt, expiresAt, address, agent }) {
      const times = { created_at: toMs(createdAt), expires_at: toMs(expiresAt) }
      await db
        .insertInto('sessions')
        .values({ id, user_id: user, csrf, ...times, address, agent })
        .execute()
    },

    async session(id): Promise<Session | null> {
      const row = await db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : toSession(row)
    },

    async sessionsOf(user) {
      const rows = await db
        .selectFrom('sessions')
        .selectAll()
        .where('user_id', '=', user)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(toSession)
    },

    async removeSession(id) {
      await db.deleteFrom('sessions').where('id', '=', id).execute()
    },

    async removeSessionsOf(user) {
      await db.deleteFrom('sessions').where('user_id', '=', user).execute()
    },
  }
}

async function unmatched(db: Database, id: string): Promise<Problem> {
  const row = await db.selectFrom('users').select('version').where('id', '=', id).executeTakeFirst()
  if (row === undefined) return notFound('user', id)
  return new Problem('store.conflict', {
    message: `The user was changed since: the version is ${row.version} now.`,
    data: { kind: 'user', key: id, version: row.version },
  })
}

function columnsOf({ email, name, passwordHash, state, policies, options, identity }: UserChange) {
  return {
    ...(email !== undefined && { email }),
    ...(name !== undefined && { name }),
    ...(passwordHash !== undefined && { password_hash: passwordHash ?? '' }),
    ...(state !== undefined && { state }),
    ...(policies !== undefined && { policies: toText(policies) }),
    ...(options !== undefined && { options: toText(options) }),
    ...(identity !== undefined && { issuer: identity?.issuer ?? null, subject: identity?.subject ?? null }),
  }
}

function orNull(row: Selectable<Tables['users']> | undefined): User | null {
  return row === undefined ? null : toUser(row)
}

function toUser(row: Selectable<Tables['users']>): User {
  const { id, email, name, state, issuer, subject, version } = row
  return {
    ...{ id, email, name, state, version },
    passwordHash: row.password_hash === '' ? null : row.password_hash,
    policies: JSON.parse(row.policies),
    options: JSON.parse(row.options),
    identity: issuer === null || subject === null ? null : { issuer, subject },
    createdAt: toDate(row.created_at),
    lastSeenAt: toDate(row.last_seen_at),
  }
}

function toSession(row: Selectable<Tables['sessions']>): Session {
  const { id, user_id: user, csrf, created_at, expires_at, address, agent } = row
  return { id, user, csrf, createdAt: toDate(created_at), expiresAt: toDate(expires_at), address, agent }
}
