import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorkflowEvent } from '../../src/sync/report.ts'
import { BareClient, receivedBodies } from '../bare-client.ts'
import { assertRight, type Case, type Figure, median, type Settings } from '../case.ts'
import type { MeasuredCommand } from '../command.ts'
import type { EmulatedAccount } from '../emulated-account.ts'
import type { EventLoopDelay } from '../event-loop-delay.ts'
import { openPeople, writePeople } from '../people.ts'
import { cpuSecondsOf, type Usage } from '../process-meter.ts'

interface Round {
  deliverMs: number
  wallMs: number
  usage: Usage
  requests: number
  postsMs: number
  /** CPU of the emulator during the bare POSTs, as a share of the time: near 1, it and not the client is the limit. */
  emulatorBusy: number
  resultsMs: number
}

export const deliveryCase: Case = {
  key: 'delivery',
  title: 'Delivery without limits',
  method:
    'Everybody changed since the last delivery, sent to the emulator on loopback (`--fast --plan unlimited`), every outcome read. Between the ' +
    'rounds a bare client posts the same bodies, serialised beforehand, to the same emulator, first without reading outcomes, then with.',
  async run(settings) {
    const { people } = settings
    const account = await openPeople(['--fast', '--plan', 'unlimited'])
    const client = new BareClient(account)
    try {
      await writePeople(account, people, 0)
      const { summary } = await account.run('people')
      assertRight(summary.rows.created === people, `the first load ${JSON.stringify(summary.rows)}`)
      // Rounds switch between two states of the people, so that every bare POST changes something, as those of the delivery do.
      const bodies: string[][] = [[], []]
      const delay = await warmUp(account, settings, bodies)
      const rounds: Round[] = []
      for (let run = 1; run <= settings.runs; run += 1)
        rounds.push(await measureRound(account, client, { ...settings, bodies, run }))
      return [...figuresOf(rounds, people), ...delayFigures(delay)]
    } finally {
      await client.close()
      await account.close()
    }
  },
}

/** The first of the changed rounds, which watches the event loop and is not timed. */
async function warmUp(
  account: EmulatedAccount,
  { people, say }: Settings,
  bodies: string[][],
): Promise<EventLoopDelay> {
  const file = join(account.dir, 'event-loop-delay.json')
  const preload = join(import.meta.dirname, '..', 'event-loop-delay.ts')
  await writePeople(account, people, 1)
  await account.forgetCalls()
  const { summary } = await account.run('people', {
    env: { NODE_OPTIONS: `--import=${preload}`, EVENT_LOOP_DELAY_FILE: file },
  })
  assertRight(summary.rows.updated === people, `a changed round ${JSON.stringify(summary.rows)}`)
  bodies[1] = await receivedBodies(account, people)
  const delay = JSON.parse(await readFile(file, 'utf8')) as EventLoopDelay
  say(
    `delivery: event loop delay p50 ${delay.p50.toFixed(1)}, p99.9 ${delay.p999.toFixed(1)}, max ${delay.max.toFixed(1)} ms`,
  )
  return delay
}

async function measureRound(
  account: EmulatedAccount,
  client: BareClient,
  { people, runs, run, bodies, say }: Settings & { run: number; bodies: string[][] },
): Promise<Round> {
  // The warm-up left state 1.
  const state = (run + 1) % 2
  await writePeople(account, people, state)
  await account.forgetCalls()
  const measured = await account.run('people')
  const { summary, wallMs, usage } = measured
  assertRight(summary.rows.updated === people, `a changed round ${JSON.stringify(summary.rows)}`)
  if (bodies[state]!.length === 0) bodies[state] = await receivedBodies(account, people)
  await account.forgetCalls()
  const cpuBefore = cpuSecondsOf(account.emulator.pid!)
  const postsMs = await client.posts(bodies[1 - state]!)
  const emulatorBusy = ((cpuSecondsOf(account.emulator.pid!) - cpuBefore) * 1000) / postsMs
  const resultsMs = await client.postsAndResults(bodies[state]!, people)
  const deliverMs = deliveryMs(measured)
  const rate = (ms: number) => Math.round((people / ms) * 1000)
  say(
    `delivery ${run}/${runs}: ${rate(deliverMs)} users/s; bare POSTs ${rate(postsMs)}, with results ${rate(resultsMs)}; ${usage.cpuSeconds.toFixed(1)} CPU s, ${usage.peakRssMib} MiB`,
  )
  return { deliverMs, wallMs, usage, requests: summary.requests, postsMs, emulatorBusy, resultsMs }
}

/** From the step `deliver` to the step `settle`: the first request of the delivery to its last outcome. */
function deliveryMs({ stdout }: MeasuredCommand): number {
  const at = (step: string) =>
    stdout.find(({ text }) => {
      const event = JSON.parse(text) as WorkflowEvent
      return event.type === 'step' && event.step === step
    })?.atMs ?? 0
  return at('settle') - at('deliver')
}

function figuresOf(rounds: readonly Round[], people: number): Figure[] {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  const thousands = people / 1000
  const rate = (pick: (round: Round) => number) => of((round) => (people / pick(round)) * 1000)
  return [
    {
      key: 'delivery.users_per_second',
      what: 'people a second while delivering, every outcome read',
      value: rate(({ deliverMs }) => deliverMs),
      target: { atLeast: 10_000 },
    },
    {
      key: 'delivery.whole_command',
      what: 'people a second of the whole command, from start to exit',
      value: rate(({ wallMs }) => wallMs),
    },
    {
      key: 'delivery.bare_posts',
      what: 'bare POSTs of the same bodies, no outcome read, people a second',
      value: rate(({ postsMs }) => postsMs),
    },
    {
      key: 'delivery.share_of_posts',
      what: 'delivery as a share of the bare POSTs',
      value: of(({ deliverMs, postsMs }) => postsMs / deliverMs),
      target: { atLeast: 0.7 },
      better: 'higher',
    },
    {
      key: 'delivery.bare_results',
      what: 'bare POSTs that read every outcome, people a second',
      value: rate(({ resultsMs }) => resultsMs),
    },
    {
      key: 'delivery.share_of_results',
      what: 'delivery as a share of the bare POSTs that read every outcome',
      value: of(({ deliverMs, resultsMs }) => resultsMs / deliverMs),
      better: 'higher',
    },
    {
      key: 'delivery.emulator_busy',
      what: 'share of the bare POSTs during which the emulator was busy (near 1: the client is not the limit)',
      value: of(({ emulatorBusy }) => emulatorBusy),
    },
    {
      key: 'delivery.requests',
      what: 'requests per 1,000 people',
      value: of(({ requests }) => requests / thousands),
      better: 'lower',
    },
    {
      key: 'delivery.cpu_s',
      what: 'CPU seconds per 1,000 people, all processes, the whole command',
      value: of(({ usage }) => usage.cpuSeconds / thousands),
    },
    {
      key: 'delivery.peak_rss_mib',
      what: 'peak RSS, all processes, MiB',
      value: of(({ usage }) => usage.peakRssMib),
      better: 'lower',
    },
  ]
}

function delayFigures({ p50, p99, p999, max }: EventLoopDelay): Figure[] {
  const named = (key: string, name: string, value: number): Figure => ({
    key: `delivery.loop_${key}_ms`,
    what: `event loop delay while delivering, ${name}, ms`,
    value,
  })
  return [
    named('p50', 'p50', p50),
    named('p99', 'p99', p99),
    { ...named('p999', 'p99.9', p999), target: { atMost: 50 } },
    named('max', 'longest', max),
  ]
}
