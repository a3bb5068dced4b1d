import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type Emulator, startEmulator } from '../emulator/index.ts'
import { makeContext } from './context.ts'
import { captured, runCli } from './test-run.ts'
import { undoCommand } from './undo.ts'

let dir: string
let emulator: Emulator

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deskside-proof-'))
  emulator = await startEmulator({ plan: 'unlimited', jobLatencyMs: [0, 0], singularUpsertLimits: false })
  emulator.seed({
    user_fields: [{ key: 'city', type: 'text' }],
    users: [{ name: 'Sam', email: 'sam@example.com', emails: ['sam2@example.com'] }],
  })
  await configure({})
  await writeFile(join(dir, 'people.sql'), 'SELECT * FROM people ORDER BY external_id')
  await source({ a: 'Leeds', b: 'Leeds', c: 'Leeds' })
})

afterEach(async () => {
  await emulator.close()
  await rm(dir, { recursive: true })
})

async function configure(destination: object): Promise<void> {
  const zendesk = {
    ...{ plugin: 'zendesk', credential: 'zendesk', subdomain: 'emulator', base_url: emulator.url },
    ...{ limits: { users_per_second: 'none', api_budget: 'none' }, ...destination },
  }
  const text = stringify({
    name: 'proof',
    database: { tables: { people: { path: 'people.csv', types: 'text' } } },
    credentials: { zendesk: { type: 'zendesk', email: emulator.email, api_token: emulator.apiToken } },
    destinations: { zendesk },
    queries: { people: 'people.sql' },
    orchestrations: { people: { query: 'people', destination: 'zendesk' } },
  })
  await writeFile(join(dir, 'deskside.yml'), text)
}

/** People by external_id with their city; `sam2` has the second address of somebody else. */
async function source(cities: Record<string, string>): Promise<void> {
  const rows = Object.entries(cities).map(([id, city]) => `${id},Person ${id},${id}@example.com,${city}`)
  await writeFile(join(dir, 'people.csv'), ['external_id,name,email,user_fields.city', ...rows, ''].join('\n'))
}

const env = { NO_COLOR: '1', TERM: 'dumb' }
const run = (line: string) => runCli(line.split(' '), dir, { env })

/** The last line of stdout as JSON. */
async function answer(line: string) {
  const ended = await run(`${line} --json`)
  return { ...ended, document: JSON.parse(ended.stdout.trimEnd().split('\n').at(-1)!) }
}

function cityOf(externalId: string): unknown {
  const user = emulator.state({ role: 'end-user' }).users.find((each) => each.external_id === externalId)
  return (user?.user_fields as Record<string, unknown> | undefined)?.city
}

async function edit(externalId: string, city: string): Promise<void> {
  const user = emulator.state({ role: 'end-user' }).users.find((each) => each.external_id === externalId)!
  const credentials = Buffer.from(`${emulator.email}/token:${emulator.apiToken}`).toString('base64')
  const answered = await fetch(`${emulator.url}/api/v2/users/${user.id}`, {
    method: 'PUT',
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
    body: JSON.stringify({ user: { user_fields: { city } } }),
  })
  expect(answered.status).toBe(200)
}

const writes = () => emulator.calls({}).filter(({ method }) => method !== 'GET').length

describe('conflicts', () => {
  test('of a plan that has looked are listed in every form; a run of it refuses nobody', async () => {
    await source({ a: 'Leeds', sam2: 'York' })
    const { document: plan } = await answer('plan people --live')
    expect(plan).toMatchObject({ live: { conflicts: 1, creates: 1 }, conflicts_sample: [{ external_id: 'sam2' }] })
    expect(writes()).toBe(0)
    const asText = await run(`conflicts ${plan.plan_id}`)
    expect(asText.stdout).toContain('! Person sam2 · sam2 · sam2@example.com')
    expect(asText.stdout).toMatch(/\n\n1 conflict\n$/)
    const asJson = await run(`conflicts ${plan.plan_id} --json`)
    expect(JSON.parse(asJson.stdout)).toMatchObject([{ code: 'conflict.secondary', action: expect.any(String) }])
    const asCsv = await run(`conflicts ${plan.plan_id} --format csv`)
    expect(asCsv.stdout.split('\r\n')).toHaveLength(3)
    const ran = await answer(`run people --plan ${plan.plan_id}`)
    expect([ran.exitCode, ran.document.rows]).toEqual([
      3,
      expect.objectContaining({ created: 1, rejected: 1, failed: 0 }),
    ])
    expect((await run('conflicts nobody')).exitCode).toBe(2)
  })
})

describe('who left', () => {
  test('is in the plan, the summary and the records', async () => {
    await configure({ on_exit: 'suspend', guards: { max_exits_percent: 'none' } })
    await run('run people')
    await source({ a: 'Leeds', b: 'Leeds' })
    const { document: plan } = await answer('plan people')
    expect(plan.exits).toEqual({ action: 'suspend', people: 1, already_gone: 0 })
    const ran = await run(`run people --plan ${plan.plan_id}`)
    expect(ran.stdout).toContain('Done what on_exit says for 1 person who left the result')
    const left = await run(`records ${plan.plan_id} --exits --json`)
    expect(JSON.parse(left.stdout)).toMatchObject([{ external_id: 'c', action: 'suspend', outcome: 'done' }])
    expect((await run('why c')).stdout).toContain('! Left the result of the query: suspended.')
  })
})

describe('alerts', () => {
  test('are in the summary, the exit code and the records', async () => {
    const rows = ['external_id,name,email,locale', 'a,Ada,a@example.com,xx-YY', 'b,Bea,b@example.com,']
    await writeFile(join(dir, 'people.csv'), `${rows.join('\n')}\n`)
    const ran = await run('run people')
    expect(ran.exitCode).toBe(3)
    expect(ran.stdout).toContain('! Read back: 1 of 2 people hold what was sent, 1 does not')
    const id = /records (\S+) --alerts/.exec(ran.stdout)![1]
    const listed = await run(`records ${id} --alerts --json`)
    expect(JSON.parse(listed.stdout)).toMatchObject([{ external_id: 'a', field: 'locale', code: 'seen.not_taken' }])
    expect((await run('why a locale')).stdout).toContain('! read back, locale: given')
  })
})

describe('drift', () => {
  test('is 0 without, 3 with, and 0 when all of it was sent again', async () => {
    await run('run people')
    expect(await answer('drift people')).toMatchObject({ exitCode: 0, stderr: '', document: { drift_id: null } })
    expect((await run('drift people --format json')).stdout).toBe('[]\n')
    await edit('b', 'Paris')
    const before = writes()
    const found = await run('drift people')
    expect(found.exitCode).toBe(3)
    expect(found.stdout).toMatch(/b {12}b@example\.com {2}user_fields\.city {2}Leeds {6}Paris/)
    const id = /records (\S+) --drift/.exec(found.stdout)![1]
    const whole = await run(`records ${id} --drift --format csv`)
    expect(whole.stdout.split('\r\n')[1]).toMatch(
      /,b,b@example\.com,Person b,user_fields\.city,Leeds,Paris,seen\.\w+,.*,true$/,
    )
    expect((await run('drift people --format csv')).stdout).toBe(whole.stdout)
    expect(writes()).toBe(before)
    const repaired = await answer('drift people --repair')
    expect(repaired).toMatchObject({ exitCode: 0, document: { repair: { status: 'completed', rows: { updated: 1 } } } })
    expect(cityOf('b')).toBe('Leeds')
  })
})

describe('why', () => {
  test('tells one person by external_id or address, and one field of them', async () => {
    await run('run people')
    await edit('a', 'Paris')
    const { stdout, exitCode } = await run('why A@example.com user_fields.city')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/\+ create\n +user_fields\.city {2}Leeds\n +✓ Zendesk: created at/)
    expect(stdout).toMatch(/ {2}≠ {2}user_fields\.city {2}Leeds {10}Paris/)
    expect(stdout).not.toContain('Person a')
    const { document } = await answer('why a')
    expect(document.people).toMatchObject([{ external_id: 'a', history: [{ changes: [{ kind: 'create' }] }] }])
    expect(await run('why nobody')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Nobody/) })
  })
})

describe('undo', () => {
  async function secondRun(): Promise<string> {
    await run('run people')
    await source({ a: 'York', b: 'York', c: 'Leeds' })
    const { document } = await answer('run people')
    await edit('b', 'Paris')
    return document.run_id
  }

  async function typed(runId: string, line: string) {
    const { text, parts } = captured(dir, { env, columns: 80 })
    const input = Object.assign(Readable.from([line]), { isTTY: true })
    const request = { run: true, yes: false, approve: false }
    return { exitCode: await undoCommand(makeContext(parts, {}), runId, request, input), ...text }
  }

  test('plans and sends nothing; with --yes it restores what is still as written, and pauses', async () => {
    const runId = await secondRun()
    const before = writes()
    const planned = await run(`undo ${runId}`)
    expect(planned.exitCode).toBe(0)
    expect(planned.stdout).toContain('user_fields.city  York → Leeds')
    const planId = /--plan (\S+)\n$/.exec(planned.stdout)![1]
    expect((await run(`records ${planId} --left`)).stdout).toContain('b@example.com  user_fields.city  Leeds   York')
    expect(writes()).toBe(before)

    const done = await run(`undo ${runId} --yes --json`)
    const lines = done.stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect([done.exitCode, done.stderr]).toEqual([0, ''])
    expect(lines[0]).toMatchObject({ undone_run: runId, fields: { restored: 1, left: 1 } })
    expect(lines.at(-1)).toMatchObject({ status: 'completed', rows: { updated: 1 }, paused: true })
    expect([cityOf('a'), cityOf('b')]).toEqual(['Leeds', 'Paris'])

    expect(await answer('run people')).toMatchObject({
      exitCode: 1,
      document: { problem: { code: 'orchestration.paused' } },
    })
    expect(await answer('resume people')).toMatchObject({ exitCode: 0, document: { resumed: true } })
    expect((await run('resume people')).stdout).toBe('people is not paused.\n')
    expect((await answer('run people')).exitCode).toBe(0)
  })

  test('asks in a terminal, and only a typed yes runs it', async () => {
    const runId = await secondRun()
    const refused = await typed(runId, 'n\n')
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain('Restore 1 person, and pause orchestration people? (y/N) Nothing was changed.')
    expect(cityOf('a')).toBe('York')
    const agreed = await typed(runId, 'yes\n')
    expect(agreed.exitCode).toBe(0)
    expect(agreed.stdout).toContain('run   ')
    expect(agreed.stdout).toContain('The orchestration is paused')
    expect(cityOf('a')).toBe('Leeds')
  })
})
