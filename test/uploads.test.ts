import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Actor } from '../src/access/authorize.ts'
import { type PolicyKey, rightsOf } from '../src/access/policies.ts'
import { backUp, restoreBackup } from '../src/control/backup.ts'
import type { NewUpload } from '../src/control/control.ts'
import { openProjectStore } from '../src/control/project-store.ts'
import { openService } from '../src/control/service.ts'
import type { Content } from '../src/control/upload-file.ts'
import { admin, openServiceBench, peopleRows, type ServiceBench } from './service-bench.ts'

/** Uploaded tables from their file to what is delivered of them. */

let bench: ServiceBench
beforeEach(async () => {
  bench = await openServiceBench({
    files: {
      'attributes.sql': 'SELECT external_id, email, name FROM people',
      'listed.sql': 'SELECT p.* FROM people p JOIN vips v ON v.external_id = p.external_id',
    },
    project: {
      attributes_tables: { Attributes: { sql: 'attributes.sql', id: 'external_id' } },
      queries: { people: 'people.sql', listed: 'listed.sql' },
      orchestrations: {
        people: { query: 'people', destination: 'zendesk' },
        listed: { query: 'listed', destination: 'zendesk' },
      },
    },
  })
  await bench.project.write(peopleRows(5))
  await bench.apply()
})
afterEach(() => bench.close())

const content = (text: string): Content => ({ bytes: [Buffer.from(text)] as never, length: null })
const tables = () => bench.service.control.tables
const upload = (text: string, more: Partial<NewUpload> = {}, actor: Actor = admin) =>
  tables().upload(actor, { key: 'vips', ...more }, content(text))
const definition = (key: string) => bench.service.control.definitions.get(admin, 'table', key)
const replace = async (text: string, actor: Actor = admin) =>
  tables().replace(actor, 'vips', { ifVersion: (await definition('vips')).version }, content(text))
const folder = (key = '') => join(bench.project.dir, '.deskside', 'uploads', key)
const filesOf = (key: string) => (existsSync(folder(key)) ? readdirSync(folder(key)) : [])
const keysOfFiles = () => readdirSync(folder()).filter((name) => name !== '.store')
const until = async (condition: () => boolean) => {
  while (!condition()) await sleep(5)
}
const user = (policy: PolicyKey, ...options: Parameters<typeof rightsOf>[0]['options']): Actor => ({
  ...{ kind: 'user', id: policy, email: `${policy}@example.com` },
  may: rightsOf({ policies: [policy], options }),
})

describe('an uploaded list', () => {
  it('is read by queries and segments, and what they give is delivered', async () => {
    await upload('external_id\n1\n3\n')
    const { control } = bench.service
    expect((await control.app(admin).preview({ kind: 'query', key: 'listed' }, { limit: 10 })).rows).toHaveLength(2)
    const rule = { field: 'external_id', operator: 'inList', value: 'vips' }
    const body = { attributes: 'Attributes', include: { combinator: 'and' as const, rules: [rule] } }
    await control.definitions.create(admin, 'segment', { key: 'vip', body })
    expect(await control.app(admin).count({ key: 'vip' })).toMatchObject({ count: 2, total: 5 })
    await control.definitions.create(admin, 'orchestration', {
      key: 'vip',
      body: { segment: 'vip', destination: 'zendesk' },
    })
    const run = { sample: null, full: false, live: false, planId: null, approve: false }
    const { id } = await control.workflows.start(admin, 'vip', run)
    expect(await bench.settled(id)).toMatchObject({ state: 'completed', rows: { total: 2, created: 2 } })
    expect(
      bench.project
        .users()
        .map(({ external_id }) => external_id)
        .sort(),
    ).toEqual(['1', '3'])
    await replace('external_id\n1\n3\n4\n')
    const again = await control.workflows.start(admin, 'vip', run)
    expect(await bench.settled(again.id)).toMatchObject({ rows: { total: 3, created: 1, unchanged: 2 } })
  })

  it('says who reads it, and stays as long as somebody does', async () => {
    await upload('external_id\n1\n')
    const { definitions } = bench.service.control
    expect((await definition('vips')).usedBy).toEqual(['query/listed'])
    await definitions.create(admin, 'segment', {
      key: 'vip',
      body: {
        attributes: 'Attributes',
        include: { combinator: 'and', rules: [{ field: 'external_id', operator: 'notInList', value: 'VIPS' }] },
      },
    })
    await definitions.create(admin, 'segment', {
      key: 'sql',
      body: { attributes: 'Attributes', sql: 'sql.sql', text: 'SELECT "external_id" FROM "Vips" -- not people' },
    })
    const { usedBy, version } = await definition('vips')
    expect(usedBy).toEqual(['query/listed', 'segment/sql', 'segment/vip'])
    await expect(tables().remove(admin, 'vips', version)).rejects.toMatchObject({
      code: 'definition.in_use',
      data: { used_by: usedBy },
    })
    expect(filesOf('vips')).toHaveLength(1)
    // That a text has the word in it is no reading.
    await upload('id\n1\n', { key: 'not' })
    expect((await definition('not')).usedBy).toEqual([])
    await tables().remove(admin, 'not', (await definition('not')).version)
    await until(() => !existsSync(folder('not')))
  })

  it('counts as read by a text that cannot be understood and has its name in it', async () => {
    await bench.project.query('SELECT * FROM people JOIN nowhere ON true, vips')
    await bench.apply()
    await upload('external_id\n1\n')
    expect((await definition('vips')).usedBy).toEqual(['query/listed', 'query/people'])
  })

  it('keeps the columns that somebody may need', async () => {
    await upload('external_id,Note\n1,x\n')
    await expect(replace('external_id\n1\n')).rejects.toMatchObject({
      code: 'upload.refused',
      message: 'The file lacks Note, and the table is used by query/listed.',
    })
    expect((await replace('note,external_id,more\nx,1,y\n')).version).toBe(2)
    await until(() => filesOf('vips').length === 1)
  })

  it('is not called as a table of deskside.yml, nor the other way round', async () => {
    for (const key of ['people', 'PEOPLE', 'attributes'])
      await expect(upload('id\n1\n', { key })).rejects.toMatchObject({ code: 'store.conflict' })
    await upload('external_id\n1\n', { key: 'Later' })
    await expect(upload('external_id\n1\n', { key: 'lateR' })).rejects.toMatchObject({ code: 'store.conflict' })
    await bench.edit((file) => {
      file.database!.tables!.later = { path: 'people.csv' }
    })
    await expect(bench.apply()).rejects.toMatchObject({
      code: 'store.conflict',
      fix: expect.stringContaining('DELETE /api/v1/tables/Later'),
    })
    const attributes = {
      key: 'LATER',
      body: { sql: 'x.sql', text: 'SELECT external_id FROM people', id: 'external_id' },
    }
    await expect(bench.service.control.definitions.create(admin, 'attributes_table', attributes)).rejects.toMatchObject(
      {
        code: 'definition.invalid',
      },
    )
    for (const key of ['', '1x', 'a-b', '../up', 'x'.repeat(65)])
      await expect(upload('id\n1\n', { key })).rejects.toMatchObject({ code: 'definition.invalid' })
    expect(keysOfFiles()).toEqual(['Later'])
  })
})

describe('a file that is replaced', () => {
  it('is read to the end by the run that began with it', async () => {
    await upload('external_id\n1\n3\n')
    const [old] = filesOf('vips')
    const { control } = bench.service
    // The account answers nothing for a while: the run has read its file, and is at work.
    bench.project.emulator.faults({ kind: 'status', status: 429, headers: { 'retry-after': '1' }, times: 2 })
    const run = { sample: null, full: false, live: false, planId: null, approve: false }
    const { id } = await control.workflows.start(admin, 'listed', run)
    for (;;) if ((await control.workflows.get(admin, id)).state === 'running') break
    await replace('external_id\n2\n')
    expect(filesOf('vips')).toHaveLength(2)
    expect(await bench.settled(id)).toMatchObject({ state: 'completed', rows: { total: 2, created: 2 } })
    await until(() => filesOf('vips').length === 1)
    expect(filesOf('vips')).not.toContain(old)
    const again = await control.workflows.start(admin, 'listed', run)
    expect(await bench.settled(again.id)).toMatchObject({ rows: { total: 1 } })
  })

  it('is changed by whoever saw it last, and by one of two', async () => {
    await upload('external_id\n1\n')
    const both = await Promise.allSettled([replace('external_id\n2\n'), replace('external_id\n3\n')])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await until(() => filesOf('vips').length === 1)
    expect((await definition('vips')).version).toBe(2)
  })
})

describe('what is left over', () => {
  it('goes with the next start, and what is defined stays', async () => {
    await upload('external_id\n1\n')
    const [kept] = filesOf('vips')
    await writeFile(join(folder('vips'), '20260101T000000000Z-00000000.csv.part'), 'half')
    await writeFile(join(folder('vips'), '20260101T000000000Z-00000001.csv'), 'whole, and in no definition')
    await mkdir(folder('never'))
    await writeFile(join(folder('never'), '20260101T000000000Z-00000002.csv'), 'a\n1\n')
    await bench.restart()
    expect(keysOfFiles()).toEqual(['vips'])
    expect(filesOf('vips')).toEqual([kept])
    expect((await tables().look(admin, 'vips', { refresh: false })).rows).toBe(1)
  })

  it('stays when a server was started with another control store', async () => {
    await upload('external_id\n1\n')
    const files = filesOf('vips')
    await bench.service.close(1_000)
    const store = join(bench.project.dir, '.deskside', 'control.sqlite')
    const parts = ['', '-wal', '-shm'].filter((end) => existsSync(store + end))
    for (const end of parts) await rename(store + end, `${store}.aside${end}`)
    const log = { error: () => {} } as never
    const other = await openService(bench.project.dir, { CLIENT_SECRET: 'x' }, { log, version: '0.0.0' })
    await other.close(1_000)
    expect(filesOf('vips')).toEqual(files)
    for (const end of ['', '-wal', '-shm']) await rm(store + end, { force: true })
    for (const end of parts) await rename(`${store}.aside${end}`, store + end)
    await bench.restart()
    expect((await tables().look(admin, 'vips', { refresh: false })).rows).toBe(1)
  })

  it('is nothing where a file is refused that two upload at once', async () => {
    const both = await Promise.allSettled([upload('external_id\n1\n'), upload('external_id\n2\n')])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(filesOf('vips')).toHaveLength(1)
  })
})

it('is read by what people make in the server, and stays for it', async () => {
  await upload('external_id\n1\n', { key: 'own' })
  const { definitions } = bench.service.control
  const text = 'SELECT p.external_id, p.email, p.name FROM people p JOIN own o ON o.external_id = p.external_id'
  await definitions.create(admin, 'attributes_table', { key: 'Owned', body: { sql: 'x.sql', text, id: 'external_id' } })
  await definitions.create(admin, 'query', { key: 'ours', body: { sql: 'y.sql', text: 'SELECT * FROM owned' } })
  expect((await definition('own')).usedBy).toEqual(['attributes_table/Owned'])
  const owned = await definitions.get(admin, 'attributes_table', 'Owned')
  expect(owned).toMatchObject({ usedBy: ['query/ours'], status: { from: 'attributes_table', rows: null } })
  await expect(definitions.remove(admin, 'attributes_table', 'Owned', owned.version)).rejects.toMatchObject({
    code: 'definition.in_use',
  })
  const run = { query: 'ours', destination: 'zendesk' }
  await definitions.create(admin, 'orchestration', { key: 'ours', body: run })
  const restricted = user('datagrid_operator', 'restrict_pii')
  await expect(
    tables().replace(restricted, 'own', { ifVersion: 1 }, content('external_id\n2\n')),
  ).rejects.toMatchObject({ code: 'access.denied', data: { lacking: ['pii:send'] } })
})

it('is part of a backup, and there again after its restore', async () => {
  await upload('external_id\n1\n3\n', { name: 'Our VIPs', description: 'By hand' })
  const { lastLoadedAt } = await tables().look(admin, 'vips', { refresh: false })
  const parent = await mkdtemp(join(tmpdir(), 'deskside-uploads-'))
  try {
    const { app, store } = bench.service
    const source = { projectDir: bench.project.dir, env: {}, app, store, keyFile: null, version: '0.0.0' }
    const manifest = await backUp({ ...source, now: () => new Date() }, join(parent, 'backup'))
    expect(manifest.format).toBe(2)
    expect(manifest.files.map(({ path }) => path)).toContain(`uploads/vips/${filesOf('vips')[0]}`)
    const into = join(parent, 'restored')
    await restoreBackup(join(parent, 'backup'), into, (dir) => openProjectStore(dir, {}))
    await writeFile(join(into, 'people.csv'), 'external_id,email,name\n1,a@example.com,A\n')
    const log = { error: () => {} } as never
    const env = { CLIENT_SECRET: 'x', DESKSIDE_SECRET_KEY: Buffer.alloc(32).toString('base64') }
    const service = await openService(into, env, { log, version: '0.0.0' }).catch((error) => error)
    try {
      const look = await service.control.tables.look(admin, 'vips', { refresh: false })
      expect(look).toMatchObject({ rows: 2, from: 'upload', lastLoadedAt })
      expect(existsSync(join(into, '.deskside', 'uploads', '.store'))).toBe(true)
    } finally {
      await service.close(1_000)
    }
  } finally {
    await rm(parent, { recursive: true })
  }
})

describe('who may upload', () => {
  it.each<[PolicyKey, Parameters<typeof rightsOf>[0]['options'], boolean]>([
    ['datagrid_administrator', [], true],
    ['datagrid_operator', [], true],
    ['amp360_user', [], true],
    ['ampiq_user', [], true],
    ['ampiq_user', ['restrict_uploads'], false],
    ['datagrid_operator_read_only', [], false],
    ['ampiq_user_read_only', [], false],
  ])('%s with %j: %s', async (policy, options, may) => {
    const asked = upload('id\n1\n', { key: 'own' }, user(policy, ...options))
    if (may) expect((await asked).key).toBe('own')
    else await expect(asked).rejects.toMatchObject({ code: 'access.denied' })
    expect(existsSync(folder('own'))).toBe(may)
  })

  it('nobody changes by it what is sent who may not send', async () => {
    const restricted = user('datagrid_operator', 'restrict_pii')
    // A query of deskside.yml waits for this table already.
    await expect(upload('external_id\n1\n', {}, restricted)).rejects.toMatchObject({ code: 'access.denied' })
    await upload('external_id\n1\n')
    await expect(replace('external_id\n2\n', restricted)).rejects.toMatchObject({
      code: 'access.denied',
      data: { lacking: ['pii:send'] },
    })
    expect((await upload('id\n1\n', { key: 'own' }, restricted)).key).toBe('own')
  })

  it('leaves a line for each thing that is done or denied, with no value of the file', async () => {
    await upload('external_id,secret\n1,value-of-a-person\n', { name: 'Named' })
    await replace('external_id,secret\n1,value-of-another\n')
    await upload('a,a\nvalue-of-nobody,\n', { key: 'bad' }).catch(() => null)
    await upload('a\n1\n', { key: 'own' }, user('ampiq_user_read_only')).catch(() => null)
    const { items } = await bench.service.store.activity.list({ action: 'table:upload' }, { limit: 10, cursor: null })
    expect(items.map(({ object, allowed, detail }) => [object, allowed, detail]).toReversed()).toEqual([
      ['table/vips', true, { change: 'create' }],
      ['table/vips', true, { change: 'replace' }],
      ['table/bad', true, { change: 'create' }],
      ['table', false, {}],
    ])
    expect(JSON.stringify(items)).not.toContain('value-of')
  })
})

it('what was said of the columns of a table before holds for none that is uploaded under its name', async () => {
  const { store, app } = bench.service
  await store.columnTags.set('OWN', { email: false }, 'user/somebody')
  await upload('id,email\n1,x\n', { key: 'own' })
  expect((await app.columns('own')).map(({ effective }) => effective)).toMatchObject([{}, { pii: true, by: 'guessed' }])
})

it('what was said of its columns goes with it', async () => {
  await upload('id,memo\n1,x\n', { key: 'own' })
  const { columns } = bench.service.control
  await columns.confirm(admin, 'own', { memo: false })
  await tables().remove(admin, 'own', (await definition('own')).version)
  expect(await bench.service.store.columnTags.list('own')).toEqual([])
})
