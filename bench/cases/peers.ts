import { join } from 'node:path'
import { assertRight, type Case, type Figure, type Settings } from '../case.ts'
import { measureProgram } from '../command.ts'
import type { EmulatedAccount } from '../emulated-account.ts'
import type { ScriptResult } from '../peer-script.ts'
import { openPeople, writePeople } from '../people.ts'

/** As in the figures of other tools that we have: 20 ms for a request, 20 ms for a job. */
const emulator = ['--plan', 'unlimited', '--set', 'requestLatencyMs=20', '--set', 'jobLatencyMs=[20,20]']
const mostPeople = 10_000
/** Of the second load, one in so many has changed. */
const nth = 100
/** Of the watcher; with it the second load would take a minute again and show nothing new. */
const defaultIntervalMs = 500

interface Loads {
  firstS: number
  requests: number
  cpuSeconds: number
  /** The load with 1 % changed; null where it costs what the first did. */
  second: { s: number; sent: number } | null
}

export const peersCase: Case = {
  key: 'peers',
  title: 'Beside a script',
  method:
    '10,000 people, then the same with 1 % changed, to an emulator that takes 20 ms for a request and 20 ms for a job; whole commands. The script ' +
    'uses node-zendesk, sends batches of 100 one after the other, and watches each job, every 500 ms as is its default, or every 25 ms.',
  async run(settings) {
    const ours = await measureDeskside(settings)
    const lazy = await measureScript(settings, defaultIntervalMs)
    const eager = await measureScript(settings, 25)
    const people = Math.min(mostPeople, settings.people)
    return [
      ...figuresOf('deskside', 'Deskside', ours, people),
      ...figuresOf('script', 'script', lazy, people),
      ...figuresOf('eager_script', 'script that polls every 25 ms', eager, people),
      {
        key: 'peers.by_script',
        what: 'first load, times as fast as the script',
        value: lazy.firstS / ours.firstS,
        better: 'higher',
      },
      {
        key: 'peers.by_eager_script',
        what: 'first load, times as fast as the script that polls every 25 ms',
        value: eager.firstS / ours.firstS,
        better: 'higher',
      },
      {
        key: 'peers.second_by_eager_script',
        what: '1 % changed, times as fast as the script that polls every 25 ms',
        value: (eager.second?.s ?? 0) / (ours.second?.s ?? 1),
        better: 'higher',
      },
    ]
  },
}

function figuresOf(key: string, name: string, loads: Loads, people: number): Figure[] {
  const figure = (what: string, of: string, value: number): Figure => ({
    key: `peers.${key}.${what}`,
    what: `${name}: ${of}`,
    value,
  })
  return [
    figure('users_per_second', 'first load, people a second', people / loads.firstS),
    figure('requests', 'first load, requests per 1,000 people', loads.requests / (people / 1000)),
    figure('cpu_s', 'first load, CPU s per 1,000 people', loads.cpuSeconds / (people / 1000)),
    ...(loads.second === null
      ? []
      : [
          figure('second_s', '1 % changed, s', loads.second.s),
          figure('second_sent', '1 % changed, people sent', loads.second.sent),
        ]),
  ]
}

async function withAccount<T>(
  { people }: Settings,
  use: (account: EmulatedAccount, people: number) => Promise<T>,
): Promise<T> {
  const account = await openPeople(emulator)
  try {
    return await use(account, Math.min(mostPeople, people))
  } finally {
    await account.close()
  }
}

async function measureDeskside(settings: Settings): Promise<Loads> {
  return await withAccount(settings, async (account, people) => {
    await writePeople(account, people, 0)
    const first = await account.run('people')
    assertRight(first.summary.rows.created === people, `a first load ${JSON.stringify(first.summary.rows)}`)
    await writePeople(account, people, 1, nth)
    const second = await account.run('people')
    const { updated } = second.summary.rows
    assertRight(updated === people / nth, `a second load ${JSON.stringify(second.summary.rows)}`)
    const loads = {
      firstS: first.wallMs / 1000,
      requests: first.summary.requests,
      cpuSeconds: first.usage.cpuSeconds,
      second: { s: second.wallMs / 1000, sent: updated },
    }
    settings.say(`peers: Deskside ${loads.firstS.toFixed(2)} s, then ${loads.second.s.toFixed(2)} s`)
    return loads
  })
}

async function measureScript(settings: Settings, intervalMs: number): Promise<Loads> {
  return await withAccount(settings, async (account, people) => {
    const load = async () => {
      await account.forgetCalls()
      const { url, email, api_token } = account.credentials
      const args = [join(import.meta.dirname, '..', 'peer-script.ts'), join(account.dir, 'people.csv'), url, email]
      const measured = await measureProgram(process.execPath, [...args, String(intervalMs)], {
        env: { API_TOKEN: api_token },
      })
      assertRight(measured.exitCode === 0, measured.stderr.map(({ text }) => text).join('\n'))
      const { sent, failed } = JSON.parse(measured.stdout.at(-1)?.text ?? '') as ScriptResult
      assertRight(failed === 0 && sent === people, `the script sent ${sent}, of which ${failed} failed`)
      return { ...measured, sent, requests: (await account.calls()).length }
    }
    await writePeople(account, people, 0)
    const first = await load()
    settings.say(`peers: script with ${intervalMs} ms ${(first.wallMs / 1000).toFixed(2)} s`)
    const loads = { firstS: first.wallMs / 1000, requests: first.requests, cpuSeconds: first.usage.cpuSeconds }
    if (intervalMs >= defaultIntervalMs) return { ...loads, second: null }
    await writePeople(account, people, 1, nth)
    const second = await load()
    return { ...loads, second: { s: second.wallMs / 1000, sent: second.sent } }
  })
}
