import { describe, expect, it } from 'vitest'
import { diffLines } from './diff-lines.ts'

const head = '===\n--- version 1\n+++ version 2\n'

describe('diffLines', () => {
  it.each([
    ['nothing', '', []],
    [
      'a changed line',
      `${head}@@ -1,2 +1,2 @@\n name: VIP\n-sql: a\n+sql: b\n`,
      [
        { kind: 'same', text: 'name: VIP' },
        { kind: 'removed', text: 'sql: a' },
        { kind: 'added', text: 'sql: b' },
      ],
    ],
    [
      'what looks like a head, and two places',
      `${head}@@ -1,1 +1,1 @@\n--- a comment\n+++ b\n@@ -9,1 +9,1 @@\n-x\n\\ No newline at end of file\n+y`,
      [
        { kind: 'removed', text: '-- a comment' },
        { kind: 'added', text: '++ b' },
        { kind: 'gap', text: '' },
        { kind: 'removed', text: 'x' },
        { kind: 'added', text: 'y' },
      ],
    ],
  ])('shows %s', (_, diff, lines) => expect(diffLines(diff)).toEqual(lines))
})
