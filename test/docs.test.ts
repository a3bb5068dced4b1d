import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { accessDocs } from '../scripts/generate-access-docs.ts'
import { clientTypes } from '../scripts/generate-client.ts'
import { problemDocs } from '../scripts/generate-problem-docs.ts'
import { projectJsonSchema } from '../src/project/json-schema.ts'
import { projectFile } from '../src/project/schema.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

function markdownFiles(): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'))
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  return [...top, ...docs.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))].sort()
}

/** Text without fenced code, in which nothing is a link or a heading. */
const prose = (path: string) => read(path).replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, '')

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  const text = heading.replace(/[`*]/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>')
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

const anchorsOf = (path: string) => [...prose(path).matchAll(/^#{1,6} (.+)$/gm)].map((match) => anchorOf(match[1]!))

describe('links', () => {
  it.each(markdownFiles())('of %s lead to files and headings that are there', (path) => {
    const text = prose(path).replace(/`[^`\n]*`/g, '')
    const inMarkdown = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!)
    const inHtml = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!)
    const broken = [...inMarkdown, ...inHtml].filter((target) => {
      if (/^(https:|mailto:)/.test(target)) return false
      const [file = '', anchor] = target.split('#')
      const found = file === '' ? path : relative(root, resolve(root, dirname(path), file))
      if (!existsSync(join(root, found))) return true
      return anchor !== undefined && !anchorsOf(found).includes(anchor)
    })
    expect(broken).toEqual([])
  })
})

it('docs/guide/problems.md is up to date (else: node scripts/generate-problem-docs.ts)', () => {
  expect(read('docs/guide/problems.md')).toBe(problemDocs())
})

it('docs/guide/access.md is up to date (else: node scripts/generate-access-docs.ts)', () => {
  const guide = read('docs/guide/access.md')
  expect(guide).toBe(accessDocs(guide))
})

interface Schema {
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  enum?: unknown[]
  const?: unknown
}

interface Setting {
  key: string
  /** As the documentation writes it: a value, `required` or `—`. */
  default: string
}

/** A file with only what is required, as it is understood: what else it holds are defaults. */
const least = projectFile.parse({
  name: 'least',
  database: { tables: { name: 'x.csv' } },
  databases: { name: { tables: { name: 'x.csv' } } },
  credentials: { name: { type: 'zendesk', email: 'agent@example.com', api_token: 'x' } },
  destinations: {
    name: {
      plugin: 'zendesk',
      credential: 'x',
      subdomain: 'x',
      user_fields: { name: { type: 'text', title: 'x' } },
    },
  },
  attributes_tables: { name: { sql: 'x.sql' } },
  orchestrations: { name: { query: 'x', destination: 'x' } },
  groups: { name: { run: { on: 'schedule', cron: '* * * * *' }, orchestrations: ['x'] } },
})
// One of three must be there, and none of them is by itself.
const leastFile: unknown = { ...least, orchestrations: { name: { ...least.orchestrations.name, query: undefined } } }

function defaultOf(key: string): string {
  const value = key
    .replaceAll('<name>', 'name')
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], leastFile)
  return value === undefined ? '—' : value === null ? 'none' : String(value)
}

/** Every key of deskside.yml below a schema; the parts of a union stand side by side, and names of the user's own are `<name>`. */
function settingsOf(schema: Schema, prefix: string): Setting[] {
  const variants = schema.anyOf ?? schema.oneOf
  if (variants !== undefined) return variants.flatMap((variant) => settingsOf(variant, prefix))
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = `${prefix}${name}`
    const isRequired = schema.required?.includes(name) === true
    const open = property.additionalProperties
    const named = typeof open === 'object' ? settingsOf(open, `${key}.<name>.`) : []
    const below = [...settingsOf(property, `${key}.`), ...named]
    const isListedItself = below.length === 0 || (named.length > 0 && isRequired) || isWordOrMap(property)
    return [...(isListedItself ? [{ key, default: isRequired ? 'required' : defaultOf(key) }] : []), ...below]
  })
}

/** A value that may be a word in place of a map with keys of its own. */
function isWordOrMap({ anyOf = [] }: Schema): boolean {
  return anyOf.some(({ enum: words, const: word }) => words !== undefined || word !== undefined)
}

/** The rows of the tables below headings that name a part of deskside.yml. */
function documentedSettings(): Setting[] {
  const found: Setting[] = []
  let prefix = ''
  for (const line of prose('docs/guide/configuration.md').split('\n')) {
    const heading = /^## (.+)$/.exec(line)?.[1]
    if (heading !== undefined) {
      const name = heading.replaceAll('&lt;', '<').replaceAll('&gt;', '>')
      prefix = name === 'The file' ? '' : `${name}.`
    }
    const [, keys, value] = /^\| (`[^|]+`) \| ([^|]+) \| [^|]+ \|$/.exec(line) ?? []
    if (keys === undefined || value === undefined) continue
    // What is said of `database` holds for each of several.
    const prefixes = [
      prefix,
      ...(prefix.startsWith('database.') ? [prefix.replace('database.', 'databases.<name>.')] : []),
    ]
    for (const key of keys.split(', '))
      for (const one of prefixes) found.push({ key: one + key.replaceAll('`', ''), default: value.replaceAll('`', '') })
  }
  return found
}

it('docs/guide/configuration.md has every key of deskside.yml with its true default, and no other', () => {
  const lines = (settings: Setting[]) => [...new Set(settings.map((one) => `${one.key} = ${one.default}`))].sort()
  expect(lines(documentedSettings())).toEqual(lines(settingsOf(JSON.parse(projectJsonSchema()), '')))
})

it('docs/design/invariants.md names tests that carry the number of their invariant', () => {
  const sections = prose('docs/design/invariants.md')
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      number: /^I\d+/.exec(section)?.[0],
      tests: [...section.matchAll(/`((?:src|test)\/[\w./-]+\.test\.ts)`/g)].map((match) => match[1]!),
    }))
  expect(sections.map(({ number }) => number)).toEqual(Array.from({ length: 12 }, (_, index) => `I${index + 1}`))
  const wrong = sections.flatMap(({ number, tests }) =>
    tests.filter((path) => !existsSync(join(root, path)) || !new RegExp(`\\b${number}\\b`).test(read(path))),
  )
  expect(wrong).toEqual([])
})

it('every decision record is in the index', () => {
  const records = readdirSync(join(root, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name))
  const listed = [...read('docs/decisions/README.md').matchAll(/\((\d{4}-[\w-]+\.md)\)/g)].map((match) => match[1])
  expect(listed).toEqual(records.sort())
})

it('the documentation names no file of this repository that is not there', () => {
  const missing = markdownFiles().flatMap((path) =>
    [...read(path).matchAll(/`((?:src|test|scripts|docs|bench|schema|bin)\/[\w./-]+)`/g)]
      .map((match) => match[1]!)
      .filter((name) => !existsSync(join(root, name)))
      .map((name) => `${path}: ${name}`),
  )
  expect(missing).toEqual([])
})

it('ui/api/operations.ts is up to date (else: node scripts/generate-client.ts)', async () => {
  expect(readFileSync(new URL('../ui/api/operations.ts', import.meta.url), 'utf8')).toBe(await clientTypes())
})
