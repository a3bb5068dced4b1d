/**
 * `npm run bench`: what a delivery costs on this machine, as medians of several runs, beside a baseline measured in the same run. Timings
 * are no tests; nothing here fails because a machine is slow.
 */
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { BenchAccount, type MeasuredRun } from './account.ts'
import { barePosts } from './bare-posts.ts'
import { measureEmulator } from './emulator.ts'

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '3' },
    'emulator-people': { type: 'string', default: '200000' },
    json: { type: 'boolean', default: false },
  },
})
const people = Number(values.people)
const runs = Number(values.runs)

interface Figures {
  users_per_second: number
  users_per_second_whole_command: number
  requests_per_1000_users: number
  cpu_seconds_per_1000_users: number
  peak_rss_mib: number
  bare_posts_users_per_second: number
  share_of_bare_posts: number
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function figuresOf(measured: readonly MeasuredRun[], bare: readonly number[]): Figures {
  const of = (pick: (run: MeasuredRun) => number) => median(measured.map(pick))
  const usersPerSecond = of((run) => (people / run.deliverMs) * 1000)
  const barePerSecond = median(bare)
  return {
    users_per_second: Math.round(usersPerSecond),
    users_per_second_whole_command: Math.round(of((run) => (people / run.wallMs) * 1000)),
    requests_per_1000_users: Number(of((run) => (run.summary.requests / people) * 1000).toFixed(1)),
    cpu_seconds_per_1000_users: Number(of((run) => (run.usage.cpuSeconds / people) * 1000).toFixed(3)),
    peak_rss_mib: of((run) => run.usage.peakRssMib),
    bare_posts_users_per_second: Math.round(barePerSecond),
    share_of_bare_posts: Number((usersPerSecond / barePerSecond).toFixed(2)),
  }
}

/** Every person changed since the last delivery: the plan is an update of all, and every outcome is read. */
async function changedPeople(): Promise<Figures> {
  const account = await BenchAccount.open(['--fast', '--plan', 'unlimited'], {
    limits: { users_per_second: 'none', api_budget: 'none' },
  })
  try {
    await account.writePeople(people, 0)
    await account.run()
    const measured: MeasuredRun[] = []
    const bare: number[] = []
    for (let round = 1; round <= runs; round += 1) {
      await account.writePeople(people, round)
      const run = await account.run()
      if (run.summary.rows.updated !== people)
        throw new Error(`Expected ${people} updates: ${JSON.stringify(run.summary)}`)
      measured.push(run)
      bare.push(await barePosts(account, people))
      process.stderr.write(`round ${round} of ${runs}: ${Math.round((people / run.deliverMs) * 1000)} users/s\n`)
    }
    return figuresOf(measured, bare)
  } finally {
    await account.close()
  }
}

const figures = await changedPeople()
const emulator = await measureEmulator(Number(values['emulator-people']))
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
if (values.json) {
  process.stdout.write(`${JSON.stringify({ machine, people, runs, figures, emulator })}\n`)
} else {
  const rows: [string, string | number][] = [
    ['users/s while delivering, every outcome read', figures.users_per_second],
    ['users/s of the whole command (start, extract, plan, deliver, settle)', figures.users_per_second_whole_command],
    ['requests per 1,000 users', figures.requests_per_1000_users],
    ['CPU seconds per 1,000 users, all processes', figures.cpu_seconds_per_1000_users],
    ['peak RSS of all processes, MiB', figures.peak_rss_mib],
    ['bare POSTs of the same bodies, no outcome read, users/s', figures.bare_posts_users_per_second],
    ['share of the bare POSTs', figures.share_of_bare_posts],
  ]
  process.stdout.write(
    `${people} changed people, emulator on loopback without limits, median of ${runs} runs (${machine})\n\n`,
  )
  process.stdout.write(table(rows))
  process.stdout.write(`\nThe emulator with ${emulator.people} people of four fields each, one run\n\n`)
  process.stdout.write(
    table([
      ['bulk rows/s that create somebody', emulator.created_rows_per_second],
      ['bulk rows/s that update somebody', emulator.updated_rows_per_second],
      ['CPU seconds per 1,000 rows', emulator.cpu_seconds_per_1000_rows],
      ['peak RSS, MiB', emulator.peak_rss_mib],
    ]),
  )
}

function table(rows: readonly [string, string | number][]): string {
  return `| what | figure |\n|---|---|\n${rows.map(([what, figure]) => `| ${what} | ${figure} |`).join('\n')}\n`
}
