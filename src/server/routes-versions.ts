import { z } from 'zod'
import type { Action } from '../access/authorize.ts'
import type { ClonedKind } from '../control/control.ts'
import type { ProblemCode } from '../problem.ts'
import type { VersionedKind } from '../store/store.ts'
import { editing, type Route, route } from './route.ts'
import { byKey, copyOf, definition, definitionWire, iso, jsonObject } from './wire.ts'

/** What looking at a table, a file or one of a database, may end with. */
export const sourceProblems: readonly ProblemCode[] = [
  'source.missing',
  'source.unreadable',
  'source.unreachable',
  'source.refused',
  'source.locked',
  'config.variable_missing',
]

/** What binding what can be sent, or asking for its rows, may end with. */
export const segmentProblems: readonly ProblemCode[] = [
  ...sourceProblems,
  'segment.invalid',
  'query.invalid',
  'query.not_one_select',
  'query.forbidden',
  'query.timed_out',
]

interface Kind {
  path: string
  /** "query", with its article. */
  one: string
}

const version = (answer: { version: number }) => answer.version

/** A copy under another key and name. */
export function cloning(
  kind: ClonedKind,
  { path, one, need }: Kind & { need: Action },
  saving: readonly ProblemCode[],
): Route {
  return route({
    method: 'POST',
    path: `${path}/:key/clone`,
    need,
    tag: 'definitions',
    summary: `Copy ${one} under another key and name.`,
    params: byKey,
    body: copyOf,
    status: 201,
    answer: definition,
    version,
    problems: [...saving, 'store.not_found', 'store.conflict'],
    handle: async ({ control, actor, params, body }) =>
      definitionWire(await control.definitions.clone(actor, kind, params.key, body)),
  })
}

const listedVersion = z.object({
  version: z.int(),
  source: z.enum(['git', 'ui']),
  updated_at: z.string(),
  updated_by: z.string(),
})

const oneVersion = z.object({
  version: z.int(),
  body: jsonObject.describe('As it was.'),
  diff: z
    .string()
    .nullable()
    .describe('Unified diff of the YAML, from the version `against` to this one; null where none was asked for.'),
})

const number = z.coerce.number().int().min(1)

function versionsOf(kind: VersionedKind, { path, one, read, write }: Kind & { read: Action; write: Action }): Route[] {
  const common = { tag: 'definitions' }
  return [
    route({
      ...common,
      method: 'GET',
      path: `${path}/:key/versions`,
      need: read,
      summary: `List the last 200 versions of ${one}, newest first, also after it was deleted.`,
      params: byKey,
      answer: z.object({ items: z.array(listedVersion) }),
      problems: ['store.not_found'],
      handle: async ({ control, actor, params }) => ({
        items: (await control.definitions.versions(actor, kind, params.key)).map((one) => ({
          ...{ version: one.version, source: one.source },
          ...{ updated_at: iso(one.updatedAt), updated_by: one.updatedBy },
        })),
      }),
    }),
    route({
      ...common,
      method: 'GET',
      path: `${path}/:key/versions/:version`,
      need: read,
      summary: `Read an earlier version of ${one}, and what differs from another.`,
      params: byKey.extend({ version: number }),
      query: z.strictObject({ against: number.optional().describe('The version to compare it with.') }),
      answer: oneVersion,
      problems: ['store.not_found'],
      handle: async ({ control, actor, params, query }) => {
        const which = { version: params.version, against: query.against ?? null }
        return { version: params.version, ...(await control.definitions.version(actor, kind, params.key, which)) }
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/:key/restore`,
      need: write,
      summary: `Make an earlier version of ${one} the present one.`,
      params: byKey,
      body: z.strictObject({ version: z.int().min(1) }),
      edits: true,
      answer: definition,
      version,
      problems: ['store.not_found', 'definition.from_git', 'definition.invalid', ...segmentProblems],
      handle: async ({ control, actor, params, body, ifVersion }) =>
        definitionWire(await editing(control.definitions.restore(actor, kind, params.key, { ...body, ifVersion }))),
    }),
    cloning(kind, { path, one, need: write }, ['definition.invalid', ...segmentProblems]),
  ]
}

/** What queries, attributes tables and segments were, and drafts of queries that become what they are. */
export const versionRoutes: readonly Route[] = [
  ...versionsOf('query', { path: '/queries', one: 'a query', read: 'project:read', write: 'query:write' }),
  ...versionsOf('attributes_table', {
    path: '/attributes-tables',
    one: 'an attributes table',
    read: 'project:read',
    write: 'query:write',
  }),
  ...versionsOf('segment', { path: '/segments', one: 'a segment', read: 'segment:read', write: 'segment:write' }),
  route({
    method: 'GET',
    path: '/query-drafts/:key/changes',
    need: 'project:read',
    tag: 'definitions',
    summary: 'Tell what the draft of a query would change, and what it feeds.',
    params: byKey,
    answer: z.object({
      version: z.int().nullable().describe('Of the query as it is; null: there is none.'),
      diff: z.string().describe('Unified diff of the YAML, from the query to the draft; empty: nothing differs.'),
      used_by: z.array(z.string()).describe('`<kind>/<key>` of what uses the query.'),
    }),
    problems: ['store.not_found'],
    handle: async ({ control, actor, params }) => {
      const { version, diff, usedBy } = await control.definitions.draftChanges(actor, params.key)
      return { version, diff, used_by: usedBy }
    },
  }),
  route({
    method: 'POST',
    path: '/query-drafts/:key/activate',
    need: 'query:write',
    tag: 'definitions',
    summary: 'Make the draft of a query the query itself; the draft is no more.',
    description:
      'It must have been begun from the query as it is (`based_on`), so that nobody overwrites another unseen.',
    params: byKey,
    edits: true,
    answer: definition,
    version,
    problems: ['store.not_found', 'definition.from_git', 'definition.invalid', ...segmentProblems],
    handle: async ({ control, actor, params, ifVersion }) =>
      definitionWire(await editing(control.definitions.activate(actor, params.key, ifVersion))),
  }),
]
