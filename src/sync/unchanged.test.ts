import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { literal } from '../sql-text.ts'
import { Database } from './ledger/database.ts'
import { foldPeople } from './people.ts'
import { selectChanged } from './plan-changes.ts'
import { createTextMacros } from './text-sql.ts'
import { sourceDigest } from './unchanged.ts'

/** A row of the result: few keys and texts, so that rows meet each other and what was delivered. */
interface Row {
  external_id: string | null
  email: string | null
  name: string | null
}

/** A person as delivered: `text` is the row whose digest is kept, null when the person is to be looked at anyway. */
interface Delivered {
  key: string | null
  emails: string[]
  text: Row | null
  rules: 'these' | 'others'
  left: boolean
}

const ids = ['a', 'b', 'c', 'd']
const addresses = ['one@example.com', 'two@example.com', 'three@example.com', 'four@example.com']
const row: fc.Arbitrary<Row> = fc.record({
  external_id: fc.option(fc.constantFrom(...ids, 'A'), { freq: 4 }),
  email: fc.option(fc.constantFrom(...addresses), { freq: 5 }),
  name: fc.option(fc.constantFrom('Ann', 'Bo'), { freq: 9 }),
})
const isWhole = ({ external_id, email, name }: Row) => name !== null && (external_id !== null || email !== null)

/** What earlier runs can have left: a key belongs to one person, and the kept text is one of the person's own. */
const delivered: fc.Arbitrary<Delivered[]> = fc
  .uniqueArray(
    fc.tuple(
      row.filter(isWhole),
      fc.subarray(addresses),
      fc.boolean(),
      fc.constantFrom<Delivered['rules']>('these', 'these', 'these', 'others'),
      fc.nat(9),
    ),
    {
      selector: ([{ external_id, email }]) => external_id?.toLowerCase() ?? `mail ${email}`,
      maxLength: 5,
    },
  )
  .map((all) => {
    // Whose row has nothing but an address is the only one who holds it.
    const own = new Set(
      all.flatMap(([{ external_id, email }]) => (external_id === null && email !== null ? [email] : [])),
    )
    return all.map(([text, more, keeps, rules, left]) => {
      const given = text.email !== null && (text.external_id === null || !own.has(text.email)) ? [text.email] : []
      const emails = [...new Set([...given, ...more.filter((email) => !own.has(email)).slice(0, 1)])]
      const key = text.external_id?.toLowerCase() ?? null
      return { key, emails, text: keeps ? text : null, rules, left: left === 0 }
    })
  })

const cell = (text: string | null) => (text === null ? 'NULL::VARCHAR' : literal(text))

class Bench {
  readonly db: Database

  constructor(db: Database) {
    this.db = db
  }

  static async open(dir: string): Promise<Bench> {
    const db = await Database.open(join(dir, 'ledger.duckdb'), { memoryMib: 200, tempDir: join(dir, 'tmp') })
    await db.run("ATTACH ':memory:' AS plan")
    await createTextMacros(db)
    return new Bench(db)
  }

  async fill(rows: readonly Row[], people: readonly Delivered[]): Promise<void> {
    const { db } = this
    await db.run('CREATE OR REPLACE TABLE stage_row (row BIGINT, external_id VARCHAR, email VARCHAR, name VARCHAR)')
    for (const [index, { external_id, email, name }] of rows.entries())
      await db.run(`INSERT INTO stage_row VALUES (${index + 1}, ${cell(external_id)}, ${cell(email)}, ${cell(name)})`)
    await db.run(`
      CREATE OR REPLACE TABLE delivered_1 (_person BIGINT, _zendesk_id VARCHAR, _external_id VARCHAR, _key VARCHAR, _emails VARCHAR[], _digest UHUGEINT,
        _mapping VARCHAR, _exit VARCHAR, _at TIMESTAMP)`)
    for (const [index, { key, emails, text, rules, left }] of people.entries()) {
      const digest =
        text === null
          ? 'NULL'
          : `(SELECT ${sourceDigest(['external_id', 'email', 'name'])} FROM (SELECT ${cell(text.external_id)} AS external_id, ${cell(text.email)} AS email, ${cell(text.name)} AS name))`
      await db.run(`INSERT INTO delivered_1 VALUES (${index + 1}, ${literal(`${index + 100}`)}, ${cell(key)}, ${cell(key)},
        [${emails.map(literal).join(', ')}]::VARCHAR[], ${digest}, ${literal(rules)}, ${left ? "'suspend'" : 'NULL'}, TIMESTAMP '2026-01-01' + INTERVAL (${index % 2}) DAY)`)
    }
  }

  /** Who every row belongs to, what is refused, and who is to be sent; people are named by their first row. */
  async fold(everyRow: boolean, settings: { ordered: boolean; omits: boolean; keeps: boolean; agent: string | null }) {
    const { db } = this
    await db.run('DROP TABLE IF EXISTS plan.people')
    await foldPeople(db, {
      delivered: 'delivered_1',
      externalId: 'external_id',
      email: 'email',
      name: 'name',
      sourceColumns: ['external_id', 'email', 'name'],
      ordered: settings.ordered,
      protectedPeople: {
        zendeskIds: settings.agent === 'id' ? ['100'] : [],
        externalIds: settings.agent === 'key' ? ['a'] : [],
        emails: settings.agent === 'email' ? [addresses[0] as string] : [],
      },
      emailConflicts: settings.omits ? 'omit_email' : 'reject',
      mapping: 'these',
      keepsAddresses: settings.keeps,
      everyRow,
    })
    await selectChanged(db, {
      delivered: 'delivered_1',
      attributes: [],
      externalIdColumn: 'external_id',
      mapping: 'these',
      emailChange: settings.keeps ? 'keep' : 'add_secondary',
      full: false,
    })
    const aside = (await db.first<{ n: number }>('SELECT count(*) AS n FROM plan.people'))?.n ?? 0
    return {
      aside,
      people: await db.rows(`
        SELECT person, rows, delivered, change, person IN (SELECT person FROM todo) AS sent FROM person
        UNION ALL SELECT person, rows, delivered, NULL, false FROM plan.people ORDER BY person`),
      rows: await db.rows(`
        SELECT m.row, p.person FROM member m JOIN person p ON p.pkey = m.pkey UNION ALL SELECT person, person FROM plan.people ORDER BY row`),
      refusals: await db.rows('SELECT row, code, field, value FROM refusals ORDER BY row, code'),
      omissions: await db.rows('SELECT row, field, code, value FROM omissions ORDER BY row, field, value'),
    }
  }
}

describe('rows that are set aside as unchanged', () => {
  it('change nothing: every row, person and refusal is what looking at all of them gives (I1, I5, I7)', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'deskside-test-'))
    const bench = await Bench.open(dir)
    const seed = Number(process.env.MODEL_SEED ?? 20261127)
    let setAside = 0
    try {
      await fc.assert(
        fc.asyncProperty(
          delivered,
          fc.array(row, { maxLength: 6 }),
          fc.array(fc.nat(2), { maxLength: 5 }),
          fc.record({
            ordered: fc.boolean(),
            omits: fc.boolean(),
            keeps: fc.boolean(),
            agent: fc.option(fc.constantFrom('id', 'key', 'email'), { freq: 1 }),
          }),
          async (all, fresh, repeated, settings) => {
            // Only who keeps addresses out can have been delivered with one that was not given.
            const lacks = ({ text, emails }: Delivered) => text?.email != null && !emails.includes(text.email)
            const people = all.map((one) => (lacks(one) && !settings.keeps ? { ...one, text: null } : one))
            // Rows as they were delivered, some of them twice, among new ones.
            const known = repeated.flatMap((index) => people[index]?.text ?? [])
            await bench.fill([...known, ...fresh], people)
            const { aside, ...quick } = await bench.fold(false, settings)
            const { aside: none, ...whole } = await bench.fold(true, settings)
            expect(quick).toEqual(whole)
            expect(none).toBe(0)
            setAside += aside
          },
        ),
        { seed, numRuns: Number(process.env.MODEL_RUNS ?? 40) },
      )
      expect(setAside).toBeGreaterThan(0)
    } finally {
      await bench.db.close()
      await rm(dir, { recursive: true, force: true })
    }
  }, 120_000)
})
