import pg from 'pg'
import { inject } from 'vitest'
import type { PostgresAnswer } from './postgres-server.ts'

/** PostgreSQL for the test files: a real server, and databases of it that nobody else uses. */
export interface TestPostgres {
  /** Why there is none; null: there is one. With CI=true that is an error instead. */
  missing: string | null
  /** URL of a new, empty database. Its texts are ordered like English words, so that no test passes by the order of bytes alone. */
  newDatabase(): Promise<string>
}

let databases = 0

/** Starts the server if no test file has yet. */
export async function testPostgres(): Promise<TestPostgres> {
  const response = await fetch(inject('postgres'))
  const answer = (await response.json()) as PostgresAnswer
  if ('failed' in answer) throw new Error(answer.failed)
  if ('missing' in answer) {
    if (process.env.CI === 'true') throw new Error(answer.missing)
    const newDatabase = () => Promise.reject(new Error(answer.missing))
    return { missing: answer.missing, newDatabase }
  }
  return { missing: null, newDatabase: () => newDatabase(answer.url) }
}

async function newDatabase(server: string): Promise<string> {
  const name = `test_${process.pid}_${++databases}`
  const client = new pg.Client(`${server}/postgres`)
  await client.connect()
  try {
    const { rows } = await client.query('SHOW server_version_num')
    const words = Number(rows[0].server_version_num) >= 150_000 ? "LOCALE_PROVIDER icu ICU_LOCALE 'en'" : ''
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0 ${words}`)
  } finally {
    await client.end()
  }
  return `${server}/${name}`
}
