import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'docs/security.md'), 'utf8')

/** Rows of the table of threats: threat, what is done, where it is tested, what is not covered. */
const rows = (page.split(/^## /m).find((part) => part.startsWith('Threats')) ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

it('the page has a table of threats', () => {
  expect(rows.length).toBeGreaterThan(10)
})

it.each(rows.map((row) => [row[0]!, row] as const))(
  '%s: has files with tests, and says what is not covered',
  (_threat, row) => {
    const [, done = '', tested = '', open = ''] = row
    expect(row).toHaveLength(4)
    expect([done, open].map((cell) => cell.length > 10)).toEqual([true, true])
    const files = [...tested.matchAll(/`([^`]+)`/g)].map(([, file]) => file!)
    expect(files).not.toEqual([])
    for (const file of files) {
      expect([file, /^(src|test)\/.+\.test\.ts$/.test(file) && existsSync(join(root, file))]).toEqual([file, true])
      expect(readFileSync(join(root, file), 'utf8')).toMatch(/\b(test|it)(\.\w+)*[(`]/)
    }
  },
)

it.each([...page.matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, file]) => file!))('the file %s is there', (file) => {
  expect(existsSync(join(root, file))).toBe(true)
})

it('every file of this folder is named', () => {
  const files = readdirSync(join(root, 'test/security')).filter((name) => name.endsWith('.test.ts'))
  const own = 'threat-model.test.ts'
  expect(files.filter((name) => name !== own && !page.includes(`test/security/${name}`))).toEqual([])
})
