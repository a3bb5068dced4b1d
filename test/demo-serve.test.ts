import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { children } from './children.ts'
import { type Demo, type DemoReady, spawnDemo, startDemo } from './demo-child.ts'
import { everyPage } from './ui/every-page.ts'

// Half a minute of two quiet cores, and several where others work.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

let folder: string
let demo: Demo
afterAll(async () => {
  demo?.child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Asks the API as one of the users. */
// biome-ignore lint/suspicious/noExplicitAny: answers have any shape
type Ask = (method: string, path: string, body?: unknown) => Promise<{ status: number; json: any }>

async function signIn({ url }: DemoReady, { email, password }: { email: string; password: string }): Promise<Ask> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/v1/sign-in`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ email, password }),
  })
  expect(answer.status).toBe(200)
  const { csrf_token: csrf } = (await answer.json()) as { csrf_token: string }
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  return async (method, path, body) => {
    const found = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { cookie, 'x-csrf-token': csrf, ...(body !== undefined && headers) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await found.text()
    return { status: found.status, json: text === '' ? null : JSON.parse(text) }
  }
}

let administrator: Ask
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskside-test-'))
  demo = await startDemo(folder)
  administrator = await signIn(demo.ready, demo.ready)
})

/** Items of a list, as the administrator sees them. */
// biome-ignore lint/suspicious/noExplicitAny: answers have any shape
async function list(path: string): Promise<any[]> {
  const { status, json } = await administrator('GET', path)
  expect({ path, status }).toEqual({ path, status: 200 })
  return json.items
}

const keysOf = (items: { key: string }[]) => items.map(({ key }) => key)

test('everybody whose password is told signs in, with rights of their own', async () => {
  const { ready } = demo
  expect(ready.users.map(({ role }) => role)).toEqual(['administrator', 'operator', 'analyst', 'marketer'])
  expect(ready.users.every(({ email }) => email.endsWith('@example.com'))).toBe(true)
  const rights = await Promise.all(
    ready.users.map(async (user) => {
      const { json } = await (await signIn(ready, user))('GET', '/me')
      return new Set<string>(json.actions ?? json.may)
    }),
  )
  const may = (action: string) => rights.map((actions) => actions.has(action))
  expect(may('user:write')).toEqual([true, false, false, false])
  expect(may('credential:write')).toEqual([true, true, false, false])
  expect(may('query:run')).toEqual([true, true, true, false])
  expect(may('pii:read')).toEqual([true, true, true, false])
})

describe('what is defined', () => {
  test('tables from files, from SQL and from an upload, with personal columns that somebody has said', async () => {
    const tables = await list('/tables')
    expect(new Set(tables.map(({ status }) => status.from))).toEqual(new Set(['file', 'sql', 'upload']))
    const { json } = await administrator('GET', '/tables/customers/columns')
    expect(json.items.find(({ column }: { column: string }) => column === 'email')).toMatchObject({ pii: true })
  })

  test('queries in folders, with labels, versions and drafts', async () => {
    const queries = await list('/queries')
    expect(queries.length).toBeGreaterThanOrEqual(6)
    expect(queries.filter(({ body }) => body.folder !== undefined && body.labels !== undefined).length).toBeGreaterThan(
      3,
    )
    expect(new Set(queries.map(({ source }) => source)).size).toBe(2)
    expect((await list('/queries/vip_customers/versions')).length).toBeGreaterThanOrEqual(3)
    expect(keysOf(await list('/query-drafts')).sort()).toEqual(['repeat_buyers', 'vip_customers'])
  })

  test('attributes tables, and segments by rules, by SQL and of other segments', async () => {
    const attributes = await list('/attributes-tables')
    expect(attributes.filter(({ body }) => body.segments === true && body.mapping !== undefined)).toHaveLength(1)
    expect(attributes.length).toBeGreaterThanOrEqual(2)
    const segments = await list('/segments')
    expect(segments.length).toBeGreaterThanOrEqual(3)
    expect(segments.some(({ body }) => body.text !== undefined)).toBe(true)
    expect(JSON.stringify(segments)).toContain('inSegment')
    for (const key of keysOf(segments)) {
      const { json } = await administrator('POST', '/segments/count', { key })
      expect({ key, count: json.count }).toEqual({ key, count: expect.any(Number) })
      expect(json.count).toBeGreaterThan(0)
    }
  })

  test('destinations, one of which refuses its credential', async () => {
    const credentials = await list('/credentials')
    expect(credentials.map(({ status }) => status.health).sort()).toEqual(['broken', 'works'])
    expect(keysOf(await list('/destinations')).sort()).toEqual(['outlet', 'zendesk'])
  })

  test('orchestrations in groups with schedules, one of them paused', async () => {
    expect((await list('/orchestrations')).length).toBeGreaterThanOrEqual(6)
    const [nightly] = (await list('/groups')).filter(({ key }) => key === 'nightly')
    expect(nightly.body.orchestrations.length).toBeGreaterThanOrEqual(4)
    expect(nightly.status.next_at).toHaveLength(3)
    const paused = await administrator('POST', '/orchestrations/winback/plan', {})
    expect(paused).toMatchObject({ status: 409, json: { code: 'orchestration.paused' } })
  })
})

describe('what has happened', () => {
  test('workflows of at least five days, which began and ended in every way', async () => {
    const workflows = await list('/workflows?limit=200')
    expect(new Set(workflows.map(({ requested_at: at }) => at.slice(0, 10))).size).toBeGreaterThanOrEqual(5)
    expect(new Set(workflows.map(({ state }) => state))).toEqual(
      new Set(['completed', 'completed_with_alerts', 'stopped', 'error', 'waiting']),
    )
    expect(new Set(workflows.map(({ trigger }) => trigger))).toEqual(new Set(['manual', 'schedule', 'signal']))
    for (const { requested_at: at } of workflows) expect(Date.parse(at)).toBeLessThanOrEqual(Date.now())
    // Neither in the wrong order nor in no time.
    for (const { started_at: from, ended_at: to } of workflows) expect(Date.parse(to)).toBeGreaterThan(Date.parse(from))
    expect(workflows.some(({ rows }) => rows?.failed > 0 && rows.rejected > 0)).toBe(true)
    expect(workflows.some(({ state, rows }) => state === 'stopped' && rows.pending > 0)).toBe(true)
    expect((await list('/groups/nightly/runs')).map(({ state }) => state)).toEqual(['completed'])
    expect((await list('/groups/outlet/runs')).map(({ state }) => state)).toEqual(['error', 'completed'])
  })

  test('problems have ways out, and a list that shrank waits for approval', async () => {
    const ended = async (state: string) => {
      const found = await list(`/workflows?state=${state}&limit=200`)
      return await Promise.all(found.map(async ({ id }) => (await administrator('GET', `/workflows/${id}`)).json))
    }
    const errors = await ended('error')
    const codes = errors.map(({ problem }) => problem.code)
    expect(codes).toEqual(expect.arrayContaining(['zendesk.credentials_rejected', 'zendesk.unknown_user_field']))
    for (const { resolutions } of errors) expect(resolutions.length).toBeGreaterThan(0)
    const [waiting] = await ended('waiting')
    expect(waiting.problem.code).toBe('guard.rows_changed')
    expect(waiting.resolutions.map(({ action }: { action: string }) => action)).toContain('approve')
    expect((await list(`/workflows/${waiting.id}/subscriptions`)).length).toBe(1)
  })

  test('alerts on the number of rows, conflicts with the account, and people whom an agent has edited', async () => {
    const ofPartners = await list('/workflows?orchestration=partners&limit=200')
    const views = await Promise.all(
      ofPartners.map(async ({ id }) => (await administrator('GET', `/workflows/${id}`)).json),
    )
    expect(views.some(({ row_alerts: alerts }) => alerts.length > 0)).toBe(true)
    const looked = views.find(({ request }) => request.live)
    const conflicts = await list(`/plans/${looked.run_id}/conflicts`)
    expect(new Set(conflicts.map(({ code }) => code)).size).toBeGreaterThanOrEqual(3)
    const { json: drift } = await administrator('POST', '/orchestrations/zendesk_users/drift')
    expect((await list(`/drifts/${drift.drift_id}`)).length).toBeGreaterThanOrEqual(6)
  })

  test('notifications, read and unread, on their way through channels', async () => {
    const { json } = await administrator('GET', '/notifications?limit=200')
    expect(json.unread).toBeGreaterThan(0)
    expect(json.items.length).toBeGreaterThan(json.unread)
    const events = new Set(json.items.map(({ event }: { event: string }) => event))
    expect([...events]).toEqual(
      expect.arrayContaining(['failed', 'stopped', 'completed_with_alerts', 'waits_for_approval', 'credential_broken']),
    )
    expect(await list('/channels')).toHaveLength(2)
    expect(await list('/subscriptions')).toHaveLength(2)
    expect(new Set((await list('/dispatches?limit=200')).map(({ state }) => state))).toContain('sent')
  })
})

test('users of every state, keys, a link for a secret that is open, and who did it all', async () => {
  const users = await list('/users')
  expect(users.filter(({ state }) => state === 'disabled')).toHaveLength(1)
  expect(users.filter(({ has_password: has }) => !has)).toHaveLength(1)
  expect(users.filter(({ options }) => options.includes('restrict_pii'))).toHaveLength(1)
  const keys = await list('/keys')
  const soonMs = Date.now() + 3 * 24 * 60 * 60_000
  expect(keys.some(({ expires_at: at }) => at !== null && Date.parse(at) < soonMs)).toBe(true)
  expect(keys.some(({ last_used_at: at }) => at !== null)).toBe(true)
  expect((await list('/hand-overs')).map(({ state }) => state)).toEqual(['open'])
  const activity = await list('/activity?limit=200')
  expect(new Set(activity.map(({ at }) => at.slice(0, 10))).size).toBeGreaterThanOrEqual(5)
})

everyPage(() => demo.ready)

test('a signal leaves nothing of it', async () => {
  const { child, ready, ended } = demo
  const pids = children(child.pid)
  child.kill('SIGTERM')
  const { code, stdout, stderr } = await ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  expect(existsSync(ready.dir)).toBe(false)
  for (const url of [ready.url, ready.emulator.url, ready.outlet.url])
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false)
  expect(await readdir(folder)).toEqual([])
})

test('a signal in the middle of its past ends it, too', async () => {
  const child = spawnDemo(folder)
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout! })
  const told = once(lines, 'line') as Promise<[string]>
  // As soon as there is a folder, it is being filled.
  await vi.waitFor(async () => expect(await readdir(folder)).toHaveLength(1), { timeout: 20_000, interval: 20 })
  child.kill('SIGTERM')
  expect(JSON.parse((await told)[0])).toMatchObject({ problem: { code: 'workflow.stopped' } })
  expect((await ended)[0]).toBe(1)
  expect(await readdir(folder)).toEqual([])
})
