import { describe, expect, it } from 'vitest'
import type { Problem } from '../../problem.ts'
import type { CheckStage, QueryColumns, WaitNotice } from '../destination.ts'
import { lookUpPaths } from './people.ts'
import { zendeskCredential } from './settings.ts'
import { apiToken, connect, emulate, jumpingClock, oauth, person, submit } from './test-account.ts'

function brief(stages: CheckStage[]): string[] {
  return stages.map(
    ({ stage, outcome, problem }) => `${stage} ${outcome}${problem === undefined ? '' : ` ${problem.code}`}`,
  )
}

describe('reading the account', () => {
  it('reads all pages of fields and agents with all their addresses', async () => {
    const emulator = await emulate()
    emulator.seed({
      user_fields: Array.from({ length: 130 }, (_, index) => ({
        key: `f${index}`,
        type: 'text' as const,
        title: `F${index}`,
      })),
      agents: Array.from({ length: 230 }, (_, index) => ({
        name: `Agent ${index}`,
        email: `Agent${index}@Example.com`,
        emails: [`second${index}@example.com`],
        external_id: `AG${index}`,
      })),
      users: [{ name: 'End user', email: 'end@example.com', external_id: 'e' }],
    })
    const facts = await connect(emulator).readAccount()
    expect(
      facts.mapColumns(['email', 'name', 'user_fields.f0', 'user_fields.f129']).columns.map(({ use }) => use),
    ).toEqual(['identity', 'attribute', 'attribute', 'attribute'])
    const { zendeskIds, externalIds, emails } = facts.protectedPeople
    expect(zendeskIds).toHaveLength(232)
    expect(externalIds).toContain('ag229')
    expect(emails).toEqual(expect.arrayContaining(['agent0@example.com', 'second229@example.com']))
    expect(emails).not.toContain('end@example.com')
    expect(emulator.calls({ method: 'POST' })).toEqual([])
  })

  it('tells what the author of the columns should know', async () => {
    const emulator = await emulate({ tagging: false })
    emulator.seed({ user_fields: [{ key: 'old', active: false }] })
    const columns = ['email', 'name', 'tags', 'user_fields.old']
    const facts = await connect(emulator, { settings: { tags: 'add', unknown_fields: 'ignore' } }).readAccount()
    expect(facts.columnNotes(columns)).toEqual([
      expect.stringMatching(/^Tags of users are switched off/),
      expect.stringMatching(/^The user field old is switched off/),
    ])
    const strict = await connect(emulator, { settings: { tags: 'add' } }).readAccount()
    expect(() => strict.mapColumns(columns)).toThrow(/`old` of the Zendesk account is switched off/)
  })

  it('works for a credential that may not read settings', async () => {
    const emulator = await emulate()
    emulator.faults({ kind: 'status', status: 403, body: {}, match: { path: '/account/settings' }, times: 2 })
    const connection = connect(emulator)
    expect((await connection.readAccount()).columnNotes(['email', 'name', 'phone'])).toEqual([])
    const stages = await Array.fromAsync(connection.check())
    expect(stages[3]).toMatchObject({
      stage: 'settings',
      outcome: 'note',
      detail: expect.stringMatching(/may not read/),
    })
  })

  it('protects nobody when it is told so', async () => {
    const emulator = await emulate()
    const facts = await connect(emulator, { settings: { protect_agents: false } }).readAccount()
    expect(facts.protectedPeople).toEqual({ zendeskIds: [], externalIds: [], emails: [] })
  })

  it('knows how much the account allows', async () => {
    const emulator = await emulate({ plan: 'team' })
    const connection = connect(emulator, { settings: { limits: { api_budget: 0.5 } } })
    expect(connection.limits.requestsPerMinute).toBeNull()
    expect((await connection.readAccount()).requestsPerMinute).toBe(200)
    expect(connection.limits.requestsPerMinute).toBe(100)
  })

  it.each(['reset_before', 'hang', 'truncated', 'garbled'] as const)('repeats a read after %s', async (kind) => {
    const emulator = await emulate()
    emulator.faults({ kind, match: { path: '/user_fields' }, times: 2 })
    await connect(emulator).readAccount()
    expect(emulator.calls({ path: '/user_fields' })).toHaveLength(3)
  })

  it.each([500, 502, 503, 409, 408])('repeats a read after %s, but not for ever', async (status) => {
    const emulator = await emulate()
    emulator.faults({ kind: 'status', status, match: { path: '/user_fields' }, times: 4 })
    await connect(emulator).readAccount()
    emulator.faults({ kind: 'status', status, match: { path: '/user_fields' }, times: 'always' })
    await expect(connect(emulator).readAccount()).rejects.toMatchObject({ retry: 'later' })
  })

  it.each([429, 503])('waits as long as a %s asks for, and says so', async (status) => {
    const emulator = await emulate()
    const clock = jumpingClock()
    const notices: (WaitNotice | null)[] = []
    emulator.faults({ kind: 'status', status, body: 'busy', retryAfter: 27, match: { path: '/user_fields' } })
    await connect(emulator, { clock, onWait: (notice) => notices.push(notice) }).readAccount()
    expect(clock.nowMs).toBeGreaterThanOrEqual(27_000)
    expect(notices.map((notice) => notice?.why ?? null)).toEqual(['Zendesk asks us to wait 27 s', null])
  })

  it('stops a read when it is told to', async () => {
    const emulator = await emulate()
    const abort = new AbortController()
    const connection = connect(emulator, { signal: abort.signal })
    abort.abort()
    await expect(connection.readAccount()).rejects.toMatchObject({ code: 'workflow.stopped' })
  })

  it('meets no 429 while it stays within its share', async () => {
    let nowMs = Date.parse('2026-11-21T12:00:00Z')
    const clock = jumpingClock()
    const emulator = await emulate({
      plan: 'team',
      now: () => (nowMs = Date.parse('2026-11-21T12:00:00Z') + clock.nowMs),
    })
    // Five hundred at once queue longer than the short time-outs of the other tests allow.
    const connection = connect(emulator, { clock, timeouts: {}, settings: { limits: { api_budget: 0.9 } } })
    await Promise.all(Array.from({ length: 500 }, () => connection.lookUp([{ zendeskId: '1', externalId: null }])))
    expect(emulator.stats().by_status).toEqual({ '200': 500 })
    expect(nowMs).toBeGreaterThan(Date.parse('2026-11-21T12:01:00Z'))
  })
})

describe('looking people up', () => {
  it('takes keys with commas and other signs, and 100 at a time', async () => {
    const emulator = await emulate()
    const keys = ['a,b', 'a b', 'ä&=?#/', '%2C', '🧦', 'x"y']
    emulator.seed({ users: keys.map((external_id) => ({ name: 'N', external_id })) })
    const connection = connect(emulator)
    const found = await connection.lookUp(keys.map((externalId) => ({ zendeskId: null, externalId })))
    const ids = new Map(emulator.state().users.map((user) => [user.external_id, String(user.id)]))
    expect(found).toEqual(keys.map((key) => ids.get(key)))
  })

  it('does not see the deleted', async () => {
    const emulator = await emulate()
    emulator.seed({ users: [{ name: 'N', external_id: 'a' }] })
    const id = String(emulator.state({ external_id: 'a' }).users[0]!.id)
    emulator.deleteUser({ external_id: 'a' })
    const people = [{ zendeskId: id, externalId: 'a' }]
    expect(await connect(emulator).lookUp(people)).toEqual([null])
    emulator.faults({ kind: 'status', status: 200, body: { users: [{ id: Number(id), active: false }] } })
    expect(await connect(emulator).lookUp(people)).toEqual([null])
  })

  it.each<[string, string[], string[], string[]]>([
    ['nothing', [], [], []],
    ['ids and keys', ['1', '2'], ['a', 'b c'], ['show_many?ids=1,2', 'show_many?external_ids=a,b%20c']],
    ['a key with a comma goes alone', [], ['a', 'b,c'], ['show_many?external_ids=a', '?external_id=b%2Cc']],
  ])('asks for %s', (_, ids, externalIds, expected) => {
    const paths = lookUpPaths(ids, externalIds).map((path) => path.replace(/^\/api\/v2\/users\/?/, ''))
    expect(paths).toEqual(expected)
  })

  it('asks for at most 100 at a time, in lines that every proxy takes', () => {
    const many = lookUpPaths(
      Array.from({ length: 250 }, (_, index) => `${index}`),
      [],
    )
    expect(many.map((path) => path.split(',').length)).toEqual([100, 100, 50])
    const long = lookUpPaths(
      [],
      Array.from({ length: 100 }, (_, index) => `${index}${'ä'.repeat(100)}`),
    )
    expect(long.length).toBeGreaterThan(1)
    for (const path of long) expect(path.length).toBeLessThan(8_000)
  })
})

describe('the list of jobs', () => {
  it('is read page by page, newest first', async () => {
    const emulator = await emulate()
    const connection = connect(emulator)
    const ids: string[] = []
    for (let index = 0; index < 130; index++) {
      const end = await submit(connection, [person(`p${index}`)])
      if (end.end === 'job') ids.push(end.jobId)
    }
    const jobs = await connection.listJobs()
    expect(new Set(jobs.map((job) => job.jobId))).toEqual(new Set(ids))
    expect(jobs.every((job) => job.finished && job.total === 1 && job.echo!.length === 1)).toBe(true)
  })

  it('has no keys of jobs that run', async () => {
    const emulator = await emulate({ jobLatencyMs: [60_000, 60_000] })
    const connection = connect(emulator)
    await submit(connection, [person('a')])
    expect(await connection.listJobs()).toMatchObject([{ finished: false, echo: null, total: 1 }])
  })
})

describe('the check', () => {
  const bulkNote = 'bulk_import note'
  it('passes all stages with OAuth', async () => {
    const emulator = await emulate()
    const connection = connect(emulator, { credential: oauth(emulator) })
    expect(brief(await Array.fromAsync(connection.check()))).toEqual([
      'reach ok',
      'sign_in ok',
      'fields ok',
      'settings ok',
      bulkNote,
    ])
  })

  it('tells about the end of API tokens', async () => {
    const emulator = await emulate()
    const stages = await Array.fromAsync(connect(emulator).check())
    expect(stages.at(-1)).toMatchObject({
      stage: 'api_token',
      outcome: 'note',
      detail: expect.stringMatching(/2026-10-27.*2027-04-30/),
    })
  })

  it.each([true, false])('does not take an anonymous answer for a sign-in (%s)', async (anonymousOnBadToken) => {
    const emulator = await emulate({ anonymousOnBadToken })
    const credential = zendeskCredential.parse({ type: 'zendesk', email: emulator.email, api_token: 'wrong-token' })
    const stages = await Array.fromAsync(connect(emulator, { credential }).check())
    const code = anonymousOnBadToken ? 'zendesk.anonymous' : 'zendesk.credentials_rejected'
    expect(brief(stages)).toEqual(['reach ok', `sign_in failed ${code}`])
    expect(JSON.stringify(stages)).not.toContain('wrong-token')
  })

  it('names a role that cannot work', async () => {
    const emulator = await emulate({ apiUserRole: 'end-user' })
    expect(brief(await Array.fromAsync(connect(emulator).check())).at(-1)).toBe('sign_in failed zendesk.not_an_agent')
  })

  it('names an unknown subdomain', async () => {
    const emulator = await emulate({ unknownSubdomain: true })
    expect(brief(await Array.fromAsync(connect(emulator).check()))).toEqual(['reach failed zendesk.unknown_subdomain'])
  })

  it('names a host that is gone', async () => {
    const emulator = await emulate()
    await emulator.close()
    const [stage] = await Array.fromAsync(connect(emulator, { credential: apiToken(emulator) }).check())
    expect(stage).toMatchObject({ outcome: 'failed', problem: { code: 'zendesk.unreachable', retry: 'later' } })
  })

  it('notes patterns that only Zendesk can check', async () => {
    const emulator = await emulate()
    emulator.seed({ user_fields: [{ key: 'odd', type: 'regexp', title: 'Odd', regexp_for_validation: '\\Aa++\\z' }] })
    const stages = await Array.fromAsync(connect(emulator).check())
    expect(stages[2]).toMatchObject({ outcome: 'note', detail: expect.stringContaining('odd') })
  })

  describe('of queries', () => {
    async function* queries(...columns: string[][]): AsyncGenerator<QueryColumns> {
      for (const [index, names] of columns.entries()) yield { name: `q${index}`, columns: names }
    }
    const told = (stages: CheckStage[]) =>
      stages
        .filter(({ stage }) => stage === 'query' || stage === 'column')
        .map(({ title, outcome }) => [title, outcome])

    it('goes through their columns', async () => {
      const emulator = await emulate({ endUserPhoneNumberValidation: true })
      emulator.seed({ user_fields: [{ key: 'tier', type: 'dropdown', custom_field_options: ['gold', 'silver'] }] })
      const columns = ['email', 'name', 'phone', 'user_fields.tier', 'amperity_id']
      const stages = await Array.fromAsync(connect(emulator).check(queries(columns, ['external_id', 'name'])))
      expect(told(stages)).toEqual([
        ['Query q0', 'ok'],
        ['email', 'ok'],
        ['name', 'ok'],
        ['phone', 'note'],
        ['user_fields.tier', 'ok'],
        ['amperity_id', 'note'],
        ['Query q1', 'ok'],
        ['external_id', 'ok'],
        ['name', 'ok'],
      ])
      const detail = (title: string) => stages.find((stage) => stage.title === title)!.detail
      expect(detail('Query q0')).toBe('5 columns')
      expect(detail('user_fields.tier')).toBe('user field tier, drop-down: gold, silver')
      expect(detail('phone')).toMatch(/^phone number, sent as E\.164\. The Zendesk account checks phone numbers/)
      expect(emulator.calls({ method: 'POST' })).toEqual([])
    })

    it.each([
      ['a column that is refused', ['email', 'name', 'role'], /never changes roles/, 1],
      ['a field that is not there', ['email', 'name', 'user_fields.nope'], /no active user field/, 5],
      ['a field that is switched off', ['email', 'name', 'user_fields.old'], /switched off/, 5],
    ])('fails at %s, after it has shown the others', async (_, columns, detail, shown) => {
      const emulator = await emulate()
      emulator.seed({ user_fields: [{ key: 'old', active: false }] })
      const stages = await Array.fromAsync(connect(emulator).check(queries(columns, ['email', 'name'])))
      expect(stages.at(-1)).toMatchObject({
        title: 'Query q0',
        outcome: 'failed',
        detail: expect.stringMatching(detail),
        problem: { fix: expect.stringMatching(/./) },
      })
      expect(told(stages)).toHaveLength(shown)
      expect(stages.find(({ stage }) => stage === 'fields')!.detail).toBe('0 active user fields, 1 switched off')
    })

    it('asks for no columns when the account cannot be read', async () => {
      const emulator = await emulate({ apiUserRole: 'end-user' })
      let asked = false
      async function* never(): AsyncGenerator<QueryColumns> {
        asked = true
        yield* queries(['email', 'name'])
      }
      await Array.fromAsync(connect(emulator).check(never()))
      expect(asked).toBe(false)
    })
  })

  it('names the plan that allows so many requests', async () => {
    const emulator = await emulate({ plan: 'enterprise' })
    const stages = await Array.fromAsync(connect(emulator).check())
    expect(stages[1]!.detail).toMatch(/700 requests a minute \(as Enterprise\)$/)
  })

  it('gives every failure a fix', async () => {
    const emulator = await emulate({ apiUserRole: 'end-user' })
    const stages = await Array.fromAsync(connect(emulator).check())
    expect((stages.at(-1)!.problem as Problem).fix).toMatch(/admin/)
  })
})
