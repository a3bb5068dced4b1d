import { afterEach, describe, expect, it } from 'vitest'
import { type CliChild, startCli, summaryOf, until } from './cli-child.ts'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

const benches: Bench[] = []
const children: CliChild[] = []
afterEach(async () => {
  for (const { child } of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  for (const bench of benches.splice(0)) await bench.close()
})

const destination = {
  email_change: 'replace_primary',
  tags: 'add',
  organizations: 'create',
  confirm: 'none',
}

async function open(emulator: object = {}): Promise<Bench> {
  const bench = await openBench({ destination, emulator })
  benches.push(bench)
  bench.emulator.seed({ organizations: [{ name: 'Theirs' }] })
  return bench
}

const KNOWN = 220
const ROWS = 260

/** `later`: everybody has another tag and a new organisation, every fifth another address; 40 people are new. */
function source(later: boolean): SourceRow[] {
  return Array.from({ length: later ? ROWS : KNOWN }, (_, index) => ({
    external_id: `k${index}`,
    email: later && index % 5 === 0 ? `moved${index}@example.com` : `p${index}@example.com`,
    name: `Person ${index}`,
    tags: later ? 'vip gold' : 'vip',
    organization: later ? `Later ${index % 3}` : 'First',
  }))
}

/** Names of organisations, each as often as it is there. */
async function organizationsOf({ emulator }: Bench): Promise<Map<number, string>> {
  const answer = await fetch(`${emulator.url}/api/v2/organizations?per_page=100`, {
    headers: {
      authorization: `Basic ${Buffer.from(`${emulator.email}/token:${emulator.apiToken}`).toString('base64')}`,
    },
  })
  const { organizations } = (await answer.json()) as { organizations: { id: number; name: string }[] }
  return new Map(organizations.map(({ id, name }) => [id, name]))
}

/** What a run left in an account, without what Zendesk chooses itself. */
async function stateOf(bench: Bench) {
  const names = await organizationsOf(bench)
  const users = bench
    .users()
    .map(({ external_id, name, emails, identities, tags, organization_ids }) => ({
      external_id,
      name,
      emails,
      identities: identities.length,
      tags: tags.toSorted(),
      organizations: (organization_ids as number[]).map((id) => names.get(id)).sort(),
    }))
    .toSorted((a, b) => (String(a.external_id) < String(b.external_id) ? -1 : 1))
  return { organizations: [...names.values()].sort(), users }
}

/** Moments at which the process is killed, in the order of the waves: so many requests of a kind since it was started. */
const MOMENTS: [what: string, method: string, path: RegExp, requests: number][] = [
  ['addresses are replaced', 'PUT', /\/identities\/\d+$/, 7],
  ['tags are written', 'PUT', /\/users\/update_many$/, 1],
  ['organisations are made', 'POST', /\/organizations$/, 1],
  ['members are added', 'POST', /\/organization_memberships\/create_many$/, 1],
]

describe('a process that is killed while it changes addresses, tags and memberships', () => {
  it('and then run again leaves what an undisturbed run leaves, and nothing twice (I3)', async () => {
    const bench = await open({ jobLatencyMs: [200, 300], requestLatencyMs: 15 })
    await bench.write(source(false))
    await bench.run()
    await bench.write(source(true))
    bench.emulator.clearCalls()
    const runIds = new Set<string>()
    const struck: string[] = []
    let recoveries = 0
    for (const [what, method, path, requests] of MOMENTS) {
      const cli = startCli(bench, ['run', 'people'])
      children.push(cli)
      const count = () =>
        bench.emulator.calls({ method }).filter((call) => path.test(call.path.split('?')[0] as string)).length
      const before = count()
      let over = false
      void cli.ended.then(() => {
        over = true
      })
      await until(what, () => over || count() >= before + requests, 60_000)
      cli.child.kill('SIGKILL')
      const end = await cli.ended
      if (end.killedBy === 'SIGKILL') struck.push(what)
      if (end.stdout.includes('"type":"recovering"')) recoveries += 1
      const started = end.stdout.split('\n').find((line) => line.includes('"type":"workflow"'))
      if (started !== undefined) runIds.add(JSON.parse(started).runId)
    }
    expect(struck).toEqual(MOMENTS.map(([what]) => what))
    const cli = startCli(bench, ['run', 'people'])
    children.push(cli)
    const end = await cli.ended
    const summary = summaryOf(end)
    if (end.stdout.includes('"type":"recovering"')) recoveries += 1
    expect([end.exitCode, summary.status, summary.problem]).toEqual([0, 'completed', null])
    expect([...runIds]).toEqual([summary.run_id])
    expect(recoveries).toBeGreaterThanOrEqual(2)
    expect(summary.rows).toMatchObject({ total: ROWS, created: ROWS - KNOWN, updated: KNOWN, failed: 0, pending: 0 })

    const undisturbed = await open()
    await undisturbed.write(source(false))
    await undisturbed.run()
    await undisturbed.write(source(true))
    await undisturbed.run()
    const state = await stateOf(bench)
    expect(state).toEqual(await stateOf(undisturbed))
    expect(state.organizations).toEqual(['First', 'Later 0', 'Later 1', 'Later 2', 'Theirs'])
    expect(state.users[0]).toEqual({
      external_id: 'k0',
      name: 'Person 0',
      emails: ['moved0@example.com'],
      identities: 1,
      tags: ['gold', 'vip'],
      organizations: ['First', 'Later 0'],
    })
    expect(bench.emulator.stats().races).toBe(0)
    expect(bench.emulator.mail()).toEqual([])

    bench.emulator.clearCalls()
    expect((await bench.run()).rows).toMatchObject({ unchanged: ROWS })
    const sent = bench.emulator.calls({}).filter((call) => call.method !== 'GET' && !call.path.startsWith('/oauth'))
    expect(sent).toEqual([])
  }, 180_000)
})
