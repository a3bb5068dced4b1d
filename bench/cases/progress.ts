import type { WorkflowEvent } from '../../src/sync/report.ts'
import { assertRight, type Case, type Figure } from '../case.ts'
import type { TimedLine } from '../command.ts'
import { openPeople, writePeople } from '../people.ts'

const people = 1_500

export const progressCase: Case = {
  key: 'progress',
  title: 'Progress while waiting',
  method:
    `${people.toLocaleString('en-US')} people, jobs of 5 s, and a 429 that asks for 5 s of patience in between: the longest silence between two lines, ` +
    'from the step `deliver` to the step `settle` in `run --json`, and from the first to the last line of a piped stderr.',
  async run({ say }) {
    const json = await longestSilence(['run', 'people', '--json'], 'stdout')
    const plain = await longestSilence(['run', 'people'], 'stderr')
    say(`progress: silent for ${Math.round(json)} ms in --json, ${Math.round(plain)} ms in a pipe`)
    // A second, and what a timer and a line need.
    const target = { atMost: 1_100 }
    const figure = (key: string, what: string, value: number): Figure => ({
      key: `progress.${key}_ms`,
      what,
      value,
      target,
    })
    return [
      figure('json', 'longest silence of `run --json`, ms', json),
      figure('plain', 'longest silence of a piped stderr, ms', plain),
    ]
  },
}

async function longestSilence(args: readonly string[], stream: 'stdout' | 'stderr'): Promise<number> {
  const account = await openPeople(['--plan', 'unlimited', '--set', 'jobLatencyMs=[5000,5000]'])
  try {
    await writePeople(account, people, 0)
    await account.control('faults', {
      kind: 'status',
      status: 429,
      retryAfter: 5,
      match: { method: 'POST', path: 'create_or_update_many' },
      skip: 5,
    })
    const measured = await account.command(args)
    assertRight(measured.exitCode === 0, measured.stderr.map(({ text }) => text).join('\n'))
    const lines = measured[stream]
    const told = stream === 'stdout' ? ofDelivery(lines) : lines
    const silences = told.slice(1).map(({ atMs }, index) => atMs - told[index]!.atMs)
    return Math.max(...silences)
  } finally {
    await account.close()
  }
}

function ofDelivery(lines: readonly TimedLine[]): TimedLine[] {
  const stepAt = (step: string) =>
    lines.findIndex(({ text }) => {
      const event = JSON.parse(text) as WorkflowEvent
      return event.type === 'step' && event.step === step
    })
  return lines.slice(stepAt('deliver'), stepAt('settle') + 1)
}
