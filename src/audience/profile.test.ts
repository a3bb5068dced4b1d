import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbEngine } from '../engine/duckdb.ts'
import { fileTable } from '../engine/engine-contract.ts'
import { type ColumnProfile, profileTable } from './profile.ts'

/** What a text looks like; '' for nothing. A text that looks like several things names them all. */
const texts: [text: string, looks: string][] = [
  ['ann@example.com', 'email'],
  ['Ann Lee <ann.lee+x@mail.example.com>', 'email'],
  ["o'hara@example.co.uk", 'email'],
  ['write to ann@example.com, please', 'email'],
  ['ann@example', ''],
  ['@ann', ''],
  ['+1 555 555 0100', 'phone'],
  ['+49 (0) 30 1234-567', 'phone'],
  ['0049301234567', 'phone'],
  ['(555) 555-0100', 'phone'],
  ['555-555-0100', 'phone'],
  ['555.555.0100', 'phone'],
  ['030 1234567', 'phone'],
  ['01511234567', 'phone'],
  ['5555550100', 'barePhone'],
  ['15555550100', 'barePhone'],
  ['2024-02-29', ''],
  ['29.02.2024', ''],
  ['2024-02-29 10:11:12', ''],
  ['12:34:56', ''],
  ['1234567.89', ''],
  ['1700000000', ''],
  ['0000012345', ''],
  ['12345', ''],
  ['192.0.2.17', 'network'],
  ['192.0.2.0/24', 'network'],
  ['300.0.2.17', ''],
  ['1.2.3', ''],
  ['2001:db8::1', 'network'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', 'network'],
  ['00:1A:2B:3C:4D:5E', 'network'],
  ['DE89 3704 0044 0532 0130 00', 'iban'],
  ['GB82WEST12345698765432', 'iban'],
  ['GB83WEST12345698765432', ''],
  ['4111 1111 1111 1111', 'card cardShaped'],
  ['4111111111111111', 'card cardShaped'],
  ['4111-1111-1111-1112', 'cardShaped'],
  ['378282246310005', 'card cardShaped'],
  ['123-45-6789', 'ssn'],
  ['Straße 5, "quoted"', ''],
  ['靴下', ''],
  ['-', ''],
]

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'deskside-profile-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

const limits = { memoryMib: 300, timeoutMs: 60_000 }

async function profileOf(columns: Record<string, readonly (string | null)[]>): Promise<ColumnProfile[]> {
  const cell = (text: string | null) => (text === null ? '' : `"${text.replaceAll('"', '""')}"`)
  const names = Object.keys(columns)
  const rows = columns[names[0]!]!.map((_, row) => names.map((name) => cell(columns[name]![row] ?? null)).join(','))
  const path = join(dir, 'table.csv')
  writeFileSync(path, `${names.map(cell).join(',')}\n${rows.join('\n')}\n`)
  const tables = [fileTable('t', path, 'text')]
  return await profileTable(
    { engine: duckdbEngine(), tables, dialect: 'trino', timeZone: 'UTC', limits },
    { name: 't', kind: 'file' },
    names.map((name) => ({ name })),
  )
}

describe('a profile', () => {
  // One process for all: each text stands in a column of its own.
  it('counts what values look like', async () => {
    const columns = Object.fromEntries(texts.map(([text], index) => [`c${index}`, [text, 'x', null]]))
    const found = (await profileOf(columns)).map(({ looks }, index) => [
      texts[index]![0],
      Object.entries(looks)
        .filter(([, count]) => count > 0)
        .map(([look, count]) => (count === 1 ? look : `${look} ${count}`))
        .sort()
        .join(' '),
    ])
    expect(found).toEqual(texts)
  })

  it('quotes every name', async () => {
    const names = ['a "b"', "it's", 'select', 'user_fields.city', 'ä\\ö', '; DROP TABLE t; --', '$1', 'v', 'c0']
    const found = await profileOf(Object.fromEntries(names.map((name) => [name, ['ann@example.com', 'x']])))
    expect(found.map(({ looks }) => looks.email)).toEqual(names.map(() => 1))
  })

  it('counts values, NULLs and different values, of a sample spread over a large table', async () => {
    const half = 15_000
    const column = Array.from({ length: 2 * half }, (_, index) => (index < half ? null : `p${index}@example.com`))
    const ids = column.map((_, index) => String(index % 7))
    const [email, id] = await profileOf({ email: column, id: ids })
    expect([email!.rows, email!.values + email!.nulls]).toEqual([10_000, 10_000])
    // Ten standard deviations.
    expect(Math.abs(email!.nulls - 5_000)).toBeLessThan(500)
    expect(email!.looks.email).toBe(email!.values)
    expect([id!.nulls, id!.distinct]).toEqual([0, 7])
    expect(email!.distinct / email!.values).toBeGreaterThan(0.8)
  })
})
