import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Journal, type Outcome } from './journal.ts'
import { Ledger } from './ledger.ts'

let dir: string
let ledger: Ledger
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deskside-journal-'))
  ledger = await Ledger.open(dir)
})
afterEach(async () => {
  await ledger.close()
  await rm(dir, { recursive: true, force: true })
})

const outcome = (change: number): Outcome => ({ change, whole: false, result: { status: 'updated', zendeskId: '7' } })
const written = () =>
  ledger.db.rows<{ batch: number; event: string; at: string }>(
    'SELECT batch, event, happened_at::VARCHAR AS at FROM journal ORDER BY rowid',
  )

describe('the journal of a run', () => {
  it('is read back as it was written: changes, jobs, what is open (I3)', async () => {
    const journal = await Journal.open(ledger.db, 'r')
    const first = await journal.posting('upsert', [1, 2, 3])
    const second = await journal.posting('by_id', [9_007_199_254_740_991])
    const third = await journal.posting('upsert', [])
    await journal.submitted(first, 'V3-1')
    await journal.refused(third)
    const again = await Journal.open(ledger.db, 'r')
    expect(await again.openBatches()).toEqual([
      { batch: first, kind: 'upsert', changes: [1, 2, 3], job: 'V3-1' },
      { batch: second, kind: 'by_id', changes: [9_007_199_254_740_991], job: null },
    ])
    expect(await again.posting('upsert', [4])).toBe(4)
  })

  it('has everything that came before a batch on disk before that may be posted, in its order and one transaction (I3)', async () => {
    const journal = await Journal.open(ledger.db, 'r')
    const first = await journal.posting('upsert', [1])
    const done: string[] = []
    const submitted = journal.submitted(first, 'V3-1').then(() => done.push('submitted'))
    const settled = journal.settled(first, [outcome(1)], []).then(() => done.push('settled'))
    await journal.posting('upsert', [2])
    const lines = await written()
    expect(lines.map(({ batch, event }) => `${batch} ${event}`)).toEqual([
      '1 posting',
      '1 submitted',
      '1 settled',
      '2 posting',
    ])
    expect(new Set(lines.slice(1).map(({ at }) => at)).size).toBe(1)
    await Promise.all([submitted, settled])
    expect(done).toEqual(['submitted', 'settled'])
  })

  it('needs no further batch to write what nothing waits for', async () => {
    const journal = await Journal.open(ledger.db, 'r')
    const batch = await journal.posting('upsert', [1])
    await Promise.all([journal.submitted(batch, 'V3-1'), journal.settled(batch, [outcome(1)], [])])
    expect(await journal.openBatches()).toEqual([])
    const settled: number[] = []
    await journal.settledChanges((change) => settled.push(change))
    expect(settled).toEqual([1])
  })

  it('tells everybody whose entry could not be written', async () => {
    const journal = await Journal.open(ledger.db, 'r')
    const batch = await journal.posting('upsert', [1])
    await ledger.db.run('DROP TABLE outcomes')
    const ends = await Promise.allSettled([
      journal.submitted(batch, 'V3-1'),
      journal.settled(batch, [outcome(1)], []),
      journal.posting('upsert', [2]),
    ])
    expect(ends.map((end) => end.status)).toEqual(['rejected', 'rejected', 'rejected'])
  })
})
