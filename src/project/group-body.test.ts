import { expect, test } from 'vitest'
import type { Json } from '../problem.ts'
import { Problem } from '../problem.ts'
import { readGroupBody } from './group-body.ts'

const read = (body: { [key: string]: Json }) => readGroupBody({ key: 'nightly', body })

test.each<[run: { [key: string]: Json }, read: { [key: string]: Json }]>([
  [
    { on: 'schedule', cron: '30 8 * * mon-fri' },
    { on: 'schedule', cron: '30 8 * * mon-fri', time_zone: 'UTC' },
  ],
  [
    { on: 'schedule', cron: '*/15 * * * *', time_zone: 'Europe/Berlin' },
    { on: 'schedule', cron: '*/15 * * * *', time_zone: 'Europe/Berlin' },
  ],
  [
    { on: 'signal', signal: 'loaded' },
    { on: 'signal', signal: 'loaded' },
  ],
  [
    { on: 'group', group: 'nightly' },
    { on: 'group', group: 'nightly' },
  ],
  [{ on: 'manual' }, { on: 'manual' }],
])('a group may run on %j', (run, wanted) => {
  expect(read({ run, orchestrations: ['north', 'south'] })).toEqual({
    enabled: true,
    run: wanted,
    orchestrations: ['north', 'south'],
  })
})

test.each<[body: { [key: string]: Json }, mistakes: RegExp[]]>([
  [{ run: { on: 'manual' } }, [/^orchestrations: /]],
  [{ run: { on: 'manual' }, orchestrations: [] }, [/^orchestrations: must name at least one/]],
  [
    { run: { on: 'manual' }, orchestrations: ['north', 'south', 'north'] },
    [/^orchestrations\.2: must name each orchestration once: north/],
  ],
  [{ run: { on: 'manual' }, orchestrations: ['9'] }, [/^orchestrations\.0: must start with a letter/]],
  [{ run: { on: 'manual', cron: '0 0 * * *' }, orchestrations: ['north'] }, [/^run: .*cron/]],
  [{ run: { on: 'timer' }, orchestrations: ['north'] }, [/^run\.on: /]],
  [{ run: { on: 'signal', signal: '' }, orchestrations: ['north'] }, [/^run\.signal: must start/]],
  [{ run: { on: 'manual' }, orchestrations: ['north'], enabled: 'yes', colour: 'red' }, [/^enabled: /, /colour/]],
  [
    { run: { on: 'schedule', cron: '61 25 * * *', time_zone: 'Europe/Berlni' }, orchestrations: ['north'] },
    [/^run\.cron: .*minute/, /^run\.cron: .*hour/, /^run\.time_zone: .*did you mean Europe\/Berlin\?$/],
  ],
])('the mistakes of %j are named, each at its place', (body, wanted) => {
  let problem: unknown
  try {
    read(body)
  } catch (error) {
    problem = error
  }
  expect(problem).toBeInstanceOf(Problem)
  expect((problem as Problem).code).toBe('definition.invalid')
  const mistakes = (problem as Problem).data.mistakes as string[]
  expect(mistakes).toHaveLength(wanted.length)
  for (const [index, mistake] of mistakes.entries()) expect(mistake).toMatch(wanted[index]!)
})
