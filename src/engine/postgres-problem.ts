import pg from 'pg'
import { Problem, type ProblemCode, type ProblemInit } from '../problem.ts'
import type { PostgresSource, PostgresTable } from './engine.ts'

/** What was being done when something failed. */
export interface Reading {
  source: PostgresSource
  /** Null while nothing is read yet. */
  table: PostgresTable | null
  /** What a statement may take, and how long the failed one took. */
  timeoutMs: number
  tookMs: number
  lockTimeoutMs: number
}

/** `public.customers (table customers)`. */
export function titleOf({ schema, table, name }: PostgresTable): string {
  return `${schema}.${table} (table ${name})`
}

/** A statement that the server ended by itself ended at its limit; nobody's clock is exact. */
const nearly = 0.9

const systemReasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens at its address',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'the name service does not answer',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOENT: 'its socket is not there',
  EACCES: 'its socket may not be opened',
}

/**
 * What stopped the reading of a source. Errors of the connection are told in words of ours, because theirs repeat parts of the URL; those
 * of the database are told in its own words, which know nothing of how one signs in.
 */
export function problemOfPostgres(error: unknown, reading: Reading): Problem {
  if (error instanceof Problem) return error
  const { source } = reading
  const data = { source: source.key, ...(reading.table !== null && { table: reading.table.name }) }
  const say = (code: ProblemCode, message: string, more: Partial<ProblemInit> = {}) =>
    new Problem(code, { message, data, ...more })
  const where = `The source ${source.key}`
  if (!(error instanceof pg.DatabaseError)) return say('source.unreachable', `${where}: ${connectionReason(error)}.`)
  const what = reading.table === null ? where : `${where}, ${titleOf(reading.table)}`
  const words = error.message.replace(/\.$/, '')
  switch (error.code) {
    case '28P01': // invalid_password
    case '28000': // invalid_authorization_specification
      return say('source.refused', `${where} refused to let Deskside in.`)
    case '3D000': // invalid_catalog_name
      return say('source.refused', `${where} has no database of the name that its URL gives.`, {
        fix: 'Correct the database at the end of the URL of the source.',
      })
    case '42501': // insufficient_privilege
      return say('source.refused', `${what}: ${words}.`, {
        fix: 'Give the role of the source the right to read it: GRANT USAGE ON SCHEMA ... and GRANT SELECT ON ....',
      })
    case '42P01': // undefined_table
    case '3F000': // invalid_schema_name
      return say('source.missing', `${what} is not there.`, { fix: 'Correct the `table` in deskside.yml.' })
    case '55P03': // lock_not_available
      return say(
        'source.locked',
        `${what} is locked by somebody who changes it, for ${seconds(reading.lockTimeoutMs)}.`,
      )
    case '25006': // read_only_sql_transaction
      return say('source.refused', `${what} does more than read, which Deskside does not let it: ${words}.`, {
        fix: 'Read a table, or a view whose functions change nothing.',
      })
    case '57014': // query_canceled
      if (reading.tookMs < reading.timeoutMs * nearly)
        return say('source.unreachable', `${what}: somebody cancelled the reading there.`)
      return say('query.timed_out', `${what}: reading took longer than ${seconds(reading.timeoutMs)}.`, {
        fix: 'Read less (a view with a WHERE), or raise database.limits in deskside.yml.',
      })
    default:
      if (/^(08|40|53|57|25P03|58)/.test(error.code ?? '')) return say('source.unreachable', `${what}: ${words}.`)
      return say('source.unreadable', `${what} cannot be read: ${words}.`, {
        fix: 'Make the table or view readable: `SELECT * FROM` it in PostgreSQL shows the same.',
      })
  }
}

function connectionReason(error: unknown): string {
  // A failed connection to each of several addresses has no code of its own.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const { code, message } = first as NodeJS.ErrnoException
  const known = code === undefined ? undefined : systemReasons[code]
  if (known !== undefined) return known
  if (/timeout expired/.test(message)) return 'it does not answer'
  if (/does not support SSL/.test(message)) return 'it speaks no TLS, and its URL asks for it'
  if (/terminated/.test(message)) return 'the connection was cut'
  if (/CERT|ISSUER|ALTNAME/.test(code ?? '')) return `its certificate is not trusted (${code})`
  return code === undefined ? 'the connection failed' : `the connection failed (${code})`
}

function seconds(ms: number): string {
  return `${ms / 1000} s`
}
