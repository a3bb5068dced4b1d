import { describe, expect, it } from 'vitest'
import type { EmulatorOptions } from '../src/emulator/index.ts'
import { createRandom, shuffledIndexes } from '../src/emulator/random.ts'
import { type Readings, readings } from '../src/emulator/readings.ts'
import { type Locale, locales } from '../src/emulator/wording.ts'
import type { RunSummary } from '../src/sync/report.ts'
import { isFull } from './full-set.ts'
import { hurriedRun } from './hurried-run.ts'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

type Settings = Partial<Readings> & { locale?: Locale; bulkImport?: boolean }

/** Several jobs and few slots for them, each of which takes a while: Deskside meets TooManyJobs on the way. */
const crowd = 250
const crowded: EmulatorOptions = { jobLimit: 2, jobLatencyMs: [20, 40] }

function row(external_id: string | null, email: string | null, name: string, more: SourceRow = {}): SourceRow {
  const fields = { 'user_fields.city': `City of ${name}`, 'user_fields.size': null, 'user_fields.weight': null }
  return { external_id, email, name, notes: null, ...fields, ...more }
}

/** The people of the source; in version 2 some are renamed, and one has a new external_id. */
function source(version: 1 | 2): SourceRow[] {
  const name = (text: string) => (version === 1 ? text : `${text} II`)
  const others = Array.from({ length: crowd }, (_, index) =>
    row(`c${index}`, `c${index}@example.com`, index < 3 ? name(`C${index}`) : `C${index}`),
  )
  return [
    // Two rows of a person, the second of which has a further address.
    row('twice', 'twice@example.com', 'Twice', { notes: 'first' }),
    row('TWICE', 'further@example.com', name('Twice')),
    // The e-mail belongs to somebody with another external_id.
    row('held-new', 'held@example.com', 'Held'),
    // The e-mail is somebody's second address.
    row('second', 'second@example.com', 'Second'),
    // External_id and e-mail belong to two people.
    row('left', 'right@example.com', 'Torn'),
    // Adopted, by either key.
    row('known', 'fresh@example.com', 'Known'),
    row('adopted', 'adopted@example.com', 'Adopted'),
    row(version === 1 ? 'moved' : 'moved-2', 'moved@example.com', 'Moved'),
    row(null, 'no.id@example.com', name('Without an id')),
    row('no-mail', null, name('Without an address')),
    row('bad', 'bad@example.com', 'Bad option', { 'user_fields.size': 'huge' }),
    row('good', 'good@example.com', name('Good option'), { 'user_fields.size': 'big', 'user_fields.weight': '1.239' }),
    row('invalid', 'no address', 'Invalid'),
    row('nameless', 'nameless@example.com', ''),
    ...others,
  ]
}

async function openAccount(settings: Settings): Promise<Bench> {
  const bench = await openBench({ emulator: { ...crowded, ...settings } })
  bench.emulator.seed({
    user_fields: [
      { key: 'city' },
      { key: 'size', type: 'dropdown', custom_field_options: ['big', 'small'] },
      { key: 'weight', type: 'decimal' },
    ],
    users: [
      { name: 'Holder', external_id: 'held-old', email: 'held@example.com' },
      { name: 'Sec', email: 'first@example.com', emails: ['second@example.com'] },
      { name: 'Left', external_id: 'left', email: 'left@example.com' },
      { name: 'Right', external_id: 'right', email: 'right@example.com' },
      { name: 'Old', external_id: 'KNOWN' },
      { name: 'Older', email: 'adopted@example.com' },
    ],
  })
  return bench
}

/** External ids of the rows that Zendesk refuses under these readings. */
function refused({ externalIdOnEmailMatch, emailMatch }: Settings): string[] {
  const keys = ['left']
  if (externalIdOnEmailMatch === 'refuse') keys.push('held-new')
  if (emailMatch === 'primary') keys.push('second')
  return keys.sort()
}

/** I1, I2: each row has one outcome, and who is called delivered is there as the source has him. */
async function expectRight(bench: Bench, run: RunSummary, rows: SourceRow[], failed: string[]): Promise<void> {
  const { total, ...outcomes } = run.rows
  expect(run.problem).toBe(null)
  expect(total).toBe(rows.length)
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(total)
  expect(outcomes).toMatchObject({ rejected: 2, merged: 1, pending: 0 })
  const records = await bench.records(run.run_id, { outcome: 'failed' })
  expect(records.map(({ external_id }) => external_id).sort()).toEqual(failed)
  const users = bench.users()
  const byEmail = new Map(users.flatMap((user) => user.emails.map((email) => [email, user] as const)))
  const byKey = new Map(users.map((user) => [user.external_id?.toLowerCase(), user]))
  for (const { external_id: key, email, name, ...rest } of rows) {
    if (failed.includes(String(key)) || email === 'no address' || name === '') continue
    const user = key == null ? byEmail.get(String(email)) : byKey.get(key.toLowerCase())
    // The row behind it has the last word.
    const isFirst = key === 'twice'
    expect(user, String(key ?? email)).toMatchObject({
      ...(isFirst ? {} : { name }),
      user_fields: {
        ...(isFirst ? {} : { city: rest['user_fields.city'] }),
        size: key === 'good' ? 'big' : null,
        weight: key === 'good' ? 1.24 : null,
      },
    })
    if (email) expect(user?.emails).toContain(email)
  }
  expect(byKey.get('twice')).toMatchObject({ notes: 'first', emails: ['twice@example.com', 'further@example.com'] })
  expect(bench.emulator.stats().races).toBe(0)
}

/** A first load, a changed source, and the same once more. */
async function rehearse(settings: Settings): Promise<void> {
  const bench = await openAccount(settings)
  try {
    const failed = refused(settings)
    // An answer that is lost, a job that is, and one that breaks in the middle.
    bench.emulator.faults(
      { kind: 'reset_after_write', match: { path: 'create_or_update_many' }, skip: 1 },
      { kind: 'job_failed', effect: 'half' },
      { kind: 'job_lost', effect: 'half', skip: 3 },
    )
    for (const version of [1, 2] as const) {
      const rows = source(version)
      await bench.write(rows)
      await expectRight(bench, (await hurriedRun(bench)).summary, rows, failed)
    }
    expect(bench.users().filter(({ external_id: key }) => key?.startsWith('moved'))).toHaveLength(1)
    bench.emulator.clearCalls()
    const { summary } = await hurriedRun(bench)
    await expectRight(bench, summary, source(2), failed)
    expect(summary.rows).toMatchObject({ created: 0, updated: 0, failed: failed.length })
    // I5: nothing but the rows that failed before.
    const written = bench.writtenUsers().map(({ external_id: key }) => String(key))
    expect([...new Set(written)].sort()).toEqual(failed)
  } finally {
    await bench.close()
  }
}

/** So many mixtures that each reading is in one of them at least, among others than in the next. */
const mixtures: readonly Settings[] = (() => {
  const random = createRandom(1, 'mixtures')
  const count = Math.max(...Object.values(readings).map((values) => values.length))
  const columns = Object.entries(readings).map(([name, values]) => {
    const given = Array.from(
      { length: count },
      (_, index) => values[index] ?? values[random.integer(0, values.length - 1)],
    )
    return [name, shuffledIndexes(count, random).map((index) => given[index])] as const
  })
  return Array.from({ length: count }, (_, index) => ({
    ...Object.fromEntries(columns.map(([name, values]) => [name, values[index]])),
    locale: locales[index % locales.length],
  }))
})()

describe.concurrent('whatever nobody knows of Zendesk: the same rows, the same outcomes', () => {
  const all = mixtures.map((settings, index) => ({ settings, title: `mixture ${index + 1} of ${mixtures.length}` }))
  it.each(isFull ? all : all.slice(0, 2))('$title', ({ settings }) => rehearse(settings), 120_000)

  it('each reading is in a mixture', () => {
    for (const [name, values] of Object.entries(readings)) {
      expect(new Set<unknown>(mixtures.map((settings) => settings[name as keyof Readings]))).toEqual(
        new Set<unknown>(values),
      )
    }
  })

  it.each(readings.importsOffBody)('bulk import that is off is known for what it is (%s)', async (importsOffBody) => {
    const bench = await openAccount({ importsOffBody, bulkImport: false })
    try {
      await bench.write(source(1))
      expect((await hurriedRun(bench)).summary).toMatchObject({
        status: 'error',
        problem: { code: 'zendesk.bulk_import_disabled' },
      })
    } finally {
      await bench.close()
    }
  })

  it('one by one, while changes by id need bulk import too: nothing is lost, and it goes on once that is on', async () => {
    const bench = await openBench({
      emulator: { updateManyNeedsImport: true, bulkImport: false },
      destination: { without_bulk_import: 'one_by_one' },
    })
    try {
      const person = (external_id: string): SourceRow => ({ external_id, email: 'one@example.com', name: 'One' })
      const outcome = async (id: string) => {
        await bench.write([person(id)])
        const { status, rows, problem } = (await hurriedRun(bench)).summary
        return { status, rows, code: problem?.code }
      }
      expect(await outcome('old')).toMatchObject({ status: 'completed', rows: { created: 1 } })
      expect(await outcome('new')).toMatchObject({ code: 'zendesk.permission_denied', rows: { pending: 1 } })
      bench.emulator.seed({ settings: { bulkImport: true } })
      expect(await outcome('new')).toMatchObject({ status: 'completed', rows: { updated: 1 } })
      expect(bench.users()).toMatchObject([{ external_id: 'new' }])
    } finally {
      await bench.close()
    }
  })
})
