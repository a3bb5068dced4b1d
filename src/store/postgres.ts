import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { Problem } from '../problem.ts'
import { checkTexts, missingOwner, taken } from './failures.ts'
import type { Database } from './tables.ts'

const connectTimeoutMs = 10_000
const maxConnections = 8
const int8Oid = 20

/**
 * Connects when it is first needed. Throws `config.invalid` when the URL is none of PostgreSQL; every operation throws `store.unreachable`
 * while the database does not answer, and never names the password.
 */
export function openPostgres(url: string): Database {
  const place = placeOf(url)
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'deskside',
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: {
      // Whole numbers of the store (times in ms, counts) are far below 2^53.
      getTypeParser: ((oid: number, format: 'text') =>
        oid === int8Oid ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  })
  // A connection that breaks while nobody uses it is replaced by the next operation, which says so when it cannot.
  pool.on('error', () => {})
  // One that breaks in somebody's hands says so to the query; without a listener it would end the process besides.
  pool.on('connect', (client) => client.on('error', () => {}))
  return new Kysely({ dialect: new PostgresDialect({ pool: translatedPool(pool, place) }) })
}

/** Host, port and database, as people know them. Throws `config.invalid` without the text, in which a password may stand. */
function placeOf(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new Problem('config.invalid', {
      message: 'DESKSIDE_DATABASE_URL is no URL of PostgreSQL.',
      fix: 'Write it as postgres://user:password@host:5432/database, with special characters percent-encoded.',
    })
  }
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname)
  return `${host || 'localhost'}:${url.port || '5432'}${url.pathname}`
}

function translatedPool(pool: pg.Pool, place: string): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect(): Promise<PostgresPoolClient> {
      const client = await pool.connect().catch((error: unknown) => {
        throw unreachable(place, error)
      })
      let lost = false
      const query = async (text: string, parameters: readonly unknown[]) => {
        checkTexts(parameters)
        try {
          return await client.query(text, [...parameters])
        } catch (error) {
          const problem = translate(place, error)
          lost ||= problem instanceof Problem && problem.code === 'store.unreachable'
          throw problem
        }
      }
      return {
        query: query as unknown as PostgresPoolClient['query'],
        // The pool may hear of it later than the query did, and would give it to the next one.
        release: (destroy) => client.release(destroy || lost),
      }
    },
  }
}

/** By SQLSTATE; an error without one is a lost connection, and what is none of these is a bug. */
function translate(place: string, error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return unreachable(place, error)
  switch (error.code) {
    case '23505': // unique_violation
      return taken(error)
    case '23503': // foreign_key_violation
      return missingOwner(error)
    case '53100': // disk_full
      return new Problem('project.disk_full', {
        message: `PostgreSQL at ${place} has no room left on its disk. Nothing is lost.`,
        fix: 'Make room on the disk of PostgreSQL, then run the same command to continue.',
        cause: error,
      })
    case '42501': // insufficient_privilege
      return new Problem('store.unreachable', {
        message: `PostgreSQL at ${place} refused: ${error.message}.`,
        fix: 'Make the role of DESKSIDE_DATABASE_URL the owner of its database.',
        cause: error,
      })
    case '25006': // read_only_sql_transaction
    case '57P01': // admin_shutdown
    case '57P02': // crash_shutdown
    case '57P03': // cannot_connect_now
      return unreachable(place, error)
    default:
      return error.code?.startsWith('08') ? unreachable(place, error) : error
  }
}

function unreachable(place: string, error: unknown): Problem {
  // A failed connection to each of several addresses has no text of its own.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const why = first instanceof Error ? first.message : String(first)
  return new Problem('store.unreachable', {
    message: `PostgreSQL at ${place} cannot be used: ${why}.`,
    effect: 'unknown',
    cause: error,
  })
}
