import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const promises = Array.from({ length: 12 }, (_, index) => `I${index + 1}`)

/** The part of a page under the heading of each promise. */
function sectionsOf(path: string): Map<string, string> {
  const parts = readFileSync(join(root, path), 'utf8').split(/^## /m)
  return new Map(parts.map((part) => [part.split(':')[0] ?? '', part]))
}

/** Numbers in the names of tests and of what groups them: `(I1, I3)`, or a name that begins with `I9`. Comments name nothing. */
function numbersIn(file: string): Set<string> {
  const text = readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\*|\*|\/\/).*$|\s\/\/ .*$/gm, '')
  const names = [...text.matchAll(/\((I\d+(?:, I\d+)*)\)|['`](I\d+)[:'`]/g)]
  return new Set(names.flatMap(([, list, one]) => (list ?? one ?? '').split(', ')))
}

const files = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name)),
)
const numbersByFile = new Map(files.map((file) => [file, numbersIn(file)]))
const [tested, designed] = [sectionsOf('docs/reliability.md'), sectionsOf('docs/design/invariants.md')]

it.each(promises)(
  '%s has a test with its number, a design, and a page on how it is tested and what is not',
  (promise) => {
    expect([...numbersByFile].filter(([, numbers]) => numbers.has(promise))).not.toEqual([])
    expect(designed.get(promise)).toBeDefined()
    const section = tested.get(promise) ?? ''
    expect(section).toContain('Not covered: ')
    const named = [...section.matchAll(/`((?:src|test)\/[^`]+\.test\.ts)`/g)].map(([, file]) => file as string)
    expect(named).not.toEqual([])
    const wrong = named.filter((file) => !existsSync(join(root, file)) || !numbersByFile.get(file)?.has(promise))
    expect(wrong).toEqual([])
  },
)
