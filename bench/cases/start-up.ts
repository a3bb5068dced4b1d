import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Case, type Figure, median } from '../case.ts'
import { deskside } from '../command.ts'
import type { EmulatedAccount } from '../emulated-account.ts'
import { openPeople, writePeople } from '../people.ts'

const times = 10

const commands: readonly { key: string; args: readonly string[] }[] = [
  { key: 'version', args: ['--version'] },
  { key: 'workflows', args: ['workflows'] },
  { key: 'run', args: ['run', 'people'] },
]

export const startUpCase: Case = {
  key: 'start-up',
  title: 'Start-up',
  method: `From the start of a command to its first output, median of ${times}.`,
  async run({ say }) {
    const account = await openPeople(['--fast', '--plan', 'unlimited'])
    try {
      await writePeople(account, 10, 0)
      await account.run('people')
      const figures: Figure[] = []
      for (const { key, args } of commands) {
        const took: number[] = []
        for (let n = 0; n < times; n += 1) took.push(await firstOutputMs(account, args))
        const value = median(took)
        say(`start-up, ${args.join(' ')}: ${Math.round(value)} ms`)
        const what = `\`deskside ${args.join(' ')}\` until its first output, ms`
        figures.push({ key: `start_up.${key}_ms`, what, value, target: { atMost: 300 } })
      }
      return figures
    } finally {
      await account.close()
    }
  },
}

async function firstOutputMs(account: EmulatedAccount, args: readonly string[]): Promise<number> {
  const startedAtMs = performance.now()
  const child = spawn(deskside, [...args, ...(args[0] === '--version' ? [] : ['--project', account.dir])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CLIENT_SECRET: account.credentials.client_secret },
  })
  const exited = once(child, 'exit')
  let firstMs = 0
  const seen = () => {
    firstMs ||= performance.now() - startedAtMs
  }
  child.stdout.on('data', seen)
  child.stderr.on('data', seen)
  const [code] = await exited
  if (code !== 0 || firstMs === 0) throw new Error(`deskside ${args.join(' ')} ended with ${code}.`)
  return firstMs
}
