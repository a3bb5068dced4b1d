import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChangeView, RecordRow } from '../sync/report.ts'
import {
  changeCsv,
  conflictCsv,
  driftCsv,
  exitCsv,
  exitTable,
  jsonPieces,
  recordCsv,
  recordTable,
  restCsv,
  restTable,
} from './records-text.ts'

async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows
}

async function text(pieces: AsyncIterable<string>): Promise<string> {
  let all = ''
  for await (const piece of pieces) all += piece
  return all
}

const record: RecordRow = {
  row: 7,
  external_id: 'C-7',
  email: 'ada@example.com',
  name: 'Ada',
  outcome: 'rejected',
  field: null,
  value: null,
  code: 'missing_name',
  reason: 'The row has no name.',
}

describe('JSON', () => {
  test.each([0, 1, 999, 1000, 1001])('%i rows are one array', async (count) => {
    const rows = Array.from({ length: count }, (_, index) => ({ ...record, row: index + 1 }))
    expect(JSON.parse(await text(jsonPieces(each(rows))))).toEqual(rows)
  })

  test('nothing is written before the first rows are known to be readable', async () => {
    const unknown = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('unknown run')) }) }
    const pieces = jsonPieces(unknown)
    await expect(pieces.next()).rejects.toThrow('unknown run')
  })
})

describe('CSV', () => {
  test('has a heading also for no rows', async () => {
    expect(await text(recordCsv(each([])))).toBe('row,external_id,email,name,outcome,field,value,code,reason\r\n')
  })

  test('quotes what needs quotes', async () => {
    const lines = (await text(recordCsv(each([{ ...record, name: 'Lovelace, "Ada"\nCountess' }])))).slice(60)
    expect(lines).toBe(
      '7,C-7,ada@example.com,"Lovelace, ""Ada""\nCountess",rejected,,,missing_name,The row has no name.\r\n',
    )
  })

  test('no cell begins like a formula', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('=', '+', '-', '@', '\t', '\r'),
        fc.stringMatching(/^[a-z0-9()!]*$/),
        async (start, rest) => {
          const lines = await text(recordCsv(each([{ ...record, value: start + rest }])))
          expect(lines).toContain(`'${start}${rest}`)
        },
      ),
    )
  })

  test.each([
    [conflictCsv, 'row,external_id,email,name,code,reason,action'],
    [exitCsv, 'external_id,email,name,action,outcome,code,reason'],
    [driftCsv, 'person,zendesk_id,external_id,email,name,field,delivered,found,code,reason,repaired'],
    [restCsv, 'zendesk_id,external_id,email,field,old,written,found,code,reason'],
  ])('of every list has its heading', async (csv, heading) => {
    expect(await text(csv(each([])))).toBe(`${heading}\r\n`)
  })

  test('yes and no are words', async () => {
    const line = {
      ...record,
      person: 1,
      zendesk_id: '9',
      delivered: 'x',
      found: null,
      code: 'seen.gone' as const,
      reason: 'Gone.',
    }
    const rows = (repaired: boolean) => text(driftCsv(each([{ ...line, field: 'city', repaired }])))
    expect([(await rows(true)).slice(-7), (await rows(false)).slice(-8)]).toEqual([',true\r\n', ',false\r\n'])
  })

  test('a change has a line for each of its fields', async () => {
    const change: ChangeView = {
      change: 1,
      kind: 'update',
      wave: 1,
      row: 3,
      external_id: 'C-3',
      email: null,
      name: 'Ada',
      zendesk_id: '9000',
      fields: [
        { field: 'phone', old: '+12125550100', new: null },
        { field: 'user_fields.city', old: 'Leeds', new: 'York' },
      ],
    }
    expect(await text(changeCsv(each([change])))).toBe(
      'change,kind,wave,row,external_id,email,name,zendesk_id,field,old,new\r\n' +
        "1,update,1,3,C-3,,Ada,9000,phone,'+12125550100,\r\n" +
        '1,update,1,3,C-3,,Ada,9000,user_fields.city,Leeds,York\r\n',
    )
  })
})

test('the table for people shows escape sequences and keeps one line per row', async () => {
  const rows = [{ ...record, name: '\u001b[2JEve\n', value: '\u202e' }, record]
  const lines = (await text(recordTable(each(rows), { columns: Infinity, color: false }))).trimEnd().split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[1]).toContain('\\x1b[2JEve\\n')
  expect(lines[1]).toContain('\\u202e')
})

test('in a terminal a reason goes on below instead of being cut', async () => {
  const reason = 'Zendesk said that the row was written, and holds another value.'
  const alert = { ...record, field: 'locale', value: 'fr', reason }
  const shown = await text(recordTable(each([alert]), { columns: 60, color: false }))
  expect(shown.replaceAll(/\s+/g, ' ')).toContain(reason)
  for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
})

test('who left, and what an undo leaves, are tables too', async () => {
  const style = { columns: 100, color: false }
  const exit = { external_id: 'C-1', email: null, name: 'Ada', code: null, reason: null }
  expect(await text(exitTable(each([{ ...exit, action: 'suspend', outcome: 'done' }]), style))).toBe(
    '  external_id  email  name  action   outcome  reason\n  C-1                 Ada   suspend  done\n',
  )
  expect(await text(exitTable(each([]), style))).toBe('Nobody left.\n')
  const rest = {
    zendesk_id: '9',
    external_id: 'C-1',
    email: null,
    field: 'city',
    old: null,
    written: 'York',
    found: 'Rome',
  }
  expect(await text(restTable(each([{ ...rest, code: 'edited_since', reason: 'It was edited.' }]), style))).toBe(
    '  external_id  email  field  before  run wrote  in Zendesk  reason\n' +
      '  C-1                 city           York       Rome        It was edited.\n',
  )
})

test('no rows are said to be none', async () => {
  expect(await text(recordTable(each([]), { columns: 80, color: false }))).toBe('No rows.\n')
})
