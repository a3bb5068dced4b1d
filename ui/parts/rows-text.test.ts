import { describe, expect, it } from 'vitest'
import { columnWidths, hiddenColumns, isFigure, type Rows, tabSeparated } from './rows-text.ts'

const rows: Rows = {
  columns: [
    { name: 'email', type: 'VARCHAR' },
    { name: 'note', type: 'VARCHAR' },
    { name: 'points', type: 'BIGINT' },
  ],
  rows: [
    ['[hidden]', 'a "b"\tc', '7'],
    ['[hidden]', null, '8'],
    [null, '', null],
  ],
  has_more: false,
}

describe('rows as text', () => {
  it('is pasted into a spreadsheet as it is', () =>
    expect(tabSeparated(rows)).toBe('email\tnote\tpoints\n[hidden]\t"a ""b""\tc"\t7\n[hidden]\t\t8\n\t\t\n'))
  it('says which columns are hidden', () => expect(hiddenColumns(rows)).toEqual(['email']))
  it('hides nothing where there are no rows', () => expect(hiddenColumns({ ...rows, rows: [] })).toEqual([]))
  it('gives a column the width of its values', () => expect(columnWidths(rows)).toEqual([86, 80, 80]))
  it.each([
    ['BIGINT', true],
    ['UINTEGER', true],
    ['TINYINT', true],
    ['DECIMAL(10,2)', true],
    ['VARCHAR', false],
    ['INTEGER[]', false],
    ['INTERVAL', false],
  ])('knows whether %s is a figure', (type, is) => expect(isFigure(type)).toBe(is))
})
