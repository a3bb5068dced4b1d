import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Bench, openBench, type SourceRow } from './project-bench.ts'

/**
 * A second, slow and simple telling of how rows become people, without a database, against the real application and an emulated
 * account: whatever a source does from round to round, the account must hold what this model holds.
 */

interface Row {
  external_id: string | null
  email: string | null
  name: string | null
  notes: string | null
  details: string | null
  orders: string | null
}
const fields = ['name', 'notes', 'details', 'orders'] as const

/** A person as we delivered them. */
interface Known {
  key: string | null
  emails: string[]
  values: Record<string, string | null>
}

interface Outcome {
  rejected: string[]
  /** Rows whose address the account refuses. */
  failed: number
  people: Known[]
}

const numbers: Record<string, string> = { '1': '1', '07': '7' }

/** The value as the attribute holds it; `invalid` keeps what was delivered. */
function canonical(field: string, text: string): string | 'invalid' {
  if (field === 'orders') return numbers[text] ?? 'invalid'
  return text
}

const clean = (text: string | null) => (text === null || text.trim() === '' ? null : text)
const validEmail = (email: string) => !email.includes(' ')

/** What the account holds of ours after a run over `rows`, given what it held before. */
function runModel(rows: readonly Row[], before: readonly Known[]): Outcome {
  const rejected: string[] = []
  const kept: { ext: string | null; email: string | null; row: Row }[] = []
  for (const row of rows) {
    const ext = clean(row.external_id)
    const email = clean(row.email)?.trim().toLowerCase() ?? null
    if (clean(row.name) === null) rejected.push('missing_name')
    else if (ext === null && email === null) rejected.push('missing_identity')
    else if (email !== null && !validEmail(email)) rejected.push('invalid_email')
    else kept.push({ ext: ext?.toLowerCase() ?? null, email, row })
  }
  const present = new Set(kept.flatMap(({ ext }) => ext ?? []))
  const holderOf = (email: string) => before.find((known) => known.emails.includes(email))
  const claims = new Set(kept.flatMap(({ ext, email }) => (ext === null || email === null ? [] : [email])))
  // A person is still in the result by id, or by an address that only rows without an id bring.
  const isPresent = (known: Known) =>
    (known.key !== null && present.has(known.key)) ||
    kept.some(({ ext, email }) => ext === null && email !== null && known.emails.includes(email) && !claims.has(email))
  const ownerOf = (email: string) => {
    const holder = holderOf(email)
    if (holder !== undefined && holder.key !== null && isPresent(holder)) return holder.key
    return kept.find((row) => row.ext !== null && row.email === email)?.ext ?? null
  }
  const owners = new Map([...claims].map((email) => [email, ownerOf(email)]))
  // A new id whose address somebody held who has no id, or whose id has left, is the same person: first come, first served.
  const heirs = new Map<Known, string>()
  const isNew = (ext: string) => !before.some((known) => known.key === ext) && ![...heirs.values()].includes(ext)
  for (const { ext, email } of kept) {
    if (ext === null || email === null || owners.get(email) !== ext || !isNew(ext)) continue
    const holder = holderOf(email)
    if (holder !== undefined && !heirs.has(holder) && (holder.key === null || !isPresent(holder)))
      heirs.set(holder, ext)
  }
  for (const [holder, ext] of heirs) for (const email of holder.emails) if (owners.has(email)) owners.set(email, ext)
  const accepted = kept.filter(({ ext, email }) => {
    const loses = ext !== null && email !== null && owners.get(email) !== ext
    if (loses) rejected.push('email_conflict')
    return !loses
  })
  const groups = new Map<string, typeof accepted>()
  for (const one of accepted) {
    const id = personOf(one.ext, one.email)
    groups.set(id, [...(groups.get(id) ?? []), one])
  }
  const people = [...before]
  let failed = 0
  for (const [id, members] of groups) {
    const known = knownOf(id)
    // An address of somebody else who is not in the result: only the account can refuse it, and does.
    const refused = (email: string | null) =>
      email !== null && holderOf(email) !== undefined && holderOf(email) !== known
    failed += new Set(members.map(({ email }) => email).filter(refused)).size
    const next = foldPerson(
      id,
      members.map((one) => (refused(one.email) ? { ...one, email: null } : one)),
      known,
    )
    if (known === undefined) people.push(next)
    else people[people.indexOf(known)] = next
  }
  return { rejected, failed, people }

  function personOf(ext: string | null, email: string | null): string {
    if (ext !== null) return `x${ext}`
    const owner = owners.get(email as string)
    if (owner != null) return `x${owner}`
    const holder = holderOf(email as string)
    if (holder === undefined) return `e${email}`
    const heir = heirs.get(holder) ?? holder.key
    return heir === null ? `d${before.indexOf(holder)}` : `x${heir}`
  }

  function knownOf(id: string): Known | undefined {
    if (id.startsWith('d')) return before[Number(id.slice(1))]
    if (id.startsWith('e')) return undefined
    return [...heirs].find(([, ext]) => ext === id.slice(1))?.[0] ?? before.find((known) => known.key === id.slice(1))
  }
}

function foldPerson(
  id: string,
  members: readonly { email: string | null; row: Row }[],
  known: Known | undefined,
): Known {
  const values: Record<string, string | null> = {}
  for (const field of fields) {
    const texts = members.flatMap(({ row }) => clean(row[field]) ?? [])
    const made = texts.map((text) => canonical(field, text))
    const last = made.filter((value) => value !== 'invalid').at(-1)
    values[field] = last ?? (made.includes('invalid') ? (known?.values[field] ?? null) : null)
  }
  const emails = [...new Set([...(known?.emails ?? []), ...members.flatMap(({ email }) => email ?? [])])]
  return { key: id.startsWith('x') ? id.slice(1) : (known?.key ?? null), emails, values }
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4 })
const row: fc.Arbitrary<Row> = fc.record({
  external_id: fc.option(fc.constantFrom('A', 'a', 'B', 'C', 'c', 'D'), { freq: 3 }),
  email: fc.option(
    fc.constantFrom(
      'one@example.com',
      ' ONE@example.com',
      'two@example.com',
      'three@example.com',
      'four@example.com',
      'not valid',
    ),
    { freq: 6 },
  ),
  name: fc.option(fc.constantFrom('Ann', 'Bo', 'Cy'), { freq: 12 }),
  notes: maybe(fc.constantFrom('n1', 'n2', ' ')),
  details: maybe(fc.constantFrom('d1', ' d2 ', '')),
  orders: maybe(fc.constantFrom('1', '07', 'many')),
})
const sequences = fc.array(fc.array(row, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 3 })

const source = (rows: readonly Row[]): SourceRow[] =>
  rows.map(({ orders, ...rest }) => ({ ...rest, 'user_fields.orders': orders }))

/** People of the account in a comparable form. */
function held(bench: Bench): string[] {
  return bench
    .users()
    .map((user) => {
      const { name, notes, details } = user
      const orders = user.user_fields.orders
      const values = {
        name,
        notes: notes ?? null,
        details: details ?? null,
        orders: orders === null ? null : String(orders),
      }
      return JSON.stringify([user.external_id?.toLowerCase() ?? null, user.emails.toSorted(), values])
    })
    .toSorted()
}

const wanted = (people: readonly Known[]) =>
  people.map(({ key, emails, values }) => JSON.stringify([key, emails.toSorted(), values])).toSorted()

/** A plan without what may differ between two plans of the same: its id and its times. */
async function planShape(bench: Bench): Promise<unknown> {
  const { plan_id, planned_at, ...plan } = await bench.plan()
  return { plan, changes: await bench.changes(plan_id), planned: typeof planned_at }
}

async function openAccount(sql?: string): Promise<Bench> {
  const bench = await openBench(sql === undefined ? {} : { sql })
  bench.emulator.seed({ user_fields: [{ key: 'orders', type: 'integer' }] })
  return bench
}

/** Fixed, so that a run of the suite is the same everywhere; another one is tried with MODEL_SEED. */
const seed = Number(process.env.MODEL_SEED ?? 20261121)
const runs = Number(process.env.MODEL_RUNS ?? 2)

describe(`whatever the source does (seed ${seed})`, () => {
  it('the account holds what the rules say, outcomes add up (I1), a second run sends nothing (I5), two plans are one (I7)', {
    timeout: 120_000 + runs * 10_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(sequences, async (rounds) => {
        const bench = await openAccount()
        try {
          let known: Known[] = []
          let failed = 0
          for (const rows of rounds) {
            await bench.write(source(rows))
            const model = runModel(rows, known)
            const run = await bench.run()
            const { total, pending, created, updated, unchanged, rejected, merged } = run.rows
            expect(run.problem).toBeNull()
            expect(held(bench)).toEqual(wanted(model.people))
            expect({ total, pending, failed: run.rows.failed, rejected }).toEqual({
              total: rows.length,
              pending: 0,
              failed: model.failed,
              rejected: model.rejected.length,
            })
            expect(created + updated + unchanged + rejected + run.rows.failed + merged).toBe(total)
            known = model.people
            failed = model.failed
          }
          bench.emulator.clearCalls()
          const again = await bench.run()
          // Only what failed is tried again, with its person's keys and nothing else.
          expect(again.rows).toMatchObject({ created: 0, updated: 0, failed })
          if (failed === 0) expect(bench.writtenUsers()).toEqual([])
          expect(held(bench)).toEqual(wanted(known))
        } finally {
          await bench.close()
        }
      }),
      { seed, numRuns: runs, endOnFailure: process.env.MODEL_SHRINK === undefined },
    )
  })

  it('a plan is the same however often it is made, and without an order whatever the order of the rows (I7)', {
    timeout: 120_000 + runs * 10_000,
  }, async () => {
    const unordered = 'SELECT * EXCLUDE _row FROM people'
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 2, maxLength: 12 }),
        fc.array(row, { minLength: 2, maxLength: 12 }),
        async (first, second) => {
          const bench = await openAccount(unordered)
          const other = await openAccount(unordered)
          try {
            await bench.write(source(first))
            await bench.run()
            await other.write(source(first.toReversed()))
            await other.run()
            expect(held(other)).toEqual(held(bench))
            await bench.write(source(second))
            const plan = await planShape(bench)
            expect(await planShape(bench)).toEqual(plan)
            await bench.run()
            await other.write(source(second.toReversed()))
            await other.run()
            expect(held(other)).toEqual(held(bench))
          } finally {
            await bench.close()
            await other.close()
          }
        },
      ),
      { seed, numRuns: Math.ceil(runs / 3), endOnFailure: process.env.MODEL_SHRINK === undefined },
    )
  })

  it('somebody delivered before goes on as one new id only; who else claims an address of theirs is told so', async () => {
    const bench = await openAccount()
    const of = (external_id: string | null, email: string, name: string): Row => ({
      external_id,
      email,
      name,
      notes: null,
      details: null,
      orders: null,
    })
    try {
      await bench.write(
        source([
          of('old', 'one@example.com', 'Ann'),
          of('old', 'two@example.com', 'Ann'),
          of(null, 'three@example.com', 'Bo'),
        ]),
      )
      await bench.run()
      const rows = [
        of('x', 'one@example.com', 'Ann'),
        of('y', 'two@example.com', 'Cy'),
        of('z', 'three@example.com', 'Bo'),
        of(null, 'three@example.com', 'Bob'),
      ]
      await bench.write(source(rows))
      const run = await bench.run()
      expect(run.rows).toMatchObject({ total: 4, updated: 2, rejected: 1, merged: 1, created: 0, failed: 0 })
      expect(await bench.records(run.run_id, { outcome: 'rejected' })).toMatchObject([
        { row: 2, code: 'email_conflict' },
      ])
      expect(held(bench)).toEqual(
        wanted([
          {
            key: 'x',
            emails: ['one@example.com', 'two@example.com'],
            values: { name: 'Ann', notes: null, details: null, orders: null },
          },
          {
            key: 'z',
            emails: ['three@example.com'],
            values: { name: 'Bob', notes: null, details: null, orders: null },
          },
        ]),
      )
    } finally {
      await bench.close()
    }
  })
})
