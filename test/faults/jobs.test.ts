import { describe, expect, it } from 'vitest'
import { type JobFaultKind, jobFaultKinds } from '../../src/emulator/faults.ts'
import type { Fault } from '../../src/emulator/index.ts'
import { hurriedRun } from '../hurried-run.ts'
import { isFull, undisturbed, withScenario } from './scenario.ts'
import { expectUndisturbed, timeLost } from './verdict.ts'

/** The requests that make jobs. */
const jobMakers = [
  'users/create_or_update_many',
  'users/update_many',
  'organization_memberships/create_many',
  'users/destroy_many',
]
/** A job that never ends is a matter of patience. */
const kinds = jobFaultKinds.filter((kind) => kind !== 'job_stuck')

interface Strike {
  name: string
  faults: Fault[]
}

const strike = (path: string, kind: JobFaultKind): Strike => ({
  name: `${path}: ${kind}`,
  faults: [{ kind, match: { path } }],
})

/** Everyday runs: each run has a fault for every kind of job; the runs have each fault once and more. */
const rounds = [0, 4, 8].map((offset): Strike => {
  const all = jobMakers.map((path, at) => strike(path, kinds[(offset + at) % kinds.length]!))
  return { name: all.map(({ name }) => name).join(', '), faults: all.flatMap(({ faults }) => faults) }
})
const product = jobMakers.flatMap((path) => kinds.map((kind) => strike(path, kind)))
/** Of people who are new, nothing but the result says which id is theirs. */
const isBeyondDoubt = ({ faults }: Strike) =>
  !faults.some(({ kind, match }) => kind === 'results_foreign_ids' && match?.path === jobMakers[0])

describe.concurrent('jobs that break and results that are wrong leave what an undisturbed run leaves (I1, I2, I4)', () => {
  it.each([...rounds, ...(isFull ? product : [])].filter(isBeyondDoubt))(
    '$name',
    async ({ faults }) => {
      await withScenario(async (bench) => {
        bench.emulator.faults(...faults)
        const { summary, events } = await hurriedRun(bench)
        expect(bench.emulator.faults().map(({ struck }) => struck)).toEqual(faults.map(() => 1))
        const expectedAccount = await undisturbed()
        await expectUndisturbed({ bench, summary, expectedAccount, outputs: [JSON.stringify(events)] })
        // A job is paid for with its repetition; nothing is waited for.
        expect(timeLost(events)).toBe(0)
      })
    },
    120_000,
  )
})
