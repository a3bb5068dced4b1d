import { describe, expect, it } from 'vitest'
import type { Write, WriteResult } from '../../destination/destination.ts'
import { type Attempt, jobFailed, settleAttempts } from './attempt.ts'

const write = (more: Partial<Write> = {}): Write => ({
  kind: 'create',
  zendeskId: null,
  externalId: '1',
  email: null,
  values: {},
  before: {},
  ...more,
})

const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  change: 1,
  root: 1,
  kind: 'planned',
  rechecked: false,
  tries: 0,
  write: write(),
  ...more,
})

const update = write({ kind: 'update', zendeskId: '70' })
const created = (zendeskId = '70'): WriteResult => ({ status: 'created', zendeskId })
const updated = (zendeskId = '70'): WriteResult => ({ status: 'updated', zendeskId })
const refused: WriteResult = { status: 'failed', code: 'zendesk.refused', reason: 'Name: is too odd' }
const unknown: WriteResult = { status: 'unknown' }

function settle(attempts: Attempt[], results: WriteResult[]) {
  let next = 100
  return settleAttempts(attempts, results, () => next++)
}

describe('what a result means for its attempt', () => {
  it.each<[string, Attempt, WriteResult, { kind: 'whole' | 'again'; rechecked: boolean } | null]>([
    ['a create that created', attempt(), created(), null],
    ['a create that found somebody (adopted)', attempt(), updated(), null],
    ['an update that hit its user', attempt({ write: update }), updated('70'), null],
    ['an update that hit another user', attempt({ write: update }), updated('71'), { kind: 'whole', rechecked: false }],
    ['an update that created', attempt({ write: update }), created('71'), { kind: 'whole', rechecked: false }],
    ['an update of a person whose id is not known', attempt({ write: write({ kind: 'update' }) }), updated('71'), null],
    [
      'an address that created a user',
      attempt({ write: write({ kind: 'email' }) }),
      created('71'),
      { kind: 'whole', rechecked: false },
    ],
    [
      'a repeated update that created',
      attempt({ kind: 'again', rechecked: true, write: update }),
      created('71'),
      { kind: 'whole', rechecked: true },
    ],
    ['everything, sent to a vanished person', attempt({ kind: 'whole', write: update }), created('71'), null],
    ['a first refusal', attempt(), refused, { kind: 'again', rechecked: true }],
    [
      'a refusal of everything, never looked into',
      attempt({ kind: 'whole' }),
      refused,
      { kind: 'again', rechecked: true },
    ],
    ['a second refusal', attempt({ kind: 'again', rechecked: true }), refused, null],
  ])('%s', (_, sent, result, followUp) => {
    const settlement = settle([sent], [result])
    expect(settlement.outcomes).toEqual([{ change: sent.change, whole: sent.kind === 'whole', result }])
    expect(settlement.followUps).toEqual(followUp === null ? [] : [{ change: 100, root: sent.root, ...followUp }])
    expect(settlement.again).toEqual([])
  })
})

describe('a row without a believable word (I2)', () => {
  it.each<[string, WriteResult[]]>([
    ['is called unknown', [created(), unknown]],
    ['has no result at all', [created()]],
  ])('%s: no outcome, sent again', (_, results) => {
    const second = attempt({ change: 2, root: 2 })
    const settlement = settle([attempt(), second], results)
    expect(settlement.outcomes.map((outcome) => outcome.change)).toEqual([1])
    expect(settlement.again).toEqual([{ ...second, tries: 1 }])
  })

  it('is sent again also alone, the first time', () => {
    expect(settle([attempt()], [unknown])).toMatchObject({ outcomes: [], again: [{ tries: 1 }] })
  })

  it('fails when it was sent before and is alone now', () => {
    const settlement = settle([attempt({ tries: 1 })], [unknown])
    expect(settlement).toMatchObject({
      outcomes: [{ change: 1, result: { status: 'failed', code: 'zendesk.no_result' } }],
      again: [],
      followUps: [],
    })
  })

  it('is sent again with its mates however often it was', () => {
    const settlement = settle([attempt({ tries: 3 }), attempt({ change: 2, tries: 3 })], [])
    expect(settlement).toMatchObject({ outcomes: [], again: [{ tries: 4 }, { tries: 4 }] })
  })
})

it('follow-ups get numbers of their own and name the planned change they serve', () => {
  const settlement = settle(
    [attempt({ change: 7, root: 7 }), attempt({ change: 101, root: 8, kind: 'whole' })],
    [refused, refused],
  )
  expect(settlement.followUps.map(({ change, root }) => [change, root])).toEqual([
    [100, 7],
    [101, 8],
  ])
})

it('the only row of a job that broke fails with the words of the job', () => {
  expect(jobFailed(attempt({ change: 3 }), 'killed')).toEqual({
    change: 3,
    whole: false,
    result: { status: 'failed', code: 'zendesk.job_failed', reason: 'killed' },
  })
})
