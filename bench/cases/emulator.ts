import { BareClient } from '../bare-client.ts'
import { assertRight, type Case, type Settings } from '../case.ts'
import { openPeople, personOf } from '../people.ts'
import { meterProcess } from '../process-meter.ts'

export const emulatorCase: Case = {
  key: 'emulator',
  title: 'The emulator itself',
  method:
    'Bulk upserts of twice as many people as a delivery, serialised beforehand, in a process of its own without limits or latencies, once.',
  async run({ people: delivered, say }: Settings) {
    const people = 2 * delivered
    const account = await openPeople(['--fast', '--plan', 'unlimited'])
    const client = new BareClient(account)
    const meter = meterProcess(account.emulator.pid!)
    try {
      const createMs = await client.posts(bodiesOf(people, 0))
      const updateMs = await client.posts(bodiesOf(people, 1))
      const { users } = (await account.control('stats')) as { users: number }
      assertRight(users >= people, `the emulator holds ${users} people of ${people}`)
      const { peakRssMib, cpuSeconds } = meter.stop()
      const created = (people / createMs) * 1000
      const updated = (people / updateMs) * 1000
      say(`emulator: ${Math.round(created)} created/s, ${Math.round(updated)} updated/s, ${peakRssMib} MiB`)
      const thousands = people / 500
      return [
        { key: 'emulator.created', what: 'bulk rows a second that create somebody', value: created },
        { key: 'emulator.updated', what: 'bulk rows a second that update somebody', value: updated },
        { key: 'emulator.cpu_s', what: 'CPU seconds per 1,000 rows', value: cpuSeconds / thousands },
        {
          key: 'emulator.peak_rss_mib',
          what: `peak RSS with ${people.toLocaleString('en-US')} people, MiB`,
          value: peakRssMib,
          better: 'lower',
        },
      ]
    } finally {
      meter.stop()
      await client.close()
      await account.close()
    }
  },
}

function bodiesOf(people: number, round: number): string[] {
  return Array.from({ length: Math.ceil(people / 100) }, (_, batch) => {
    const users = Array.from({ length: Math.min(100, people - batch * 100) }, (_, index) => ({
      ...personOf(batch * 100 + index + 1, round),
      skip_verify_email: true,
    }))
    return JSON.stringify({ users })
  })
}
