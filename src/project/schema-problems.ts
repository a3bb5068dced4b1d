import type { z } from 'zod'
import { didYouMean } from '../did-you-mean.ts'
import { notYet } from './schema.ts'
import { holdsSecrets, type Path, type SourceTree } from './source-tree.ts'

type Issue = z.core.$ZodIssue
type RawIssue = z.core.$ZodRawIssue

const kinds: Record<string, string> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  object: 'must be a map of keys and values',
  record: 'must be a map of keys and values',
  array: 'must be a list',
}

/** Longest value that a problem repeats. */
const shownLength = 60

/**
 * Parses the tree's value and reports everything that does not fit, each at its line, with the value and what would be legal.
 * Returns the parsed value, or null when anything was reported.
 */
export function parseWith<Schema extends z.ZodType>(schema: Schema, tree: SourceTree): z.output<Schema> | null {
  // An unrecognized_keys issue does not name the legal keys; only the schema that raised it knows them.
  const legalKeys = new Map<readonly string[], string[]>()
  const parsed = schema.safeParse(tree.value, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') legalKeys.set(issue.keys, shapeOf(issue))
      return expectation(issue)
    },
  })
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) reportIssue(issue, [], tree, legalKeys)
  return null
}

function shapeOf(issue: RawIssue): string[] {
  const definition = issue.inst?._zod.def as { shape?: object } | undefined
  return Object.keys(definition?.shape ?? {})
}

/** What the schema wants, as `must ...`; messages of the schemas themselves go before it. */
function expectation(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? `must be ${issue.expected}`
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map(String))}`
    case 'too_small':
      if (issue.origin === 'string')
        return issue.minimum === 1 ? 'must not be empty' : `must have at least ${issue.minimum} characters`
      return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
    case 'too_big':
      if (issue.origin === 'string') return `must have at most ${issue.maximum} characters`
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
    case 'invalid_format':
      return issue.format === 'url'
        ? 'must be a URL such as http://127.0.0.1:4010'
        : `must match ${issue.pattern ?? issue.format}`
    default:
      return 'is not valid'
  }
}

function reportIssue(
  issue: Issue,
  base: Path,
  tree: SourceTree,
  legalKeys: ReadonlyMap<readonly string[], string[]>,
): void {
  const path = [...base, ...(issue.path as (string | number)[])]
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys)
      tree.report([...path, key], unknownKey(key, path, legalKeys.get(issue.keys) ?? []), 'key')
    return
  }
  if (issue.code === 'invalid_key') {
    tree.report(path, `is not a legal name: it ${issue.issues[0]?.message ?? 'is not valid'}`, 'key')
    return
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = nearestBranch(issue.errors)
    if (branch !== null) {
      for (const inner of branch) reportIssue(inner, path, tree, legalKeys)
      return
    }
  }
  if (tree.hasNoValue(path)) return
  const wanted = wantedBy(issue)
  const value = tree.at(path)
  tree.report(
    path,
    value === undefined ? `is missing: it ${wanted}` : `${wanted}${shown(tree, path)}${hint(issue, value, tree, path)}`,
  )
}

/** Of the alternatives of a union, the one that the value was meant for: right in kind, with the fewest faults. */
function nearestBranch(branches: readonly Issue[][]): Issue[] | null {
  const fitting = branches.filter(
    (issues) =>
      !issues.some((issue) => issue.path.length === 0 && ['invalid_type', 'invalid_value'].includes(issue.code)),
  )
  return fitting.sort((a, b) => a.length - b.length)[0] ?? null
}

function wantedBy(issue: Issue): string {
  if (issue.code !== 'invalid_union') return issue.message
  if (issue.errors.length === 0) return `must be ${oneOf(discriminators(issue))}`
  const wanted = issue.errors.flatMap((branch) =>
    branch.slice(0, 1).map((inner) => wantedBy(inner).replace(/^must be /, '')),
  )
  return `must be ${[...new Set(wanted)].join(' or ')}`
}

function hint(issue: Issue, value: unknown, tree: SourceTree, path: Path): string {
  if (issue.code === 'invalid_type' && issue.expected === 'string' && ['number', 'boolean'].includes(typeof value)) {
    return '; put it in quotes'
  }
  if (typeof value !== 'string') return ''
  if (tree.written(path) !== null)
    return issue.code === 'custom' || issue.code === 'invalid_format' ? '' : '; a variable gives text'
  const nearest = didYouMean(value, legalValues(issue))
  return nearest === null ? '' : `; did you mean \`${nearest}\`?`
}

function legalValues(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code !== 'invalid_union') return []
  return [...discriminators(issue), ...issue.errors.flat().flatMap(legalValues)]
}

/** Legal values of the key that tells the alternatives of a union apart; zod gives them without declaring them. */
function discriminators(issue: Issue): string[] {
  return ((issue as { options?: unknown[] }).options ?? []).map(String)
}

function unknownKey(key: string, parent: Path, legal: readonly string[]): string {
  const reason = notYet[String(parent[0])]?.[key]
  if (reason !== undefined && parent.length === 2) return `is not a legal key: ${reason}`
  const nearest = didYouMean(key, legal)
  const suggestion = nearest === null ? '.' : `; did you mean \`${nearest}\`?`
  return `is not a legal key${suggestion} Legal here: ${legal.join(', ')}`
}

function oneOf(values: readonly string[]): string {
  const quoted = values.map((value) => `\`${value}\``)
  if (quoted.length < 2) return quoted.join('')
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
}

/**
 * The value at a path as a problem may show it, null where it must not: nothing that came from the environment, and of credentials
 * and sources only the type, because whoever writes a secret into the file should not find it in a log as well.
 */
export function shownValue(tree: SourceTree, path: Path): string | null {
  if (tree.written(path) !== null) return null
  if (holdsSecrets(path) && path.at(-1) !== 'type') return null
  const value = tree.at(path)
  if (value === null) return 'empty'
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a map'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > shownLength ? `${text.slice(0, shownLength)}...` : text
}

/** Why a value is not shown, for a sentence that would have shown it. */
export function hidden(tree: SourceTree, path: Path): string {
  return tree.written(path) === null ? '' : ' (the value comes from a variable and is not shown)'
}

function shown(tree: SourceTree, path: Path): string {
  const value = shownValue(tree, path)
  return value === null ? hidden(tree, path) : ` (not ${value})`
}
