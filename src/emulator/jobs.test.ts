import { describe, expect, test } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

const rows = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ name: `P${from + index}`, external_id: `p-${from + index}` }))

async function post(account: TestAccount, users: unknown[]) {
  return account.call('POST', '/api/v2/users/create_or_update_many.json', { users })
}

async function show(account: TestAccount, id: string) {
  return (await account.call('GET', `/api/v2/job_statuses/${id}.json`)).json.job_status
}

describe('the life of a job', () => {
  test('queued, working, completed as recorded (ZENPY); nothing is written before the end', async () => {
    await using account = await openTestAccount({ jobLatencyMs: [1000, 1000] })
    const posted = await post(account, rows(10))
    expect(posted.status).toBe(200)
    const queued = posted.json.job_status
    expect(queued).toEqual({
      id: expect.stringMatching(/^V3-[0-9a-f]{32}$/),
      job_type: 'Bulk Create User',
      url: `${account.emulator.url}/api/v2/job_statuses/${queued.id}.json`,
      total: 10,
      progress: null,
      status: 'queued',
      message: null,
      results: null,
    })
    account.pass(950)
    const working = await show(account, queued.id)
    expect(working).toMatchObject({
      status: 'working',
      message: expect.stringMatching(/^Creating User #\d$/),
      results: null,
    })
    expect(account.emulator.state({ role: 'end-user' }).total).toBe(0)
    account.pass(50)
    const done = await show(account, queued.id)
    expect(done).toMatchObject({ status: 'completed', progress: 10, message: 'Completed at 2026-11-21 12:00:01 +0000' })
    expect(done.results).toHaveLength(10)
    expect(account.emulator.state({ role: 'end-user' }).total).toBe(10)
  })

  test('results follow the request, ids do not: rows run in parallel (COMM-ORDER, ZENPY)', async () => {
    await using account = await openTestAccount()
    const results = await account.upsert(...rows(100))
    expect(results.map(({ external_id }) => external_id)).toEqual(rows(100).map(({ external_id }) => external_id))
    const ids = results.map(({ id }) => id)
    expect(ids).not.toEqual(ids.toSorted())
    expect(new Set(ids).size).toBe(100)
  })

  test('a failed row has its index as id and the job is completed all the same (COMM-ORDER)', async () => {
    await using account = await openTestAccount()
    const results = await account.upsert(...rows(2), { name: 'E', email: 'badmail' })
    expect(results.map(({ status }) => status)).toEqual(['Created', 'Created', 'Failed'])
    expect(results[2].id).toBe(2)
  })

  test('realistic latencies: 100 rows take 7 to 12 s (ZENPY)', async () => {
    await using account = await openTestAccount({ jobLatencyMs: 'realistic' })
    const { id } = (await post(account, rows(100))).json.job_status
    account.pass(6999)
    expect((await show(account, id)).status).not.toBe('completed')
    account.pass(5001)
    expect((await show(account, id)).status).toBe('completed')
  })

  test('[0, 0] is done at the first look', async () => {
    await using account = await openTestAccount({ jobLatencyMs: [0, 0] })
    expect((await show(account, (await post(account, rows(1))).json.job_status.id)).status).toBe('completed')
  })

  test('one seed, one history; another seed, other ids', async () => {
    const history = async (seed: number) => {
      await using account = await openTestAccount({ seed })
      return [await account.upsert(...rows(20)), await account.upsert(...rows(20, 10))]
    }
    expect(await history(7)).toEqual(await history(7))
    expect(await history(8)).not.toEqual(await history(7))
  })
})

describe('refused before there is a job', () => {
  test.each([
    [{ id: null }, 'users.1.id must be an integer'],
    [{ id: '12' }, 'users.1.id must be an integer'],
    [{ external_id: 5 }, 'users.1.external_id must be a string'],
    [{ name: 5 }, 'users.1.name must be a string'],
    [{ name: null }, 'users.1.name must be a string'],
    [{ email: ['a'] }, 'users.1.email must be a string'],
    [{ phone: 15550001 }, 'users.1.phone must be a string'],
    [{ tags: 'a' }, 'users.1.tags must be an array'],
    [{ user_fields: [] }, 'users.1.user_fields must be an object'],
    [{ user_fields: 'x' }, 'users.1.user_fields must be an object'],
    [{ verified: 'yes' }, 'users.1.verified must be a boolean'],
    [{ suspended: 3 }, 'users.1.suspended must be a boolean'],
    [{ organization_id: 'x' }, 'users.1.organization_id must be an integer'],
    ['x', 'users.1 must be an object'],
  ])('%j sinks the whole request (zenpy #578, PHP #515)', async (row, rule) => {
    await using account = await openTestAccount()
    const bad = typeof row === 'object' ? { name: 'N', ...row } : row
    const { status, json } = await post(account, [{ name: 'Good' }, bad])
    const attribute = rule.split(' ')[0]
    expect(status).toBe(400)
    expect(json.error.title).toBe('Invalid attribute')
    expect(json.error.message).toBe(
      `You passed an invalid value for the ${attribute} attribute. Invalid parameter: ${rule} from api/v2/users/create_or_update_many`,
    )
    expect(account.emulator.stats().jobs).toBe(0)
  })

  test('more than 100 users (ZENPY)', async () => {
    await using account = await openTestAccount()
    const refused = await post(account, rows(101))
    expect(refused.status).toBe(400)
    expect(refused.json).toEqual({ error: 'TooManyValues', description: 'Maximum 100 users may be created per call' })
    expect((await post(account, rows(100))).status).toBe(200)
  })

  test.each(['{"users":[]}', '{}', '{"users":', '[]'])('%s is a 400 (inferred)', async (body) => {
    await using account = await openTestAccount()
    expect((await account.call('POST', '/api/v2/users/create_or_update_many', body)).status).toBe(400)
  })

  test('a body that is not sent as JSON counts as none (DOC-REQ)', async () => {
    await using account = await openTestAccount()
    const body = { users: rows(1) }
    const refused = await account.call('POST', '/api/v2/users/create_or_update_many', body, {
      'content-type': 'text/plain',
    })
    expect(refused.status).toBe(400)
  })

  test('bulk import is off: 403 on both upserts, update_many and the singular one go on (OAS)', async () => {
    await using account = await openTestAccount({ bulkImport: false })
    account.emulator.seed({ users: [{ id: 1, name: 'A' }] })
    for (const action of ['create_or_update_many', 'create_many']) {
      expect((await account.call('POST', `/api/v2/users/${action}`, { users: rows(1) })).status).toBe(403)
    }
    expect((await account.call('PUT', '/api/v2/users/update_many', { users: [{ id: 1, notes: 'n' }] })).status).toBe(
      200,
    )
    expect((await account.call('POST', '/api/v2/users/create_or_update', { user: { name: 'N' } })).status).toBe(201)
  })

  test('a key Zendesk does not know is ignored, with a warning header (ZENPY)', async () => {
    await using account = await openTestAccount()
    const { status, headers } = await post(account, [{ name: 'N', amperity_id: 'x' }])
    expect(status).toBe(200)
    expect(headers.get('x-zendesk-api-warn')).toContain('"users.0.amperity_id"')
  })

  test('the 31st job: TooManyJobs with the ids of the others (DOC-RL)', async () => {
    await using account = await openTestAccount()
    const ids: string[] = []
    for (let job = 0; job < 30; job++) ids.push((await post(account, rows(1, job))).json.job_status.id)
    const refused = await post(account, rows(1, 99))
    expect(refused.status).toBe(429)
    expect(refused.json).toMatchObject({ error: 'TooManyJobs', current_job_ids: ids })
    expect(refused.headers.get('zendesk-ratelimit-inflight-jobs')).toBe('total=30; remaining=0; resets=60')
    account.pass(2000)
    expect((await post(account, rows(1, 99))).status).toBe(200)
    expect(account.emulator.stats()).toMatchObject({ jobs: 31, peak_jobs_in_flight: 30 })
  })
})

describe('two rows of one person', () => {
  test('in one batch they race: collisions, lost updates and twins all happen, never silently two clean successes only', async () => {
    await using account = await openTestAccount()
    const seen = new Set<string>()
    for (let round = 0; round < 20; round++) {
      const key = { external_id: `twin-${round}` }
      const first = await account.upsert({ name: 'One', ...key }, { name: 'Two', ...key })
      const users = account.emulator.state(key).users.length
      seen.add(users === 2 ? 'twins' : first.some(({ status }) => status === 'Failed') ? 'refused' : 'merged')
    }
    expect(seen).toEqual(new Set(['twins', 'refused']))
    for (let round = 0; round < 30; round++) {
      const key = { external_id: `known-${round}` }
      account.emulator.seed({ users: [{ name: 'K', ...key }] })
      const both = await account.upsert({ details: 'd', ...key }, { notes: 'n', ...key })
      const [user] = account.emulator.state(key).users
      if (both.some(({ error }) => error === 'DatabaseConflict')) seen.add('conflict')
      else seen.add(user?.details && user.notes ? 'both' : 'lost')
    }
    expect(seen).toEqual(new Set(['twins', 'refused', 'conflict', 'lost', 'both']))
    expect(account.emulator.stats().races).toBe(50)
  })

  test('in two jobs in flight they race as well; one after the other they do not', async () => {
    await using account = await openTestAccount()
    const user = { name: 'N', external_id: 'same' }
    await post(account, [user])
    await post(account, [user])
    account.pass(2000)
    expect(account.emulator.stats().races).toBe(1)
    await account.upsert(user)
    await account.upsert(user)
    expect(account.emulator.stats().races).toBe(1)
  })

  test('two external_ids with one new address: the second row fails (inferred)', async () => {
    await using account = await openTestAccount()
    const results = await account.upsert(
      { name: 'A', external_id: 'a', email: 'x@example.com' },
      { name: 'B', external_id: 'b', email: 'x@example.com' },
    )
    expect(results.map(({ status }) => status).toSorted()).toEqual(['Created', 'Failed'])
  })
})

describe('job_statuses', () => {
  test('show_many leaves out what it does not know; 100 ids at most (inferred)', async () => {
    await using account = await openTestAccount()
    const { id } = (await post(account, rows(1))).json.job_status
    const shown = await account.call('GET', `/api/v2/job_statuses/show_many.json?ids=V3-none,${id}`)
    expect(shown.json.job_statuses.map((job: { id: string }) => job.id)).toEqual([id])
    const tooMany = Array.from({ length: 101 }, (_, index) => `V3-${index}`).join(',')
    expect((await account.call('GET', `/api/v2/job_statuses/show_many?ids=${tooMany}`)).status).toBe(400)
  })

  test('the list: unfinished first, then by completion, by cursor only (OAS)', async () => {
    await using account = await openTestAccount({ jobLatencyMs: [1000, 1000] })
    const ids: string[] = []
    for (let job = 0; job < 4; job++) {
      ids.push((await post(account, rows(1, job))).json.job_status.id)
      account.pass(400)
    }
    const list = async (path: string) => (await account.call('GET', path)).json
    const first = await list('/api/v2/job_statuses?page[size]=3')
    expect(first.job_statuses.map((job: { id: string }) => job.id)).toEqual([ids[3], ids[2], ids[1]])
    expect(first.meta.has_more).toBe(true)
    const second = await list(first.links.next)
    expect(second.job_statuses.map((job: { id: string }) => job.id)).toEqual([ids[0]])
    expect(second.meta.has_more).toBe(false)
    expect((await account.call('GET', '/api/v2/job_statuses?page=2')).status).toBe(400)
  })

  test('a job can be queried for one day (DOC-JOBS), then it is RecordNotFound', async () => {
    await using account = await openTestAccount({ jobLatencyMs: [0, 0] })
    const { id } = (await post(account, rows(1))).json.job_status
    account.pass(24 * 3_600_000)
    expect((await show(account, id)).status).toBe('completed')
    account.pass(1)
    const gone = await account.call('GET', `/api/v2/job_statuses/${id}`)
    expect([gone.status, gone.json]).toEqual([404, { error: 'RecordNotFound', description: 'Not found' }])
    expect((await account.call('GET', `/api/v2/job_statuses/show_many?ids=${id}`)).json.job_statuses).toEqual([])
    expect((await account.call('GET', '/api/v2/job_statuses')).json.job_statuses).toEqual([])
  })
})

describe('faults of jobs', () => {
  test.each([
    ['job_failed', 'none', { status: 'failed', results: null }, 0],
    ['job_killed', 'half', { status: 'killed', results: null }, 5],
    ['job_stuck', undefined, { status: 'working', results: null }, 0],
    ['results_null', undefined, { status: 'completed', results: null }, 10],
  ] as const)('%s with effect %s', async (kind, effect, expected, users) => {
    await using account = await openTestAccount()
    account.emulator.faults({ kind, ...(effect ? { effect } : {}) })
    const { id } = (await post(account, rows(10))).json.job_status
    account.pass(2000)
    expect(await show(account, id)).toMatchObject(expected)
    expect(account.emulator.state({ role: 'end-user' }).total).toBe(users)
  })

  test('results_missing and results_shuffled', async () => {
    await using account = await openTestAccount()
    account.emulator.faults({ kind: 'results_missing' })
    expect(await account.upsert(...rows(10))).toHaveLength(9)
    account.emulator.faults({ kind: 'results_shuffled' })
    expect((await account.upsert(...rows(3)))[0].external_id).toBe('p-1')
    expect((await account.upsert(...rows(3)))[0].external_id).toBe('p-0')
  })

  const told = (result: { external_id?: string; status: string }) => result.external_id ?? result.status
  test.each([
    ['results_doubled', ['p-0', 'p-1', 'p-0']],
    ['results_excess', ['p-0', 'p-1', 'p-2', 'p-0']],
    ['results_contradicting', ['p-0', 'p-1', 'p-2', 'Failed']],
    ['results_foreign_keys', ['p-1', 'p-2', 'p-0']],
    ['results_foreign_ids', ['p-0', 'p-1', 'p-2']],
  ] as const)('%s', async (kind, keys) => {
    await using account = await openTestAccount()
    const right = await account.upsert(...rows(3))
    account.emulator.faults({ kind })
    const results = await account.upsert(...rows(3))
    expect(results.map(told)).toEqual(keys)
    const { id } = results[0]!
    expect(id).toBe(kind === 'results_foreign_ids' ? right[1].id : right[0].id)
  })

  test.each(['job_lost', 'job_vanished'] as const)('%s: 404 and absent from lists in the end', async (kind) => {
    await using account = await openTestAccount()
    account.emulator.faults({ kind })
    const { id } = (await post(account, rows(2))).json.job_status
    expect((await account.call('GET', `/api/v2/job_statuses/${id}`)).status).toBe(kind === 'job_lost' ? 404 : 200)
    account.pass(2000)
    expect((await account.call('GET', `/api/v2/job_statuses/${id}`)).status).toBe(404)
    expect((await account.call('GET', '/api/v2/job_statuses')).json.job_statuses).toEqual([])
    expect(account.emulator.state({ role: 'end-user' }).total).toBe(kind === 'job_lost' ? 0 : 2)
  })
})
