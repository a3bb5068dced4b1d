/**
 * The contract of every {@link Connection}, as tests: how writes end, what jobs tell, and that nothing is called a success without
 * the destination's word. Register it from the test file of an implementation, with an account that can be made to fail.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Attribute, Connection, ConnectOptions, JobState, PeopleKeys, Submission, Write } from './destination.ts'

/** What can go wrong with the next write. */
export type Mishap =
  /** The connection breaks before the request takes effect. */
  | 'lost_before'
  /** The request takes effect and the connection breaks. */
  | 'lost_after'
  /** No answer comes in time. */
  | 'silence'
  /** The answer cannot be read to its end, or not at all. */
  | 'truncated'
  | 'garbled'
  /** A server error. */
  | 'server_error'
  /** The destination limits us for two seconds. */
  | 'limited'
  /** The job is lost, breaks, has no results, or has them in another order. */
  | 'job_lost'
  | 'job_failed'
  | 'no_results'
  | 'last_result_missing'
  | 'shuffled_results'
  /** Nothing can be sent until somebody acts. */
  | 'not_permitted'

/** An account for one test, with one agent (`agent@example.com`) at least and nobody else. */
export interface ContractAccount {
  connect(options?: ConnectOptions & { credential?: 'wrong' }): Connection
  /** The next write goes wrong so. */
  mishap(kind: Mishap): void
  /** People by external_id, with name and all addresses. */
  people(): Map<string, { name: string; emails: string[] }>
  /** Lets time pass for a connection that waits. */
  elapse(delayMs: number): void
  close(): Promise<void>
}

/** One test's account, an open connection to it, and what most tests do with them. */
interface Ground {
  account: ContractAccount
  connection: Connection
  attributes: ReadonlyMap<string, Attribute>
  submit(writes: readonly Write[]): Promise<Submission>
  /** Asks until the job has ended, letting time pass in between. */
  settled(jobId: string, writes: readonly Write[]): Promise<JobState>
  deliver(writes: readonly Write[]): Promise<JobState>
}

async function openGround(open: () => Promise<ContractAccount>): Promise<Ground> {
  const account = await open()
  const connection = account.connect()
  const { columns } = (await connection.readAccount()).mapColumns(['external_id', 'email', 'name', 'alias'])
  const attributes = new Map<string, Attribute>()
  for (const use of columns) if (use.use === 'attribute') attributes.set(use.attribute.name, use.attribute)
  const ground: Ground = {
    account,
    connection,
    attributes,
    submit(writes) {
      const prepared = writes.map((write) => connection.prepare(write, attributes))
      return connection.submit(connection.batchKind(writes[0]!), prepared)
    },
    async settled(jobId, writes) {
      for (let turn = 0; turn < 1_000; turn++) {
        const [state] = await connection.pollJobs([{ jobId, writes }])
        if (state!.state !== 'running') return state!
        account.elapse(1_000)
      }
      throw new Error('the job never ended')
    },
    async deliver(writes) {
      const submission = await ground.submit(writes)
      if (submission.end !== 'job') throw new Error(`no job: ${JSON.stringify(submission)}`)
      return await ground.settled(submission.jobId, writes)
    },
  }
  return ground
}

function person(key: string, more: Partial<Write> = {}): Write {
  return {
    kind: 'create',
    zendeskId: null,
    externalId: key,
    email: `${key}@example.com`,
    values: { name: `Name of ${key}` },
    before: {},
    ...more,
  }
}

/** Registers the suite; `open` makes an account for each test. */
export function describeConnection(title: string, open: () => Promise<ContractAccount>): void {
  describe(`contract of a connection: ${title}`, () => {
    // Tests hold on to this one object; what is in it is new for each.
    const ground = {} as Ground

    beforeEach(async () => {
      Object.assign(ground, await openGround(open))
    })

    afterEach(async () => {
      await ground.connection.close()
      await ground.account.close()
    })

    describe('writes that end well', () => endsWell(ground))
    describe('writes that nobody can be sure of', () => endsUnsure(ground))
    describe('writes to people who are known', () => changesKnown(ground))
    describe('jobs that do not say what became of a row', () => tellsNothing(ground))
    describe('writes that are refused', () => isRefused(ground))
    describe('the account', () => showsAccount(ground))
    describe('people of the account', () => readsPeople(ground))
  })
}

function endsWell(ground: Ground): void {
  it('creates, and updates what is there', async () => {
    const writes = [person('a'), person('b')]
    const first = await ground.deliver(writes)
    expect(first).toMatchObject({ state: 'completed', results: [{ status: 'created' }, { status: 'created' }] })
    expect(await ground.deliver(writes)).toEqual({
      state: 'completed',
      results: first.state === 'completed' ? first.results.map((result) => ({ ...result, status: 'updated' })) : [],
    })
    expect([...ground.account.people().keys()].sort()).toEqual(['a', 'b'])
  })

  it('says of each row what became of it', async () => {
    const state = await ground.deliver([person('a'), person('b', { email: 'no address' }), person('c')])
    expect(state).toMatchObject({
      state: 'completed',
      results: [{ status: 'created' }, { status: 'failed', reason: expect.stringMatching(/./) }, { status: 'created' }],
    })
    expect([...ground.account.people().keys()].sort()).toEqual(['a', 'c'])
  })

  it('carries texts of every script', async () => {
    const name = 'Zoë 靴下 🧦 "\\ \u2028 <b>'
    await ground.deliver([person('ünïcode-键', { email: 'zoë@example.com', values: { name } })])
    expect(ground.account.people().get('ünïcode-键')).toMatchObject({ name, emails: ['zoë@example.com'] })
  })

  it('finds people whatever the case of their key', async () => {
    const state = await ground.deliver([person('Ab')])
    const zendeskId = state.state === 'completed' && 'zendeskId' in state.results[0]! ? state.results[0].zendeskId : ''
    const people = [
      { zendeskId: null, externalId: 'aB' },
      { zendeskId: null, externalId: 'nobody' },
      { zendeskId, externalId: null },
      { zendeskId: '1', externalId: 'ab' },
    ]
    expect(await ground.connection.lookUp(people)).toEqual([zendeskId, null, zendeskId, null])
  })

  it('sends no request for no writes', async () => {
    const before = ground.connection.requests()
    expect(await ground.connection.submit('upsert', [])).toEqual({ end: 'settled', results: [] })
    expect(await ground.connection.lookUp([])).toEqual([])
    expect(await ground.connection.pollJobs([])).toEqual([])
    expect(ground.connection.requests()).toBe(before)
  })

  it('counts its requests', async () => {
    const before = ground.connection.requests()
    await ground.submit([person('a')])
    expect(ground.connection.requests()).toBe(before + 1)
  })
}

function endsUnsure(ground: Ground): void {
  it.each(['lost_before', 'lost_after', 'silence', 'truncated', 'garbled', 'server_error'] as const)(
    '%s is ambiguous, is sent once only, and may be sent again',
    async (kind) => {
      const before = ground.connection.requests()
      ground.account.mishap(kind)
      expect(await ground.submit([person('a')])).toMatchObject({ end: 'ambiguous' })
      expect(ground.connection.requests()).toBe(before + 1)
      expect(await ground.deliver([person('a')])).toMatchObject({
        state: 'completed',
        results: [{ zendeskId: expect.any(String) }],
      })
      expect([...ground.account.people().keys()]).toEqual(['a'])
    },
  )

  it('finds the job of a lost answer by its keys', async () => {
    ground.account.mishap('lost_after')
    await ground.submit([person('Lost'), person('found')])
    ground.account.elapse(60_000)
    const [job] = await ground.connection.listJobs()
    expect(job).toMatchObject({ total: 2, finished: true })
    expect(job!.echo!.map((echo) => echo.externalId)).toEqual(['lost', 'found'])
  })
}

/** People `a` and `b` are there; changes are of `a`, whose Zendesk id comes from its own delivery. */
async function knownPeople(ground: Ground): Promise<string> {
  const state = await ground.deliver([person('a'), person('b')])
  await ground.deliver([person('a', { kind: 'email', email: 'more@example.com', values: {} })])
  return state.state === 'completed' && 'zendeskId' in state.results[0]! ? state.results[0].zendeskId : ''
}

interface KnownChange {
  kind: Write['kind']
  more: Partial<Write>
  /** What the account then holds of `a`; null: nobody. */
  after: { name?: string; emails?: string[] } | null
}

const knownChanges: KnownChange[] = [
  { kind: 'by_id', more: { values: { name: 'Other' } }, after: { name: 'Other' } },
  { kind: 'delete', more: {}, after: null },
  {
    kind: 'primary_email',
    more: { email: 'new@example.com' },
    after: { emails: ['more@example.com', 'new@example.com'] },
  },
  { kind: 'remove_email', more: { email: 'more@example.com' }, after: { emails: ['a@example.com'] } },
]

function changesKnown(ground: Ground): void {
  const changeOf = (zendeskId: string, { kind, more }: KnownChange) =>
    person('a', { kind, zendeskId, externalId: null, email: null, values: {}, ...more })

  const expectDone = async (zendeskId: string, known: KnownChange) => {
    const write = changeOf(zendeskId, known)
    const sent = await ground.submit([write])
    const state = sent.end === 'job' ? await ground.settled(sent.jobId, [write]) : sent
    expect(state).toMatchObject({ results: [{ status: 'updated', zendeskId }] })
    const a = ground.account.people().get('a')
    expect(a === undefined ? null : { ...a, emails: a.emails.toSorted() }).toEqual(
      known.after === null ? null : expect.objectContaining(known.after),
    )
    expect(ground.account.people().get('b')).toEqual({ name: 'Name of b', emails: ['b@example.com'] })
  }

  it.each(knownChanges)('$kind has its effect, and the same again', async (known) => {
    const zendeskId = await knownPeople(ground)
    await expectDone(zendeskId, known)
    await expectDone(zendeskId, known)
  })

  const mishaps = ['lost_before', 'lost_after', 'silence', 'truncated', 'garbled', 'server_error', 'limited'] as const
  it.each(mishaps.flatMap((mishap) => knownChanges.map((known) => ({ mishap, ...known }))))(
    '$kind may be sent again after $mishap',
    async ({ mishap, ...known }) => {
      const zendeskId = await knownPeople(ground)
      ground.account.mishap(mishap)
      const { end } = await ground.submit([changeOf(zendeskId, known)])
      // An answer without a body cannot be cut short.
      const expected =
        mishap === 'limited' ? ['refused'] : mishap === 'truncated' ? ['ambiguous', 'settled'] : ['ambiguous']
      expect(expected).toContain(end)
      await expectDone(zendeskId, known)
    },
  )
}

function tellsNothing(ground: Ground): void {
  it('that is lost is missing, and only after a second look', async () => {
    ground.account.mishap('job_lost')
    const writes = [person('a')]
    const submission = await ground.submit(writes)
    const jobId = submission.end === 'job' ? submission.jobId : ''
    expect(await ground.connection.pollJobs([{ jobId, writes }])).toEqual([{ state: 'running' }])
    ground.account.elapse(4_999)
    expect(await ground.connection.pollJobs([{ jobId, writes }])).toEqual([{ state: 'running' }])
    ground.account.elapse(1)
    expect(await ground.connection.pollJobs([{ jobId, writes }])).toEqual([{ state: 'missing' }])
  })

  it('that breaks is failed', async () => {
    ground.account.mishap('job_failed')
    expect(await ground.deliver([person('a')])).toMatchObject({ state: 'failed', reason: expect.any(String) })
  })

  it('without results leaves every row unknown', async () => {
    ground.account.mishap('no_results')
    expect(await ground.deliver([person('a'), person('b')])).toEqual({
      state: 'completed',
      results: [{ status: 'unknown' }, { status: 'unknown' }],
    })
  })

  it('without the last result leaves that row unknown', async () => {
    ground.account.mishap('last_result_missing')
    expect(await ground.deliver([person('a'), person('b')])).toMatchObject({
      results: [{ status: 'created' }, { status: 'unknown' }],
    })
  })

  it('with results in another order is matched by keys', async () => {
    ground.account.mishap('shuffled_results')
    const writes = ['a', 'b', 'c', 'd', 'e'].map((key) => person(key))
    const state = await ground.deliver(writes)
    if (state.state !== 'completed') throw new Error(state.state)
    const ids = state.results.map((result) => ('zendeskId' in result ? result.zendeskId : null))
    expect(await ground.connection.lookUp(writes)).toEqual(ids)
  })
}

function isRefused(ground: Ground): void {
  it('waits as long as it is asked to', async () => {
    ground.account.mishap('limited')
    expect(await ground.submit([person('a')])).toMatchObject({ end: 'refused', delayMs: 2_000 })
    expect(ground.account.people().size).toBe(0)
  })

  it('stops with a problem that says what to do', async () => {
    ground.account.mishap('not_permitted')
    const submission = await ground.submit([person('a')])
    expect(submission).toMatchObject({ end: 'stopped', problem: { effect: 'none', fix: expect.any(String) } })
    expect(ground.account.people().size).toBe(0)
  })

  it('stops at a wrong credential', async () => {
    const stranger = ground.account.connect({ credential: 'wrong' })
    const end = await stranger.submit('upsert', [ground.connection.prepare(person('a'), ground.attributes)])
    expect(end).toMatchObject({ end: 'stopped', problem: { retry: 'never' } })
    await expect(stranger.readAccount()).rejects.toMatchObject({ retry: 'never' })
    await stranger.close()
  })

  it('sends nothing once it is told to stop', async () => {
    const abort = new AbortController()
    const stopped = ground.account.connect({ signal: abort.signal })
    abort.abort()
    expect(await stopped.submit('upsert', [ground.connection.prepare(person('a'), ground.attributes)])).toMatchObject({
      end: 'refused',
    })
    expect(stopped.requests()).toBe(0)
    await stopped.close()
  })

  it('is not taken by a host that is gone', async () => {
    const prepared = ground.connection.prepare(person('a'), ground.attributes)
    await ground.account.close()
    const again = ground.account.connect()
    expect(await again.submit('upsert', [prepared])).toMatchObject({ end: 'refused' })
    await again.close()
  })
}

function showsAccount(ground: Ground): void {
  it('is checked in stages that end with the first failure', async () => {
    const stages = await Array.fromAsync(ground.connection.check())
    expect(stages.map((stage) => stage.outcome)).not.toContain('failed')
    const stranger = ground.account.connect({ credential: 'wrong' })
    const failed = await Array.fromAsync(stranger.check())
    expect(failed.filter((stage) => stage.outcome === 'failed')).toEqual([failed.at(-1)])
    expect(failed.at(-1)!.problem!.fix).toMatch(/./)
    await stranger.close()
  })

  it('knows which attributes are personal whatever a query puts into them', () => {
    const { isPersonal } = ground.connection
    expect(['email', ' NAME ', 'phone', 'notes'].map(isPersonal)).toEqual([true, true, true, true])
    expect(['external_id', 'tags', 'user_fields.name', 'name_of_store'].map(isPersonal)).not.toContain(true)
  })

  it('names the people who must not be touched, in lower case', async () => {
    const { protectedPeople } = await ground.connection.readAccount()
    expect(protectedPeople.emails).toContain('agent@example.com')
    for (const email of protectedPeople.emails) expect(email).toBe(email.toLowerCase())
  })
}

/** An index that lags has caught up by then. */
const settledMs = 10 * 60_000

function readsPeople(ground: Ground): void {
  const read = async (keys: PeopleKeys, names: string[] = []) => {
    const attributes = names.map((name) => ground.attributes.get(name)!)
    const pages = await Array.fromAsync(ground.connection.readPeople(keys, attributes))
    return pages.flat().sort((one, other) => ((one.externalId ?? '') < (other.externalId ?? '') ? -1 : 1))
  }

  it('are read back as they were written, by whatever key', async () => {
    await ground.deliver([
      person('Ab', { values: { name: 'Zoë 靴下', alias: 'Z' } }),
      person('b,c', { email: 'bc@example.com' }),
      person('d'),
    ])
    await ground.deliver([{ ...person('d', { kind: 'email' }), email: 'second@example.com', values: {} }])
    ground.account.elapse(settledMs)
    const people = await read({ externalIds: ['aB', 'b,c', 'D', 'nobody'] }, ['name', 'alias'])
    expect(people).toEqual([
      expect.objectContaining({ externalId: 'Ab', values: { name: 'Zoë 靴下', alias: 'Z' }, role: 'end-user' }),
      expect.objectContaining({ externalId: 'b,c', values: { name: 'Name of b,c', alias: null }, suspended: false }),
      expect.objectContaining({ externalId: 'd', emails: ['d@example.com', 'second@example.com'] }),
    ])
    const names = ['name', 'alias']
    expect(await read({ zendeskIds: people.map(({ zendeskId }) => zendeskId) }, names)).toEqual(people)
    const emails = ['AB@example.com', 'bc@example.com', 'd@example.com', 'nobody@example.com']
    expect(await read({ emails }, names)).toEqual(people)
    expect(await read({ zendeskIds: [people[0]!.zendeskId], externalIds: ['ab'], emails }, names)).toEqual(people)
  })

  it('have the values that were asked for and no others', async () => {
    await ground.deliver([person('a', { values: { name: 'Ann', alias: 'A' } })])
    expect((await read({ externalIds: ['a'] }, ['alias']))[0]!.values).toEqual({ alias: 'A' })
    expect((await read({ externalIds: ['a'] }))[0]!.values).toEqual({})
  })

  it('are everybody who is there, agents included', async () => {
    await ground.deliver([person('a'), person('b')])
    const people = (await Array.fromAsync(ground.connection.readEverybody([]))).flat()
    expect(people.filter(({ role }) => role === 'end-user').map(({ externalId }) => externalId)).toEqual(['a', 'b'])
    expect(people.flatMap(({ role, emails }) => (role === 'end-user' ? [] : emails))).toContain('agent@example.com')
    expect(await ground.connection.countPeople()).toBe(people.length)
  })

  it('cost as many requests as was said', async () => {
    const externalIds = Array.from({ length: 205 }, (_, index) => `nobody${index}`)
    const zendeskIds = Array.from({ length: 101 }, (_, index) => String(index + 1))
    const said = ground.connection.readingCost({ zendeskIds: 101, externalIds: 205, emails: 0 })
    const before = ground.connection.requests()
    await read({ externalIds, zendeskIds })
    expect(ground.connection.requests() - before).toBe(said)
    await read({})
    expect(ground.connection.requests() - before).toBe(said)
  })

  it('are not read with a wrong credential', async () => {
    const stranger = ground.account.connect({ credential: 'wrong' })
    await expect(Array.fromAsync(stranger.readPeople({ externalIds: ['a'] }, []))).rejects.toMatchObject({
      retry: 'never',
    })
    await expect(Array.fromAsync(stranger.readEverybody([]))).rejects.toMatchObject({ retry: 'never' })
    await expect(stranger.countPeople()).rejects.toMatchObject({ retry: 'never' })
    await stranger.close()
  })
}
