import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestServer } from '../src/server/test-server.ts'
import { type Lead, lifeOf, whileWritten } from './api-lives.ts'

const right = { 'if-match': 'right' }
const stale = { 'if-match': '"999"' }
const kinds = ['queries', 'attributes-tables', 'segments'] as const

/** Queries and attributes tables are made, drafted, compared, restored, copied, run and downloaded, also while their source has gone. */
export async function liveQueries(lead: Lead, { project }: TestServer): Promise<void> {
  const query = { sql: 'life.sql', text: 'SELECT email FROM people' }
  const attributes = { sql: 'life.sql', text: 'SELECT external_id, email FROM people', id: 'external_id' }
  const everybody = { attributes: 'Attributes', include: { combinator: 'and', rules: [] } }
  await earlier(lead, 'queries', { ...query, folder: 'Life', labels: ['life'] })
  await earlier(lead, 'attributes-tables', attributes)
  await earlier(lead, 'segments', everybody)
  await lead('POST /attributes-tables', { body: { key: 'fading', body: attributes } })
  const fades = [
    ['queries', { ...query, text: 'SELECT email FROM fading' }, query],
    ['attributes-tables', { ...attributes, text: 'SELECT external_id, email FROM fading' }, attributes],
    ['segments', { ...everybody, attributes: 'fading' }, everybody],
  ] as const
  for (const [kind, before, after] of fades) {
    await lead(`POST /${kind}`, { body: { key: 'faded', body: before } })
    await lead(`GET /${kind}/{key}`, { at: ['faded'] })
    await lead(`PUT /${kind}/{key}`, { at: ['faded'], headers: right, body: { body: after } })
  }
  await lead('GET /attributes-tables/{key}', { at: ['fading'] })
  await lead('DELETE /attributes-tables/{key}', { at: ['fading'], headers: right })
  for (const [kind] of fades) {
    const faded = await lead(`GET /${kind}/{key}`, { at: ['faded'] })
    const headers = { 'if-match': `"${faded.version}"` }
    await lead(`POST /${kind}/{key}/restore`, { at: ['faded'], headers, body: { version: faded.version - 1 } })
  }
  await (await lifeOf(lead, 'query-drafts', query))()
  await drafts(lead, query)
  for (const [kind, key] of [
    ['queries', 'people'],
    ['attributes-tables', 'Attributes'],
    ['segments', 'everyone'],
  ] as const) {
    const { body } = await lead(`GET /${kind}/{key}`, { at: [key] })
    await lead(`PUT /${kind}/{key}`, { at: [key], headers: right, body: { body } })
    await lead(`DELETE /${kind}/{key}`, { at: [key], headers: right })
    await lead(`POST /${kind}/{key}/restore`, { at: [key], headers: right, body: { version: 1 } })
    await lead(`POST /${kind}/{key}/clone`, { at: ['none'], body: { name: 'Copy' } })
  }
  await rows(lead, project.dir)
}

/** A definition with its versions, from its first to the time after its end. */
async function earlier(lead: Lead, kind: (typeof kinds)[number], body: object): Promise<void> {
  const at = ['life']
  const end = await lifeOf(lead, kind, body)
  await lead(`POST /${kind}`, { body: { key: 'life', body } })
  await lead(`GET /${kind}`, { query: { q: 'life', folder: 'Life', label: 'life' } })
  for (const key of ['life', 'none']) await lead(`GET /${kind}/{key}/versions`, { at: [key] })
  await lead(`GET /${kind}/{key}/versions/{version}`, { at: ['life', '2'], query: { against: '1' } })
  await lead(`GET /${kind}/{key}/versions/{version}`, { at: ['life', '99'] })
  await lead(`POST /${kind}/{key}/clone`, { at, body: { key: 'life', name: 'Copy' } })
  await lead(`POST /${kind}/{key}/clone`, { at, body: { key: 'copy', name: 'Copy' } })
  await lead(`GET /${kind}/{key}`, { at: ['copy'] })
  await lead(`DELETE /${kind}/{key}`, { at: ['copy'], headers: right })
  await lead(`GET /${kind}/{key}`, { at })
  await lead(`POST /${kind}/{key}/restore`, { at, headers: stale, body: { version: 1 } })
  await lead(`POST /${kind}/{key}/restore`, { at, headers: stale, body: { version: 99 } })
  const { version } = await lead(`GET /${kind}/{key}`, { at })
  await lead(`POST /${kind}/{key}/restore`, { at, headers: { 'if-match': `"${version}"` }, body: { version: 1 } })
  await lead(`GET /${kind}/{key}`, { at })
  await end()
}

/** Drafts that become a query, those that are wrong, and those that come too late. */
async function drafts(lead: Lead, query: object): Promise<void> {
  const activate = (key: string, version: number) =>
    lead('POST /query-drafts/{key}/activate', { at: [key], headers: { 'if-match': `"${version}"` } })
  const draft = (key: string, body: object) => lead('POST /query-drafts', { body: { key, body } })
  await activate('drafted', (await draft('drafted', query)).version)
  await activate('drafted', 1)
  await activate('wrong', (await draft('wrong', { ...query, text: 'SELECT nothing' })).version)
  await activate('wrong', 99)
  await lead('GET /query-drafts/{key}/changes', { at: ['wrong'] })
  await activate('people', (await draft('people', query)).version)
  await draft('people', query)
  await lead('GET /query-drafts')
}

/** What is run and downloaded. */
async function rows(lead: Lead, dir: string): Promise<void> {
  const sql = 'SELECT *\nFROM people'
  const look = async (lead: Lead) => {
    await lead('POST /queries/try', { body: { sql, limit: 1 } })
    for (const asked of [{ key: 'people' }, { key: 'none' }, { body: { from: 'people' } }, { body: { from: 'none' } }])
      await lead('POST /queries/sql', { body: asked })
    await lead('POST /queries/check', { body: { sql, destination: 'zendesk', live: false } })
    for (const [kind, key] of [
      ['queries', 'people'],
      ['attributes-tables', 'Attributes'],
      ['segments', 'everyone'],
    ])
      for (const at of [[key as string], ['none']]) await lead(`GET /${kind}/{key}/download`, { at })
  }
  await look(lead)
  await lead('POST /queries/try', { body: { sql, lines: { from: 1, to: 1 } } })
  await lead('POST /queries/check', { body: { sql, destination: 'none' } })
  const file = join(dir, 'people.csv')
  await rename(file, join(dir, 'gone.csv'))
  await look(lead)
  await rename(join(dir, 'gone.csv'), file)
  await whileWritten(file, lead, look)
}
