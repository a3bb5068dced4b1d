import { describe, expect, it } from 'vitest'
import type { ListedJob, Write } from '../../destination/destination.ts'
import { judge, type ParkedBatch, resolveParked } from './parked.ts'

const write = (externalId: string): Write => ({
  kind: 'create',
  zendeskId: null,
  externalId,
  email: null,
  values: {},
  before: {},
})
const parked = (batch: number, keys: string[], suspects: string[] | null = null): ParkedBatch => ({
  batch,
  kind: 'upsert',
  writes: keys.map(write),
  notBeforeMs: 0,
  suspects: suspects === null ? null : new Set(suspects),
})
const running = (jobId: string, total: number | null): ListedJob => ({ jobId, total, finished: false, echo: null })
const finished = (jobId: string, keys: string[]): ListedJob => ({
  jobId,
  total: keys.length,
  finished: true,
  echo: keys.map((externalId) => ({ externalId, email: null, zendeskId: '1' })),
})

function look(batch: ParkedBatch, jobs: ListedJob[], listedNow = jobs.map((job) => job.jobId)) {
  return judge(batch, new Map(jobs.map((job) => [job.jobId, job])), new Set(listedNow))
}

describe('the verdict on a parked batch', () => {
  it.each<[string, ParkedBatch, ListedJob[], ReturnType<typeof judge>]>([
    ['first look, nothing there', parked(1, ['a']), [], { verdict: 'resend' }],
    [
      'first look, a finished job with our keys',
      parked(1, ['a']),
      [finished('j', ['a'])],
      { verdict: 'ours', jobId: 'j' },
    ],
    [
      'a write that never becomes a job is sent again, whatever is listed',
      { ...parked(1, ['a']), kind: 'identities' },
      [finished('j', ['a'])],
      { verdict: 'resend' },
    ],
    ['first look, a finished job of others', parked(1, ['a']), [finished('j', ['x'])], { verdict: 'resend' }],
    ['first look, an unfinished job of our size', parked(1, ['a']), [running('j', 1)], { verdict: 'wait' }],
    ['first look, an unfinished job of unknown size', parked(1, ['a']), [running('j', null)], { verdict: 'wait' }],
    ['first look, an unfinished job of another size', parked(1, ['a']), [running('j', 2)], { verdict: 'resend' }],
    ['the suspect runs on', parked(1, ['a'], ['j']), [running('j', 1)], { verdict: 'wait' }],
    ['the suspect was ours', parked(1, ['a'], ['j']), [finished('j', ['a'])], { verdict: 'ours', jobId: 'j' }],
    ['the suspect was that of others', parked(1, ['a'], ['j']), [finished('j', ['x'])], { verdict: 'resend' }],
    ['the suspect is known by now, or gone', parked(1, ['a'], ['j']), [], { verdict: 'resend' }],
    ['a later unfinished job cannot be ours', parked(1, ['a'], ['j']), [running('late', 1)], { verdict: 'resend' }],
    ['one suspect is left', parked(1, ['a'], ['j', 'k']), [finished('j', ['x']), running('k', 1)], { verdict: 'wait' }],
  ])('%s', (_, batch, jobs, verdict) => {
    expect(look(batch, jobs)).toEqual(verdict)
  })

  it('a suspect that the list has lost is no suspect any more', () => {
    expect(look(parked(1, ['a'], ['j']), [running('j', 1)], [])).toEqual({ verdict: 'resend' })
  })
})

describe('two looks at the list of jobs', () => {
  /** Answers each look with the next list. */
  function resolve(batches: ParkedBatch[], lists: ListedJob[][], known: string[] = []) {
    const waits: number[] = []
    let look = 0
    const connection = { listJobs: async () => lists[look++] ?? [] }
    return resolveParked(
      batches,
      connection,
      async () => new Set(known),
      async (delayMs) => void waits.push(delayMs),
    ).then((verdicts) => ({
      waits,
      looks: look,
      verdicts: verdicts.map(({ batch, verdict }) => [
        batch.batch,
        'jobId' in verdict ? verdict.jobId : verdict.verdict,
      ]),
    }))
  }

  it('five seconds apart, and what either shows counts', async () => {
    expect(
      await resolve([parked(1, ['a']), parked(2, ['b'])], [[finished('early', ['a'])], [finished('late', ['b'])]]),
    ).toEqual({
      waits: [5_000],
      looks: 2,
      verdicts: [
        [1, 'early'],
        [2, 'late'],
      ],
    })
  })

  it('a job that has a batch already is no candidate', async () => {
    expect((await resolve([parked(1, ['a'])], [[finished('j', ['a'])], []], ['j'])).verdicts).toEqual([[1, 'resend']])
  })

  it('one job is given to one batch', async () => {
    const { verdicts } = await resolve(
      [parked(1, ['a']), parked(2, ['a'])],
      [[finished('j', ['a'])], [finished('j', ['a'])]],
    )
    expect(verdicts).toEqual([
      [1, 'j'],
      [2, 'resend'],
    ])
  })
})
