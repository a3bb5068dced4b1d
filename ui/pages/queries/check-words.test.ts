import { describe, expect, it } from 'vitest'
import { columnInWords } from './check-words.ts'

const column = {
  ...{ column: 'email', type: 'VARCHAR', becomes: null, field_type: null, meaning: '', why: null },
  ...{ did_you_mean: null, notes: [], personal: false },
}

describe('a column in words', () => {
  it.each([
    [{ use: 'sent', becomes: 'email', meaning: 'e-mail address' }, 'email → email: e-mail address'],
    [{ use: 'read' }, 'email → not sent'],
    [
      { use: 'ignored', column: 'detials', why: 'it is no attribute of Zendesk', did_you_mean: 'details' },
      'detials is ignored: it is no attribute of Zendesk; did you mean details?',
    ],
    [{ use: 'refused', why: 'it is there twice' }, 'email is refused: it is there twice'],
  ] as const)('tells %o', (given, words) => expect(columnInWords({ ...column, ...given })).toBe(words))
})
