import type { Definition, Problem } from '../../api/operations.ts'

export type SentKind = 'query' | 'segment' | 'attributes_table'

export const sentWords: Record<SentKind, string> = {
  query: 'Query',
  segment: 'Segment',
  attributes_table: 'Attributes table',
}
const kinds = Object.keys(sentWords) as SentKind[]

/** What an orchestration sends. */
export function sentOf({ body }: Pick<Definition, 'body'>): { kind: SentKind; key: string } | null {
  const kind = kinds.find((one) => typeof body[one] === 'string')
  return kind === undefined ? null : { kind, key: String(body[kind]) }
}

export const sentPlaces = {
  query: '/queries/$key',
  segment: '/segments/$key',
  attributes_table: '/attributes-tables/$key',
} as const

/** Since when an undo has paused it; null: it is not. */
export const pausedAt = ({ status }: Definition): string | null =>
  typeof status.paused_at === 'string' ? status.paused_at : null

export interface GroupRunBody {
  on: 'schedule' | 'signal' | 'group' | 'manual'
  cron?: string
  time_zone?: string
  signal?: string
  group?: string
}

export const runOf = ({ body }: Pick<Definition, 'body'>): GroupRunBody =>
  (body.run as GroupRunBody | undefined) ?? { on: 'manual' }

export const membersOf = ({ body }: Pick<Definition, 'body'>): string[] =>
  Array.isArray(body.orchestrations) ? body.orchestrations.map(String) : []

export const nextOf = ({ status }: Definition): string | null => {
  const [next] = (status.next_at as string[] | undefined) ?? []
  return next ?? null
}

/** The groups that an orchestration runs with. */
export const groupsOf = (groups: readonly Definition[], orchestration: string): Definition[] =>
  groups.filter((group) => membersOf(group).includes(orchestration))

/** The earliest tick of the groups that an orchestration runs with. */
export function nextRunOf(groups: readonly Definition[], orchestration: string): string | null {
  const times = groupsOf(groups, orchestration).flatMap((group) => nextOf(group) ?? [])
  return times.sort()[0] ?? null
}

/** What is wrong, by field (`alerts.rows.warn_below`), whichever of its two forms the API has chosen. */
export function mistakesOf(problem: Problem | null): Record<string, string> {
  if (problem === null) return {}
  const { errors = [], problems = [] } = problem as unknown as {
    errors?: { pointer: string; message: string }[]
    problems?: { path: string; message: string }[]
  }
  const pointed = errors.map(({ pointer, message }) => {
    const path = pointer.replace(/^\/body\/?/, '').replace(/^body\/?/, '')
    return [path.replaceAll('/', '.'), message] as const
  })
  return Object.fromEntries([...pointed, ...problems.map(({ path, message }) => [path, message] as const)])
}

/** Without what says nothing: empty texts, absent values, and objects of nothing else. */
export function pruned(value: { [key: string]: unknown }): { [key: string]: unknown } {
  const entries = Object.entries(value).flatMap(([key, one]) => {
    if (one === undefined || one === '' || one === null) return []
    if (typeof one !== 'object' || Array.isArray(one)) return [[key, one] as const]
    const inner = pruned(one as { [key: string]: unknown })
    return Object.keys(inner).length === 0 ? [] : [[key, inner] as const]
  })
  return Object.fromEntries(entries)
}

/** The value at `limits.users_per_second`. */
export function valueAt(body: { [key: string]: unknown }, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => (at as { [key: string]: unknown } | undefined)?.[name], body)
}

/** A copy with another value at `limits.users_per_second`, or in a list at `user_fields.0.name`. */
export function withValue<Of extends object>(body: Of, path: string, value: unknown): Of {
  const [first = '', ...rest] = path.split('.')
  const inner = (body as { [key: string]: object | undefined })[first] ?? {}
  const next = rest.length === 0 ? value : withValue(inner, rest.join('.'), value)
  return (
    Array.isArray(body) ? body.map((one, index) => (String(index) === first ? next : one)) : { ...body, [first]: next }
  ) as Of
}
