import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testPostgres } from '../../test/postgres.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'
import { collect, each, fill, storeContract } from './store-contract.ts'
import { entry, header } from './test-objects.ts'

const home = mkdtempSync(join(tmpdir(), 'deskside-store-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

let files = 0
const newPath = () => join(home, String(++files), 'control.db')
const openFile = (path: string) => openStore({ url: null, path })

function startChild(path: string, action: 'write' | 'open') {
  const script = fileURLToPath(new URL('../../test/store-child.ts', import.meta.url))
  return spawn(process.execPath, [script, path, action], { stdio: ['ignore', 'pipe', 'inherit'] })
}

storeContract('SQLite', async () => {
  const path = newPath()
  return () => openFile(path)
})

describe('a SQLite file', () => {
  it('is for its owner only, with all that belongs to it', async () => {
    const path = newPath()
    const store = await openFile(path)
    await store.meta.set('installation', 'I-1')
    const files = readdirSync(dirname(path))
    expect(files.toSorted()).toEqual(['control.db', 'control.db-shm', 'control.db-wal'])
    for (const file of files) expect(statSync(join(dirname(path), file)).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    await store.close()
  })

  it('holds everything that was acknowledged when the process is killed while it writes, each change whole', async () => {
    for (const writes of [1, 7, 23]) {
      const path = newPath()
      const child = startChild(path, 'write')
      const acknowledged: string[] = []
      for await (const line of createInterface(child.stdout)) {
        acknowledged.push(line)
        if (acknowledged.length === writes) child.kill('SIGKILL')
      }
      expect(acknowledged.length).toBeGreaterThanOrEqual(writes)
      const store = await openFile(path)
      for (const id of acknowledged) expect(await store.groups.get(id)).toMatchObject({ id })
      for (const { id } of (await store.groups.list(null, { limit: 1000, cursor: null })).items) {
        expect(await store.workflows.count({ groupRun: id })).toBe(3)
      }
      await store.close()
    }
  })

  it('can be opened by several processes at once, also when it is new', async () => {
    const path = newPath()
    const exits = Array.from({ length: 3 }, () => once(startChild(path, 'open'), 'close'))
    for (const [code] of await Promise.all(exits)) expect(code).toBe(0)
  })

  it('is refused when it is no database, and when a newer release wrote it', async () => {
    const path = newPath()
    mkdirSync(dirname(path))
    writeFileSync(path, 'no database '.repeat(100))
    await expect(openFile(path)).rejects.toMatchObject({ code: 'project.state_broken' })
    const newer = newPath()
    await (await openFile(newer)).close()
    const file = new DatabaseSync(newer)
    file.exec(`INSERT INTO migrations (name, timestamp) VALUES ('9999-later', '2026-01-01T00:00:00.000Z')`)
    file.close()
    await expect(openFile(newer)).rejects.toMatchObject({ code: 'store.newer', data: { steps: ['9999-later'] } })
  })

  it('does not hold up this process while another one writes', async () => {
    const path = newPath()
    const store = await openFile(path)
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const written = store.workflows.add(header())
    // Would never come to pass if the wait were SQLite's own.
    setImmediate(() => other.exec('COMMIT'))
    await written
    other.close()
    await store.close()
  })
})

it.each(['mysql://u:s3cret@127.0.0.1/d', 's3cret', 'postgres://u:s3cret@[/d'])(
  'an address that is none of PostgreSQL is refused without its password: case %#',
  async (url) => {
    const error = await openStore({ url, path: newPath() }).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'config.invalid' })
    expect(inspect(error, { depth: 9 })).not.toContain('s3cret')
  },
)

it('a PostgreSQL that does not answer is named without the password, and no file is made instead', async () => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  const path = newPath()
  const error = await openStore({ url: `postgres://u:s3cret@127.0.0.1:${port}/d`, path }).catch(
    (error: unknown) => error,
  )
  expect(error).toMatchObject({ code: 'store.unreachable' })
  expect((error as Error).message).toContain(`127.0.0.1:${port}/d`)
  expect(inspect(error, { depth: 9 })).not.toContain('s3cret')
  expect(() => statSync(path)).toThrow('ENOENT')
})

const postgres = await testPostgres()
describe.skipIf(postgres.missing)(postgres.missing ?? 'a PostgreSQL server', () => {
  const open = (url: string) => openStore({ url, path: join(home, 'not-used') })

  storeContract('PostgreSQL', async () => {
    const url = await postgres.newDatabase()
    return () => open(url)
  })

  it.each(['SQLite to PostgreSQL', 'PostgreSQL to SQLite'])(
    'a dump goes from %s and is the same there',
    async (way) => {
      const stores = [await openFile(newPath()), await open(await postgres.newDatabase())]
      const [from, to] = way.startsWith('SQLite') ? stores : stores.toReversed()
      await fill(from!)
      const lines = await collect(from!.dump())
      await to!.restore(each(lines))
      expect(await collect(to!.dump())).toEqual(lines)
      for (const store of stores) await store.close()
    },
  )

  it('a wrong password and a missing database are named, without the password', async () => {
    const right = new URL(await postgres.newDatabase())
    const wrong = new URL(right)
    wrong.password = 's3cret'
    const missing = new URL(right)
    missing.pathname = '/none'
    for (const url of [wrong, missing]) {
      const error = await open(url.href).catch((error: unknown) => error)
      expect(error).toMatchObject({ code: 'store.unreachable' })
      for (const password of [url.password, decodeURIComponent(url.password)]) {
        expect(inspect(error, { depth: 9 })).not.toContain(password)
      }
    }
  })

  it('a role that may not make tables is told so', async () => {
    const url = new URL(await postgres.newDatabase())
    const client = new pg.Client(url.href)
    await client.connect()
    await client.query(`CREATE ROLE reader LOGIN PASSWORD 's3cret'; REVOKE CREATE ON SCHEMA public FROM PUBLIC`)
    await client.end()
    url.username = 'reader'
    url.password = 's3cret'
    await expect(open(url.href)).rejects.toMatchObject({
      code: 'store.unreachable',
      fix: 'Make the role of DESKSIDE_DATABASE_URL the owner of its database.',
    })
  })

  it('a store that a newer release wrote is refused', async () => {
    const url = await postgres.newDatabase()
    await (await open(url)).close()
    const client = new pg.Client(url)
    await client.connect()
    await client.query(`INSERT INTO migrations (name, timestamp) VALUES ('9999-later', '2026-01-01T00:00:00.000Z')`)
    await client.end()
    await expect(open(url)).rejects.toMatchObject({ code: 'store.newer' })
  })

  it('connections that the server closes end what uses them as unreachable, and the next operation has new ones', async () => {
    const url = await postgres.newDatabase()
    const store = await open(url)
    const client = new pg.Client(url)
    await client.connect()
    const others = `FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
    // What the store waits for: a lock that this client has.
    await client.query('BEGIN; LOCK TABLE workflows')
    const lost = store.workflows.add(header()).catch((error: unknown) => error)
    const waiting = () => client.query(`SELECT 1 ${others} AND wait_event_type = 'Lock'`)
    while ((await waiting()).rowCount === 0);
    await client.query(`SELECT pg_terminate_backend(pid) ${others}`)
    expect(await lost).toMatchObject({ code: 'store.unreachable' })
    await client.query('COMMIT')
    await store.workflows.add(header())
    await client.end()
    await store.close()
  })
})

/** Lines of a store, and a second connection to it that nothing of ours stands before. */
interface Raw {
  store: Store
  run(statement: string): Promise<unknown>
  close(): Promise<void>
}

const dayMs = 24 * 60 * 60_000

/** The databases themselves keep the activity log: whoever reaches them past Deskside rewrites nothing. */
describe.each<[string, boolean, () => Promise<Raw>]>([
  [
    'SQLite',
    true,
    async () => {
      const path = newPath()
      const store = await openFile(path)
      const file = new DatabaseSync(path)
      return { store, run: async (statement) => file.exec(statement), close: async () => file.close() }
    },
  ],
  [
    `PostgreSQL${postgres.missing === null ? '' : ` (${postgres.missing})`}`,
    postgres.missing === null,
    async () => {
      const url = await postgres.newDatabase()
      const store = await openStore({ url, path: '' })
      const client = new pg.Client(url)
      await client.connect()
      return { store, run: (statement) => client.query(statement), close: () => client.end() }
    },
  ],
])('the activity log in %s', (_name, isThere, open) => {
  let raw: Raw
  beforeEach(async ({ skip }) => {
    if (!isThere) return skip()
    raw = await open()
    const { activity } = raw.store
    await activity.add(entry({ id: 'A-young', at: new Date(Date.now() - 29 * dayMs) }))
    await activity.add(entry({ id: 'A-old', at: new Date(Date.now() - 31 * dayMs) }))
  })
  afterEach(async () => {
    if (!isThere) return
    await raw.close()
    await raw.store.close()
  })

  const lines = async () => (await raw.store.activity.list({}, { limit: 10, cursor: null })).items

  it.each([
    "UPDATE activity SET actor = 'somebody else' WHERE id = 'A-young'",
    "UPDATE activity SET at = 0 WHERE id = 'A-young'",
    "UPDATE activity SET allowed = 1 - allowed WHERE id = 'A-old'",
    "DELETE FROM activity WHERE id = 'A-young'",
    'DELETE FROM activity',
  ])('refuses: %s', async (statement) => {
    const before = await lines()
    await expect(raw.run(statement)).rejects.toThrow('lines of the activity log')
    expect(await lines()).toEqual(before)
  })

  it('refuses to put another line in the place of one, or to be emptied at once', async () => {
    const before = await lines()
    const copy = "SELECT id, 0, 'x', 'x', 'x', 1, '{}', 'x', 'x', 'x' FROM activity WHERE id = 'A-young'"
    const columns = '(id, at, actor, action, object, allowed, detail, actor_name, address, agent)'
    const statement =
      raw.store.dialect === 'sqlite'
        ? `INSERT OR REPLACE INTO activity ${columns} ${copy}`
        : `INSERT INTO activity ${columns} ${copy} ON CONFLICT (id) DO UPDATE SET at = 0`
    await expect(raw.run(statement)).rejects.toThrow('lines of the activity log')
    if (raw.store.dialect === 'postgres')
      await expect(raw.run('TRUNCATE activity')).rejects.toThrow('lines of the activity log')
    expect(await lines()).toEqual(before)
  })

  it('lets lines go that are older than any retention keeps them', async () => {
    await raw.run("DELETE FROM activity WHERE id = 'A-old'")
    expect((await lines()).map(({ id }) => id)).toEqual(['A-young'])
  })

  it('is whole after a dump and its restoring, and kept there like before', async () => {
    const dumped = await collect(raw.store.dump())
    const path = newPath()
    const restored = await openFile(path)
    await restored.restore(each(dumped))
    expect((await restored.activity.list({}, { limit: 10, cursor: null })).items).toEqual(await lines())
    const file = new DatabaseSync(path)
    expect(() => file.exec('DELETE FROM activity')).toThrow('lines of the activity log')
    file.close()
    await restored.close()
  })
})
