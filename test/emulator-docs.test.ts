import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('..', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const isThere = (path: string): boolean => existsSync(new URL(path, root))

/** Where the titles of a test file stand, if not in itself. */
const tables: Record<string, string[]> = {
  'test/emulator-recorded.test.ts': ['test/recorded-answers.ts', 'test/recorded-refusals.ts'],
}

const rows = [...read('docs/emulator.md').matchAll(/^\| (.+) \| (.+) \| `(\S+)` \| `(\S+)`: (.+) \|$/gm)].map(
  ([, fact = '', source = '', rule = '', file = '', title = '']) => ({ fact, source, rule, file, title }),
)

test('docs/emulator.md has a row for every fact, with a rule and a test', () => {
  expect(rows.length).toBeGreaterThan(60)
  const table = read('docs/emulator.md').split('## Bulk requests')[1]!
  const lines = table.split('\n').filter((line) => line.startsWith('| ') && !/^\| (Fact|---)/.test(line))
  expect(rows.length).toBe(lines.length)
  expect(new Set(rows.map(({ fact }) => fact)).size).toBe(rows.length)
})

test.each(rows)('docs/emulator.md: $fact', ({ rule, file, title }) => {
  expect({ rule, isThere: isThere(rule) }).toEqual({ rule, isThere: true })
  expect({ file, isThere: isThere(file) }).toEqual({ file, isThere: true })
  const files = [file, ...(tables[file] ?? [])]
  const quoted = [`'${title}'`, `"${title}"`, `\`${title}\``]
  expect(files.some((path) => quoted.some((text) => read(path).includes(text)))).toBe(true)
})
