import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it, type TestContext } from 'vitest'
import { openSecretBox } from '../src/access/secret-box.ts'
import { openStore } from '../src/store/open.ts'
import { definitionKinds, type Store, workflowStates } from '../src/store/store.ts'

const folder = fileURLToPath(new URL('upgrade/', import.meta.url))
const saved = (await readdir(folder)).filter((name) => name.startsWith('store-'))

async function unpack(
  name: string,
  context: TestContext,
  before: (path: string) => void = () => {},
): Promise<{ dir: string; store: Store }> {
  const dir = await mkdtemp(join(tmpdir(), 'deskside-store-'))
  context.onTestFinished(() => rm(dir, { recursive: true }))
  await cp(join(folder, name), dir, { recursive: true })
  // Git keeps no modes beside that of programs.
  await chmod(join(dir, 'secret.key'), 0o600)
  const path = join(dir, 'control.sqlite')
  await writeFile(path, gunzipSync(await readFile(`${path}.gz`)))
  before(path)
  const store = await openStore({ url: null, path })
  context.onTestFinished(() => store.close())
  return { dir, store }
}

it('there is the control store of every shape since the first', () =>
  expect(saved).toEqual(expect.arrayContaining(['store-0001', 'store-0003'])))

describe.each(saved)('the control store saved in %s', (name) => {
  it('opens with everything in it, and its secrets with the key beside it (I12)', async (context) => {
    const { dir, store } = await unpack(name, context)
    const definitions = await store.definitions.list()
    // Later releases know further kinds.
    expect(definitionKinds).toEqual(expect.arrayContaining(definitions.map(({ kind }) => kind)))
    expect(definitions.length).toBeGreaterThan(8)
    const { items } = await store.workflows.list({}, { limit: 100, cursor: null })
    expect(new Set(items.map(({ state }) => state))).toEqual(new Set(workflowStates))
    expect((await store.workflows.ofRun('R-2'))?.id).toBe('W-2')
    expect(await store.groups.get('G-1')).toMatchObject({ group: 'nightly' })
    expect(await store.notifications.unread()).toBe(1)
    expect([await store.access.users(), await store.access.keys()].map((list) => list.length)).toEqual([1, 1])
    const box = await openSecretBox({ folder: dir, env: {}, secrets: store.secrets })
    expect((await box.get('credential/north/client_secret'))?.reveal()).toBe('a secret of an older release')
  })

  it('gives every line that the release which wrote it gave, at least (I12)', async (context) => {
    const { dir, store } = await unpack(name, context)
    const read = (lines: string[]) => lines.map((line) => JSON.parse(line)).filter(({ table }) => table !== undefined)
    const rows = (lines: ReturnType<typeof read>) => lines.filter(({ table }) => !['schema', 'end'].includes(table))
    const kept = (lines: ReturnType<typeof read>) => lines.filter(({ table }) => table === 'definition_history')
    const dumped: string[] = []
    for await (const line of store.dump()) dumped.push(line)
    const before = read((await readFile(join(dir, 'dump.jsonl'), 'utf8')).trim().split('\n'))
    const after = read(dumped)
    for (const { table, row } of rows(before))
      expect(rows(after)).toContainEqual({ table, row: expect.objectContaining(row) })
    // What was defined before versions were kept is now the first of them, and nothing else has come.
    expect(rows(after).length - kept(after).length).toBe(rows(before).length - kept(before).length)
    expect(kept(after).length).toBeGreaterThan(0)
    expect(after.at(-1)).toEqual({ table: 'end', row: { rows: rows(after).length } })
  })
})

it('users and keys of the release with one administrator can do what they could (I12)', async (context) => {
  const { store } = await unpack('store-0001', context, (path) => {
    const file = new DatabaseSync(path)
    file.exec(`update api_keys set scopes = '["person:read","orchestration:run","key:write"]'`)
    file.close()
  })
  const [user] = await store.access.users()
  expect(user).toMatchObject({ state: 'active', policies: ['datagrid_administrator'], options: [], version: 1 })
  const [key] = await store.access.keys()
  const could = ['person:read', 'orchestration:run', 'key:write']
  expect(key?.scopes).toEqual([...could, 'pii:read', 'data:download', 'pii:send', 'key:administer'])
})
