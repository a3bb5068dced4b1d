import { lastWorkflowOf, nameOf } from '../../api/definition.ts'
import type { Definition } from '../../api/operations.ts'
import type { RuleGroup } from '../../parts/rules/model.ts'
import { type State, states } from '../../parts/state-badge.tsx'

/** The body of a query and of a draft, as far as the page knows it. */
export interface QueryBody {
  name?: string | undefined
  description?: string | undefined
  folder?: string | undefined
  labels?: string[]
  sql?: string | undefined
  text?: string | undefined
  /** Which database it reads; there where the project has several. */
  database?: string | undefined
  /** Of a visual query: its table, its rules, which columns it gives, and which attributes these become. */
  from?: string | undefined
  where?: RuleGroup | undefined
  columns?: string[] | undefined
  mapping?: Record<string, string> | undefined
  based_on?: number | null
}

export const bodyOf = ({ body }: Pick<Definition, 'body'>): QueryBody => body as QueryBody
/** One that is made of rules has no SQL. */
export const isSql = (one: Pick<Definition, 'body'>): boolean => bodyOf(one).from === undefined

/** Of a query the last workflow also tells what sent it, and how many rows it read. */
export const lastWorkflow = lastWorkflowOf<{ orchestration: string; rows: number | null }>

/** A row of the list: a query, its draft, or both. */
export interface Row {
  key: string
  name: string
  folder: string
  labels: string[]
  query: Definition | null
  draft: Definition | null
  state: State
  word: string
  updatedAt: string
  updatedBy: string
}

export function rowsOf(queries: readonly Definition[], drafts: readonly Definition[]): Row[] {
  const of = new Map<string, { query: Definition | null; draft: Definition | null }>()
  for (const query of queries) of.set(query.key, { query, draft: null })
  for (const draft of drafts) of.set(draft.key, { query: of.get(draft.key)?.query ?? null, draft })
  return [...of.values()].map(rowOf).sort((a, b) => b.updatedAt.localeCompare(a.updatedAt))
}

function rowOf({ query, draft }: { query: Definition | null; draft: Definition | null }): Row {
  const shown = (query ?? draft)!
  const { folder = '', labels = [] } = bodyOf(shown)
  const last = draft !== null && (query === null || draft.updated_at > query.updated_at) ? draft : shown
  return {
    ...{ key: shown.key, name: nameOf(shown), folder, labels, query, draft },
    ...stateOf(query),
    ...{ updatedAt: last.updated_at, updatedBy: last.updated_by },
  }
}

/** What the API says of its last run. */
function stateOf(query: Definition | null): { state: State; word: string } {
  if (query === null) return { state: 'draft', word: 'Draft' }
  const state = String(query.status.state ?? 'not_run')
  if (state === 'not_run') return { state: 'active', word: 'Active, not run' }
  return state in states
    ? { state: state as State, word: states[state as State].word }
    : { state: 'active', word: state }
}

/** Folders that there are, each with those above it, in order. */
export function foldersOf(rows: readonly Pick<Row, 'folder'>[]): string[] {
  const folders = new Set<string>()
  for (const { folder } of rows) {
    const names = folder.split('/').filter((name) => name !== '')
    for (let depth = 1; depth <= names.length; depth++) folders.add(names.slice(0, depth).join('/'))
  }
  return [...folders].sort((a, b) => a.localeCompare(b, 'en'))
}

export interface Filters {
  q?: string | undefined
  folder?: string | undefined
  label?: string | undefined
  state?: string | undefined
}

export function filtered(rows: readonly Row[], { q = '', folder, label, state }: Filters): Row[] {
  const text = q.toLowerCase()
  return rows.filter(
    (row) =>
      (text === '' || `${row.key} ${row.name}`.toLowerCase().includes(text)) &&
      (folder === undefined || row.folder === folder || row.folder.startsWith(`${folder}/`)) &&
      (label === undefined || row.labels.includes(label)) &&
      (state === undefined || row.word === state),
  )
}

/** A key of a name, as the API takes one. */
export const keyOf = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 60) || 'query'
