import { existsSync, readdirSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { ServerClient } from '../cli/server-client.ts'
import { sendUpload } from '../cli/upload.ts'
import { openTestServer, type TestCall, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({ env: { DESKSIDE_UPLOAD_LIMIT_MIB: '1' } })
  await server.project.write([{ external_id: '1', email: 'ada@example.com', name: 'Ada' }])
})
afterAll(() => server.close())

interface Looked {
  column: string
  type: string
  completeness: number | null
  distinct: number | null
  examples: object[]
}

const csv = { 'content-type': 'text/csv' }
const upload = (query: string, body: string | Buffer, call: TestCall = {}) =>
  server.call('POST', `/api/v1/tables?${query}`, { ...call, headers: { ...csv, ...call.headers }, body })
const tagOf = async (key: string) => (await server.call('GET', `/api/v1/tables/${key}`)).headers.get('etag') as string
const replace = async (key: string, body: string, query = '', tag?: string) =>
  server.call('PUT', `/api/v1/tables/${key}/content?${query}`, {
    headers: { ...csv, 'if-match': tag ?? (await tagOf(key)) },
    body,
  })
const remove = async (key: string, tag?: string) =>
  server.call('DELETE', `/api/v1/tables/${key}`, { headers: { 'if-match': tag ?? (await tagOf(key)) } })
const folder = (key = '') => join(server.project.dir, '.deskside', 'uploads', key)
/** Files go when nothing reads them any more. */
const gone = async (key: string) => {
  while (existsSync(folder(key))) await sleep(5)
}
const filesOf = (key: string) => (existsSync(folder(key)) ? readdirSync(folder(key)) : [])

describe('an uploaded CSV', () => {
  it('is a table that only its owner reads, with everything as text', async () => {
    const text = 'id,total,note\n007,+5,"=cmd()"\n008,,"two\nlines"\n'
    const { status, json, headers } = await upload('key=vips&name=Our%20VIPs', text)
    expect([status, headers.get('etag')]).toEqual([201, expect.stringMatching(/^"1\./)])
    expect(json).toMatchObject({
      ...{ kind: 'table', key: 'vips', source: 'ui', used_by: [] },
      body: {
        name: 'Our VIPs',
        types: 'text',
        uploaded: { rows: 2, columns: ['id', 'total', 'note'], bytes: text.length },
      },
      status: { from: 'upload', source: null, rows: 2, bytes: text.length },
    })
    const [name] = filesOf('vips')
    expect(statSync(join(folder('vips'), name!)).mode & 0o777).toBe(0o600)
    expect(statSync(folder('vips')).mode & 0o777).toBe(0o700)
    const looked = (await server.call('GET', '/api/v1/tables/vips/columns')).json
    expect(looked).toMatchObject({ table: 'vips', from: 'upload', rows: 2, columns: 3 })
    expect(
      looked.items.map((one: Looked) => [one.column, one.type, one.completeness, one.distinct, one.examples]),
    ).toEqual([
      [
        'id',
        'VARCHAR',
        1,
        2,
        [
          { value: '007', rows: 1 },
          { value: '008', rows: 1 },
        ],
      ],
      ['total', 'VARCHAR', 0.5, 1, [{ value: '+5', rows: 1 }]],
      [
        'note',
        'VARCHAR',
        1,
        2,
        [
          { value: '=cmd()', rows: 1 },
          { value: 'two\nlines', rows: 1 },
        ],
      ],
    ])
    expect((await remove('vips')).status).toBe(204)
    await gone('vips')
  })

  it('has the types that are given', async () => {
    const types = encodeURIComponent('{"total":"decimal(12,2)"}')
    await upload(`key=typed&types=${types}`, 'id,total\n007,5.5\n')
    const looked = (await server.call('GET', '/api/v1/tables/typed/columns')).json
    expect(looked.items.map((one: Looked) => [one.column, one.type])).toEqual([
      ['id', 'VARCHAR'],
      ['total', 'DECIMAL(12,2)'],
    ])
    expect((await replace('typed', 'id,total\n1,much\n')).json).toMatchObject({
      status: 422,
      code: 'upload.refused',
      line: 2,
    })
    expect((await replace('typed', 'id,total\n1,much\n', 'types=text')).status).toBe(200)
    await remove('typed')
  })

  const bad: [what: string, body: string | Buffer, line: number | undefined, words: RegExp][] = [
    ['is empty', '', undefined, /empty/],
    ['is not UTF-8', Buffer.from('id,name\n1,Ada\n2,J\xe9r\xf4me\n', 'latin1'), 3, /UTF-8/],
    ['ends in half a character', Buffer.from([...Buffer.from('id\na'), 0xc3]), 2, /UTF-8/],
    ['holds NUL', 'id,name\n1,A\0da\n', 2, /NUL/],
    ['has a name twice', 'id,Name,name\n1,a,b\n', 1, /columns 2 and 3/],
    ['has no name for a column', 'id,,name\n1,a,b\n', 1, /column 2/],
    ['has addresses in place of a header', 'ada@example.com\nben@example.com\n', 1, /e-mail address/],
    ['has numbers in place of a header', '17,2024-01-31\n18,2024-02-01\n', 1, /values/],
    ['calls a column row', 'id,row\n1,2\n', 1, /row/],
    ['has a row that is too long', 'id,name\n1,Ada\n2,Ben,x\n', 3, /./],
    ['has a row that is too short', 'a,b,c\n1,2,3\n1,2\n', 3, /./],
    ['has a quote that is not closed', 'id,name\n1,"Ada\n2,Ben\n', undefined, /./],
    ['is a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), 1, /UTF-8/],
  ]
  test.each(bad)('is refused where it %s, and nothing of it is left', async (_what, body, line, words) => {
    const { status, json } = await upload('key=bad', body)
    expect([status, json.code]).toEqual([422, 'upload.refused'])
    expect(json.detail).toMatch(words)
    if (line !== undefined) expect(json.line).toBe(line)
    expect(json.detail).not.toContain(server.project.dir)
    expect(existsSync(folder('bad'))).toBe(false)
    expect((await server.call('GET', '/api/v1/tables/bad')).status).toBe(404)
  })

  test.each<[what: string, body: string]>([
    ['a byte order mark', '\ufeffid,"the name"\n1,Ada\n'],
    ['semicolons', 'id;"the name"\n1;Ada\n'],
    ['tabs', 'id\tthe name\n1\tAda\n'],
    ['bars', 'id|the name\n1|Ada\n'],
    ['line ends of Windows', 'id,the name\r\n1,Ada\r\n'],
    ['no line end at its end', 'id,the name\n1,Ada'],
    ['delimiters in quotes', '"id","the name"\n"1","Ada"\n'],
  ])('may have %s', async (_what, body) => {
    const { status, json } = await upload('key=form', body)
    expect([status, json.detail ?? json.body.uploaded.columns]).toEqual([201, ['id', 'the name']])
    const looked = (await server.call('GET', '/api/v1/tables/form/columns')).json
    expect(looked.items.map((one: Looked) => one.examples)).toEqual([
      [{ value: '1', rows: 1 }],
      [{ value: 'Ada', rows: 1 }],
    ])
    await remove('form')
    await gone('form')
  })

  it('comes as CSV alone, with a name that SQL can read, and to who may', async () => {
    const json = { 'content-type': 'application/json' }
    expect((await upload('key=x', '{}', { headers: json })).status).toBe(415)
    expect((await server.call('POST', '/api/v1/tables?key=x', { headers: csv })).status).toBe(422)
    expect((await server.call('POST', '/api/v1/keys', { headers: csv, body: 'a\n' })).status).toBe(415)
    for (const query of ['', 'key=1x', 'key=a-b', 'key=..%2Fx', 'key=x&types=number', 'key=x&unknown=1'])
      expect([query, (await upload(query, 'id\n1\n')).status]).toEqual([query, 400])
    expect((await upload('key=x', 'id\n1\n', { key: await server.makeKey('project:read') })).status).toBe(403)
    expect((await upload('key=people', 'id\n1\n')).json).toMatchObject({ status: 409, code: 'store.conflict' })
    expect((await upload('key=alone', 'id\n1\n', { key: await server.makeKey('table:upload') })).status).toBe(201)
    expect((await replace('alone', 'id\n2\n', '', '"7"')).status).toBe(412)
    expect((await replace('people', 'id\n2\n')).json.code).toBe('definition.from_git')
    expect((await remove('people')).json.code).toBe('definition.from_git')
    await remove('alone')
  })

  it('is uploaded and replaced by a command beside the server', async () => {
    const { dir } = server.project
    await writeFile(join(dir, 'list.csv'), 'id,total\n1,2.50\n')
    const client = new ServerClient({ url: server.url, token: server.cliToken })
    try {
      const request = { table: 'cli', database: null, name: 'A list', description: null, replace: false }
      const file = { types: '{"total":"decimal(12,2)"}', file: join(dir, 'list.csv'), bytes: 16 }
      expect(await sendUpload(client, request, file)).toMatchObject({ key: 'cli', body: { name: 'A list' } })
      await expect(sendUpload(client, request, file)).rejects.toMatchObject({ code: 'store.conflict' })
      const again = await sendUpload(client, { ...request, replace: true }, { ...file, types: null })
      expect(again).toMatchObject({ version: 2, body: { types: { total: 'decimal(12,2)' }, uploaded: { rows: 1 } } })
    } finally {
      await client.close()
    }
    const { items } = await server.service.store.activity.list({ actor: 'cli' }, { limit: 2, cursor: null })
    expect(items.map(({ action, object }) => [action, object])).toEqual([
      ['table:upload', 'table/cli'],
      ['table:upload', 'table/cli'],
    ])
    await remove('cli')
  })

  it('may have one column, and no row yet', async () => {
    expect((await upload('key=one', 'email\nada@example.com\n')).json.status.rows).toBe(1)
    expect((await replace('one', 'email\n')).json.status.rows).toBe(0)
    expect((await server.call('GET', '/api/v1/tables/one/columns')).json).toMatchObject({
      rows: 0,
      items: [{ completeness: null }],
    })
    await remove('one')
  })

  it('is not taken when it is larger than the server allows, whether that is said before or not', async () => {
    const large = `id\n${'x'.repeat(1024 * 1024)}\n`
    expect((await upload('key=large', large)).json).toMatchObject({ status: 413, code: 'upload.too_large' })
    const stream = new ReadableStream({
      start(controller) {
        for (let n = 0; n < 20; n++) controller.enqueue(new TextEncoder().encode('x'.repeat(100_000)))
        controller.close()
      },
    })
    const answer = await fetch(`${server.url}/api/v1/tables?key=large`, {
      ...{ method: 'POST', headers: { ...csv, authorization: `Bearer ${server.key}` }, body: stream, duplex: 'half' },
    } as RequestInit)
    expect(answer.status).toBe(413)
    await answer.text()
    expect(existsSync(folder('large'))).toBe(false)
  })

  it('leaves nothing when its sender goes away', async () => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `POST /api/v1/tables?key=gone HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.key}\r\ncontent-type: text/csv\r\ncontent-length: 1000\r\n\r\nid,name\n1,Ada`,
    )
    while (filesOf('gone').length === 0) await sleep(5)
    socket.destroy()
    while (existsSync(folder('gone'))) await sleep(5)
    expect(server.lines.filter(({ level }) => level === 'error')).toEqual([])
  })
})
