import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { literal } from '../sql-text.ts'
import { findPeople, type PeopleSearch, type Place } from './find-people.ts'
import { deliveredName, ensureAttributes } from './ledger/delivered.ts'
import { Ledger } from './ledger/ledger.ts'

interface Known {
  id: string | null
  name: string | null
  emails: string[]
  orchestration?: string
}

const first: Known[] = [
  { id: 'C-1', name: 'Zoë Quell', emails: ['zoe@example.com', 'old.zoe@example.org'] },
  { id: 'C-10', name: 'Ada Straße', emails: ['ada@example.com'] },
  { id: 'c-2', name: 'ben 100% _ \'"; DROP', emails: [], orchestration: 'other' },
  { id: null, name: 'Quellenhof', emails: ['only@quell.example'] },
  { id: 'quell', name: '\u{feff}Mark', emails: [] },
]
const second: Known[] = [{ id: 'C-1', name: null, emails: ['c-1@elsewhere.example'] }]

let dir: string
let ledger: Ledger
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'deskside-find-people-'))
  ledger = await Ledger.open(dir)
  await deliver('https://one.example', first, ['name', 'phone'])
  // Nobody was ever delivered a name here.
  await deliver('https://two.example', second, [])
})
afterAll(async () => {
  await ledger.close()
  rmSync(dir, { recursive: true })
})

async function deliver(origin: string, people: readonly Known[], attributes: string[]): Promise<void> {
  const { account } = await ledger.account(origin)
  await ensureAttributes(ledger.db, account, attributes)
  const text = (value: string | null) => (value === null ? 'NULL' : literal(value))
  for (const [index, { id, name, emails, orchestration = 'people' }] of people.entries())
    await ledger.db.run(`INSERT INTO ${deliveredName(account)} BY NAME SELECT ${index + 1} AS _person, ${text(id)} AS _external_id,
      lower(${text(id)}) AS _key, [${emails.map(literal).join(', ')}]::VARCHAR[] AS _emails, ${literal(orchestration)} AS _orchestration,
      TIMESTAMP '2026-01-31 12:00:00' AS _at${attributes.includes('name') ? `, ${text(name)} AS name` : ''}`)
}

const one: Place = { destination: 'one', origin: 'https://one.example', orchestrations: ['people'] }
const again: Place = { destination: 'again', origin: 'https://one.example', orchestrations: ['other'] }
const two: Place = { destination: 'two', origin: 'https://two.example', orchestrations: [] }
const unknown: Place = { destination: 'unknown', origin: 'https://unknown.example', orchestrations: [] }

type Asked = Partial<Omit<PeopleSearch, 'destinations'>>
const find = (text: string, places: Place[] = [one], asked: Asked = {}) =>
  findPeople(ledger, places, { text, by: 'anything', from: 0, limit: 50, ...asked })
const idsOf = async (...call: Parameters<typeof find>) => (await find(...call)).map((person) => person.external_id)

describe('a search among those who were delivered', () => {
  it.each<[string, string, (string | null)[]]>([
    ['the beginning of an id, in any case', 'c-1', ['C-1', 'C-10']],
    ['a whole id before those that begin so', 'C-10', ['C-10']],
    ['no other part of an id', '-1', []],
    ['part of a name, in any case', 'STRA', ['C-10']],
    ['capitals beyond ASCII', 'ZOË', ['C-1']],
    ['part of any address', 'OLD.zoe@', ['C-1']],
    ['a domain', '@example.', ['C-10', 'C-1']],
    ['an id, and then names, by name', 'quell', ['quell', null, 'C-1']],
    ['letters as they are, no pattern', '%', ['c-2']],
    ['no pattern in an id either', 'c_', []],
    ['quotes', '\'";', ['c-2']],
    ['nobody', 'nobody', []],
  ])('finds by %s', async (_what, text, ids) => expect(await idsOf(text)).toEqual(ids))

  it.each<[string, string[]]>([
    ['c-1', ['C-1']],
    ['C-10', ['C-10']],
    ['C-', []],
    ['Straße', []],
    ['zoe@example.com', []],
  ])('finds by a whole external_id alone: %s', async (text, ids) =>
    expect(await idsOf(text, [one], { by: 'external_id' })).toEqual(ids),
  )

  it('tells who they are, and through which destination they may be looked at', async () => {
    expect(await find('c-2', [one, again])).toEqual([
      {
        ...{
          destination: 'again',
          account: 'https://one.example',
          external_id: 'c-2',
          name: first[2]!.name,
          emails: [],
        },
        ...{ orchestration: 'other', delivered_at: '2026-01-31T12:00:00.000Z', exit: null },
      },
    ])
    expect((await find('c-2', [one]))[0]?.destination).toBe('one')
    expect((await find('Mark'))[0]?.name).toBe('\u{feff}Mark')
  })

  it('looks in each account once, and in none that was never planned for', async () => {
    const found = await find('c-1', [unknown, two, one, again])
    expect(found.map((person) => [person.destination, person.external_id])).toEqual([
      ['one', 'C-1'],
      ['two', 'C-1'],
      ['one', 'C-10'],
    ])
    expect(await find('c-1', [unknown])).toEqual([])
    expect(await find('c-1', [])).toEqual([])
  })

  it('gives parts that make the whole, whatever is looked for', async () => {
    const texts = fc.constantFrom('c', 'e', 'quell', '@', 'example', 'o', ' ')
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 4 }), async (text, limit) => {
        const whole = await find(text, [one, two])
        const parts = []
        for (let from = 0; from <= whole.length; from += limit)
          parts.push(...(await find(text, [one, two], { from, limit })))
        expect(parts).toEqual(whole)
        const has = (value: string | null) => value?.toLowerCase().includes(text) === true
        const isMeant = ({ id, name, emails }: Known) =>
          id?.toLowerCase().startsWith(text) || has(name) || emails.some(has)
        expect(whole).toHaveLength(
          first.filter(isMeant).length + second.filter((person) => isMeant({ ...person, name: null })).length,
        )
      }),
      { numRuns: 30 },
    )
  })
})
