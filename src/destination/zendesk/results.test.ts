import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../problem.ts'
import type { Write, WriteResult } from '../destination.ts'
import { echoes, matchResults } from './results.ts'

function write(more: Partial<Write>): Write {
  return { kind: 'update', zendeskId: null, externalId: null, email: null, values: {}, before: {}, ...more }
}

const a = write({ externalId: 'A1' })
const b = write({ externalId: 'b2', email: 'b@example.com' })
const c = write({ email: 'c@example.com' })
const known = write({ email: 'd@example.com', zendeskId: '44' })
const rekey = write({ kind: 'rekey', zendeskId: '77', externalId: 'new' })

const byId = write({ kind: 'by_id', zendeskId: '5', externalId: 'kept' })
const deletion = write({ kind: 'delete', zendeskId: '6' })
const tags = write({ kind: 'tags', zendeskId: '7' })
const member = (zendeskId: string) => write({ kind: 'membership', zendeskId, externalId: `e${zendeskId}` })
const joined = (id: number) => ({ action: 'create', id, status: 'Created', success: true })
const notJoined = (index: number) => ({
  id: index,
  action: 'create',
  error: 'X',
  success: false,
  details: 'no',
  status: 'Failed',
})

const updated = (zendeskId: string): WriteResult => ({ status: 'updated', zendeskId })
const created = (zendeskId: string): WriteResult => ({ status: 'created', zendeskId })
const unknown: WriteResult = { status: 'unknown' }
const failed = (reason: string): WriteResult => ({ status: 'failed', code: 'zendesk.refused', reason })

const okA = { id: 1, status: 'Updated', external_id: 'a1' }
const okB = { id: 2, status: 'Created', external_id: 'B2', email: 'b@example.com' }
const okC = { id: 3, status: 'Updated', email: 'C@example.com' }
const badB = { id: 1, error: 'UserUpdateError', details: 'Name: is too short', status: 'Failed' }

const rows: [title: string, results: Json | undefined, writes: Write[], expected: WriteResult[]][] = [
  ['in order', [okA, okB, okC], [a, b, c], [updated('1'), created('2'), updated('3')]],
  [
    'a failed row is named by its index',
    [okA, badB, okC],
    [a, b, c],
    [updated('1'), failed('Name: is too short'), updated('3')],
  ],
  [
    'without any keys, by position',
    [
      { id: 1, status: 'Updated' },
      { id: 2, status: 'Created' },
    ],
    [a, b],
    [updated('1'), created('2')],
  ],
  ['the documented form', [{ id: 1, action: 'update', success: true, status: 'Updated' }], [a], [updated('1')]],
  [
    'external ids that look like numbers',
    [{ id: 1, status: 'Updated', external_id: 7 }],
    [write({ externalId: '7' })],
    [updated('1')],
  ],
  ['shuffled, matched by keys', [okC, okA, okB], [a, b, c], [updated('1'), created('2'), updated('3')]],
  ['shuffled with a failure', [badB, okC, okA], [a, b, c], [updated('1'), failed('Name: is too short'), updated('3')]],
  ['the last one is missing', [okA, okB], [a, b, c], [updated('1'), created('2'), unknown]],
  ['the first one is missing', [okB, okC], [a, b, c], [unknown, created('2'), updated('3')]],
  ['one is missing and nothing has keys', [{ id: 1, status: 'Updated' }], [a, b], [unknown, unknown]],
  ['one is there twice', [okA, okA, okB], [a, b], [updated('1'), created('2')]],
  ['two contradict each other', [okA, { ...okA, id: 9 }, okB], [a, b], [unknown, created('2')]],
  ['one too many', [okA, okB, { id: 5, status: 'Updated', external_id: 'zz' }], [a, b], [updated('1'), created('2')]],
  [
    'one claims a key of nobody',
    [okA, { ...okB, external_id: 'zz', email: 'z@example.com' }],
    [a, b],
    [updated('1'), unknown],
  ],
  [
    'two of one id without keys',
    [
      { id: 1, status: 'Updated' },
      { id: 1, status: 'Updated' },
    ],
    [a, b],
    [unknown, unknown],
  ],
  ['a status that nobody knows', [{ ...okA, status: 'Processed' }, okB], [a, b], [unknown, created('2')]],
  ['success and error at once', [{ ...okA, error: 'X' }, okB], [a, b], [unknown, created('2')]],
  ['success without an id', [{ status: 'Updated', external_id: 'a1' }, okB], [a, b], [unknown, created('2')]],
  ['by id', [{ id: 5, action: 'update', status: 'Updated', success: true }], [byId], [updated('5')]],
  ['by id, of somebody else', [{ id: 4, action: 'update', status: 'Updated', success: true }], [byId], [unknown]],
  [
    'by id, not found',
    [{ id: 5, action: 'update', error: 'RecordNotFound', success: false, details: 'Not found', status: 'Failed' }],
    [byId],
    [failed('Not found')],
  ],
  ['deleted', [{ action: 'delete', id: 6, status: 'Deleted', success: true }], [deletion], [updated('6')]],
  [
    'deleted and failed at once',
    [{ action: 'delete', id: 6, status: 'Deleted', success: false }],
    [deletion],
    [unknown],
  ],
  [
    'deletions, shuffled',
    [
      { id: 7, status: 'Updated' },
      { id: 6, status: 'Deleted' },
    ],
    [deletion, tags],
    [updated('6'), updated('7')],
  ],
  [
    'memberships, by position alone',
    [joined(900), joined(6)],
    [member('6'), member('7')],
    [updated('6'), updated('7')],
  ],
  [
    'a membership that is refused',
    [joined(900), notJoined(1)],
    [member('6'), member('7')],
    [updated('6'), failed('no')],
  ],
  ['memberships out of order', [notJoined(1), joined(900)], [member('6'), member('7')], [unknown, unknown]],
  ['memberships without one', [joined(900)], [member('6'), member('7')], [unknown, unknown]],
  ['a membership with a word of its own', [{ id: 900, status: 'Updated' }], [member('6')], [unknown]],
  ['null', null, [a, b], [unknown, unknown]],
  ['absent', undefined, [a], [unknown]],
  ['an object', { success: true }, [a], [unknown]],
  ['nonsense', ['x', 3], [a, b], [unknown, unknown]],
  ['found by an address that is not the primary one', [{ ...okC, email: 'x@example.com' }], [c], [updated('3')]],
  ['created under another address', [{ ...okC, status: 'Created', email: 'x@example.com' }], [c], [unknown]],
  [
    'found by e-mail, but the address of another write',
    [okA, { ...okC, email: 'd@example.com' }, { ...okC, id: 4, email: 'x@example.com' }],
    [a, c, { ...c, email: 'd@example.com' }],
    [updated('1'), unknown, updated('3')],
  ],
  [
    'found by e-mail, another address of the person we know',
    [{ id: 44, status: 'Updated', email: 'x@example.com' }],
    [known],
    [updated('44')],
  ],
  ['moved by id', [{ id: 77, action: 'update', status: 'Updated', success: true }], [rekey], [updated('77')]],
  [
    'moved by id, but another one',
    [{ id: 78, action: 'update', status: 'Updated', success: true }],
    [rekey],
    [unknown],
  ],
  [
    'a refused move names the user',
    [{ id: 77, action: 'update', success: false, error: 'UserUpdateError', details: 'no' }, okA],
    [rekey, a],
    [failed('no'), updated('1')],
  ],
  [
    'ids beyond a double',
    [{ id: '9007199254740993', status: 'Updated', external_id: 'a1' }],
    [a],
    [updated('9007199254740993')],
  ],
]

describe('results of a job', () => {
  it.each(rows)('%s', (_, results, writes, expected) => {
    expect(matchResults(results, writes)).toEqual(expected)
  })

  it.each([
    [{ error: 'DuplicateValue', details: 'taken' }, 'zendesk.duplicate_value', 'taken'],
    [
      { error: 'RecordInvalid', details: { email: [{ description: '电子邮件已被使用', error: 'DuplicateValue' }] } },
      'zendesk.duplicate_value',
      '电子邮件已被使用',
    ],
    [
      { error: 'UserUpdateError', details: 'Email: x is already being used by another user' },
      'zendesk.refused',
      undefined,
    ],
    [{ error: 'UserUpdateError' }, 'zendesk.refused', 'UserUpdateError'],
    [{}, 'zendesk.refused', 'no reason given'],
    [{ details: 'a\n\tb\u0000  c' }, 'zendesk.refused', 'a b c'],
    [{ details: 'x'.repeat(2_000) }, 'zendesk.refused', `${'x'.repeat(499)}…`],
  ])('keeps the words of %j', (more, code, reason) => {
    const [result] = matchResults([{ id: 0, status: 'Failed', ...(more as Record<string, Json>) }], [a])
    expect(result).toMatchObject({ status: 'failed', code, ...(reason === undefined ? {} : { reason }) })
  })

  it('gives each write its own result or none, however the rows are mixed', () => {
    const writes = Array.from({ length: 8 }, (_, index) => write({ externalId: `Key${index}` }))
    const row = (index: number): Json => ({ id: 100 + index, status: 'Updated', external_id: `key${index}` })
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 12 }), (order) => {
        for (const [index, result] of matchResults(order.map(row), writes).entries()) {
          expect(result).toEqual(order.includes(index) ? updated(String(100 + index)) : unknown)
        }
      }),
    )
  })

  it('repeats keys in lower case for recognising a job', () => {
    expect(echoes([{ id: 5, status: 'Updated', external_id: 'AbC', email: 'X@Example.com' }, badB])).toEqual([
      { externalId: 'abc', email: 'x@example.com', zendeskId: '5' },
      { externalId: null, email: null, zendeskId: null },
    ])
  })
})
