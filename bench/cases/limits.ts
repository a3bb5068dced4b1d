import type { WorkflowEvent } from '../../src/sync/report.ts'
import { BareClient } from '../bare-client.ts'
import { assertRight, type Case, type Figure, median, type Settings } from '../case.ts'
import type { Call } from '../emulated-account.ts'
import { openPeople, writePeople } from '../people.ts'

/** Requests a minute that the account allows (enterprise), and those of the other client. */
const allowed = 700
const ofOthers = 300
/** What our share of a half comes to. */
const budget = allowed / 2
const windowMs = 60_000
/** Two whole windows of the account, wherever the first begins, and a little. */
const sharedMs = 3 * windowMs + 10_000
/** More than can be sent in that time. */
const sharedPeople = 120_000
/** The other client asks for this, so that its calls can be told from ours. */
const otherPath = '/api/v2/users/me?bench=other'

export const limitsCase: Case = {
  key: 'limits',
  title: 'Delivery within limits',
  method:
    'Two accounts of 700 requests a minute, at the same time. First: 20,000 new people at 100 a second, jobs as slow as those of the real Zendesk. ' +
    'Second: no limit of people, half of the requests, jobs of 0.3 to 0.6 s, and beside it another client with 300 requests a minute. ' +
    'Everything is counted from the calls that the emulator received.',
  async run(settings) {
    const both = await Promise.allSettled([measurePace(settings), measureShared(settings)])
    return both.flatMap((one) => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
  },
}

const isBulk = ({ path }: Call) => path.includes('create_or_update_many')
const isPoll = ({ path }: Call) => path.includes('job_statuses')

async function measurePace({ people: most, say }: Settings): Promise<Figure[]> {
  const people = Math.min(20_000, most)
  const account = await openPeople(['--plan', 'enterprise'], {})
  try {
    await writePeople(account, people, 0)
    const { summary, usage } = await account.run('people')
    assertRight(summary.rows.created === people, `a first load ${JSON.stringify(summary.rows)}`)
    const calls = await account.calls()
    assertNever429(calls)
    const starts = calls.filter(isBulk)
    const seconds = (starts.at(-1)!.atMs - starts[0]!.atMs) / 1000
    // The last batch starts at the end of the sending phase and is not sent within it.
    const perSecond = (people - 100) / seconds
    const requests = calls.filter((call) => isBulk(call) || isPoll(call)).length / (people / 1000)
    say(`limits: ${perSecond.toFixed(1)} people/s of 100, ${requests.toFixed(1)} writes and polls per 1,000`)
    return [
      {
        key: 'limits.utilisation',
        what: 'people a second at a limit of 100, as a share of it, %',
        value: perSecond,
        target: { atLeast: 98 },
        better: 'higher',
      },
      {
        key: 'limits.requests',
        what: 'writes and polls per 1,000 people at that limit',
        value: requests,
        target: { atMost: 12 },
        better: 'lower',
      },
      { key: 'limits.refusals', what: '429 at that limit', value: 0, target: { atMost: 0 } },
      {
        key: 'limits.cpu_share',
        what: 'share of one core that it needs at 100 people a second',
        value: usage.cpuSeconds / seconds,
      },
    ]
  } finally {
    await account.close()
  }
}

async function measureShared({ say }: Settings): Promise<Figure[]> {
  const account = await openPeople(['--plan', 'enterprise', '--set', 'jobLatencyMs=[300,600]'], {
    users_per_second: 'none',
    api_budget: 0.5,
  })
  const client = new BareClient(account)
  try {
    await writePeople(account, sharedPeople, 0)
    const alone: number[] = []
    for (let n = 0; n < 20; n += 1) alone.push(await askOnce(client))
    const other = steadyClient(client)
    let timeout: NodeJS.Timeout | undefined
    const { summary } = await account.run('people', {
      onLine: (text, child) => {
        const event = JSON.parse(text) as WorkflowEvent
        if (event.type === 'step' && event.step === 'deliver')
          timeout = setTimeout(() => child.kill('SIGINT'), sharedMs)
      },
    })
    clearTimeout(timeout)
    const beside = await other.stop()
    const calls = await account.calls()
    assertNever429(calls)
    return sharedFigures(calls, { alone, beside, created: summary.rows.created, say })
  } finally {
    await client.close()
    await account.close()
  }
}

function sharedFigures(
  calls: readonly Call[],
  { alone, beside, created, say }: { alone: number[]; beside: number[]; created: number; say: (text: string) => void },
): Figure[] {
  const ours = fullWindows(calls)
  assertRight(ours.length > 0, 'no whole window of the account was full of work')
  const [least, most] = [Math.min(...ours), Math.max(...ours)]
  const harm = median(beside) / median(alone)
  say(
    `limits: ${ours.join(', ')} requests of ${budget} in whole windows, ${created} people; others ${harm.toFixed(2)} times as slow`,
  )
  const share = 'of a share of 350 requests a minute beside another client'
  return [
    {
      key: 'limits.budget_least',
      what: `requests in the emptiest whole window, ${share}`,
      value: least,
      target: { atLeast: budget * 0.98 },
      better: 'higher',
    },
    {
      key: 'limits.budget_most',
      what: `requests in the fullest whole window, ${share}`,
      value: most,
      target: { atMost: budget },
    },
    { key: 'limits.other_refusals', what: '429 of the other client', value: 0, target: { atMost: 0 } },
    {
      key: 'limits.other_latency',
      what: "the other client's median latency as a multiple of that when alone",
      value: harm,
      target: { atMost: 1.25 },
    },
  ]
}

/** Our requests in each window of the account that had work of ours from its beginning to its end. Windows as the emulator counts them. */
function fullWindows(calls: readonly Call[]): number[] {
  const counted = calls.filter(({ path }) => !path.startsWith('/_emulator'))
  const bulk = counted.filter(isBulk)
  const [workFromMs, workToMs] = [bulk[0]?.atMs ?? 0, bulk.at(-1)?.atMs ?? 0]
  const windows: { fromMs: number; ours: number }[] = []
  for (const { atMs, path } of counted) {
    let window = windows.at(-1)
    if (window === undefined || atMs - window.fromMs >= windowMs) {
      window = { fromMs: atMs, ours: 0 }
      windows.push(window)
    }
    if (path !== otherPath) window.ours += 1
  }
  const full = windows.filter(({ fromMs }) => fromMs >= workFromMs && fromMs + windowMs <= workToMs)
  return full.map(({ ours }) => ours)
}

async function askOnce(client: BareClient): Promise<number> {
  const startedAtMs = performance.now()
  await client.ask('GET', otherPath)
  return performance.now() - startedAtMs
}

/** Asks steadily until it is stopped; answers how long each request took. A refusal throws. */
function steadyClient(client: BareClient): { stop: () => Promise<number[]> } {
  const asked: Promise<number>[] = []
  const timer = setInterval(() => {
    const one = askOnce(client)
    // Seen when they are gathered; until then it must not end the process.
    one.catch(() => {})
    asked.push(one)
  }, windowMs / ofOthers)
  return {
    stop: () => {
      clearInterval(timer)
      return Promise.all(asked)
    },
  }
}

function assertNever429(calls: readonly Call[]): void {
  const refused = calls.filter(({ status }) => status === 429)
  assertRight(refused.length === 0, `429 answered ${refused.length} times, first to ${refused[0]?.path}`)
}
