import { z } from 'zod'
import type { Action } from '../access/authorize.ts'
import type { EditableKind, Stage } from '../control/control.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import type { DefinitionKind } from '../store/store.ts'
import { plugins } from './plugins.ts'
import { editing, type Route, route, silentRoute } from './route.ts'
import { byKey, changedDefinition, copyOf, definition, definitionWire, json, newDefinition, stage } from './wire.ts'
import { column, columnTags, columnWire } from './wire-columns.ts'

/** What saving may end with; a connection that fails its test is one of the mistakes. */
const savingProblems: readonly ProblemCode[] = ['definition.invalid', 'zendesk.base_url_refused']

/** What looking at a table, a file or one of a database, may end with. */
const sourceProblems: readonly ProblemCode[] = [
  'source.missing',
  'source.unreadable',
  'source.unreachable',
  'source.refused',
  'source.locked',
  'config.variable_missing',
]

/** What binding a segment, or asking for its people, may end with. */
export const segmentProblems: readonly ProblemCode[] = [
  ...sourceProblems,
  'segment.invalid',
  'query.invalid',
  'query.not_one_select',
  'query.forbidden',
  'query.timed_out',
]

interface Kind<K extends DefinitionKind> {
  kind: K
  path: string
  /** "credential", with its article. */
  one: string
  read: Action
}

/** An object that people make here, and what may keep them from changing and deleting one. */
interface Editable extends Kind<EditableKind> {
  write: Action
  change: readonly ProblemCode[]
  remove: readonly ProblemCode[]
  /** What saving may end with, where that is not the same as of others. */
  saving?: readonly ProblemCode[]
}

/** Others may use it, and it may come from deskside.yml. */
const shared = { change: ['definition.from_git'], remove: ['definition.from_git', 'definition.in_use'] } as const

const editable: readonly Editable[] = [
  {
    kind: 'credential',
    path: '/credentials',
    one: 'a credential',
    read: 'credential:read',
    write: 'credential:write',
    ...shared,
  },
  {
    kind: 'destination',
    path: '/destinations',
    one: 'a destination',
    read: 'destination:read',
    write: 'destination:write',
    ...shared,
  },
  {
    kind: 'segment',
    path: '/segments',
    one: 'a segment',
    read: 'segment:read',
    write: 'segment:write',
    ...shared,
    saving: ['definition.invalid', ...segmentProblems],
  },
  {
    kind: 'orchestration',
    path: '/orchestrations',
    one: 'an orchestration',
    read: 'orchestration:read',
    write: 'orchestration:write',
    ...shared,
  },
  {
    kind: 'group',
    path: '/groups',
    one: 'a group',
    read: 'orchestration:read',
    write: 'orchestration:write',
    ...shared,
  },
  {
    kind: 'channel',
    path: '/channels',
    one: 'a channel',
    read: 'notification:read',
    write: 'notification:write',
    change: [],
    remove: ['definition.in_use'],
  },
  {
    kind: 'subscription',
    path: '/subscriptions',
    one: 'a subscription',
    read: 'notification:read',
    write: 'notification:write',
    change: [],
    remove: [],
  },
  {
    kind: 'identity_provider',
    path: '/identity-providers',
    one: 'an identity provider',
    read: 'user:read',
    write: 'user:write',
    // Neither does deskside.yml hold one, nor does anything name one.
    change: [],
    remove: [],
    saving: ['definition.invalid'],
  },
]

const fromGit: readonly Kind<'source' | 'table' | 'query' | 'attributes_table'>[] = [
  { kind: 'source', path: '/sources', one: 'a source', read: 'project:read' },
  { kind: 'table', path: '/tables', one: 'a table', read: 'project:read' },
  { kind: 'query', path: '/queries', one: 'a query', read: 'project:read' },
  { kind: 'attributes_table', path: '/attributes-tables', one: 'an attributes table', read: 'project:read' },
]

const listed = z.object({ items: z.array(definition) })
const version = (answer: { version: number }) => answer.version

function reading({ kind, path, one, read }: Kind<DefinitionKind>): Route[] {
  return [
    route({
      method: 'GET',
      path,
      need: read,
      tag: 'definitions',
      summary: `List all of the kind: ${kind}.`,
      answer: listed,
      handle: async ({ control, actor }) => ({
        items: (await control.definitions.list(actor, kind)).map(definitionWire),
      }),
    }),
    route({
      method: 'GET',
      path: `${path}/:key`,
      need: read,
      tag: 'definitions',
      summary: `Read ${one}.`,
      params: byKey,
      answer: definition,
      version,
      problems: ['store.not_found'],
      handle: async ({ control, actor, params }) =>
        definitionWire(await control.definitions.get(actor, kind, params.key)),
    }),
  ]
}

function editingRoutes({ kind, path, one, write, change, remove, saving = savingProblems }: Editable): Route[] {
  const common = { need: write, tag: 'definitions' }
  return [
    route({
      ...common,
      method: 'POST',
      path,
      summary: `Create ${one}.`,
      description:
        'Credentials, destinations and identity providers are tested first, and segments bound; one that fails is not saved.',
      body: newDefinition,
      status: 201,
      answer: definition,
      version,
      problems: [...saving, 'store.conflict'],
      handle: async ({ control, actor, body }) => definitionWire(await control.definitions.create(actor, kind, body)),
    }),
    route({
      ...common,
      method: 'PUT',
      path: `${path}/:key`,
      summary: `Change ${one}.`,
      description: 'Replaces the body; a secret field that is absent stays as it is.',
      params: byKey,
      body: changedDefinition,
      edits: true,
      answer: definition,
      version,
      problems: [...saving, 'store.not_found', ...change],
      handle: async ({ control, actor, params, body, ifVersion }) =>
        definitionWire(await editing(control.definitions.update(actor, kind, params.key, { ...body, ifVersion }))),
    }),
    silentRoute({
      ...common,
      method: 'DELETE',
      path: `${path}/:key`,
      summary: `Delete ${one}.`,
      params: byKey,
      edits: true,
      problems: ['store.not_found', ...remove],
      handle: ({ control, actor, params, ifVersion }) =>
        editing(control.definitions.remove(actor, kind, params.key, ifVersion)),
    }),
  ]
}

function testing(kind: 'credential' | 'destination'): Route {
  return route({
    method: 'POST',
    path: `/${kind}s/:key/test`,
    need: 'destination:test',
    tag: 'definitions',
    summary: `Test the connection of a ${kind}, stage by stage.`,
    params: byKey,
    answer: z.object({ ok: z.boolean(), stages: z.array(stage) }),
    // What Zendesk refuses is a stage of the answer.
    problems: ['store.not_found', 'zendesk.base_url_refused'],
    handle: async ({ control, actor, params }) => {
      const stages: Stage[] = []
      for await (const one of control.definitions.test(actor, kind, params.key)) stages.push(one)
      return { ok: stages.every(({ outcome }) => outcome !== 'failed'), stages }
    },
  })
}

/** What looking at a table may end with. */
const tableProblems: readonly ProblemCode[] = [
  ...sourceProblems,
  'store.not_found',
  'config.invalid',
  'query.invalid',
  'query.timed_out',
  'source.changed',
]

const columnList = z.object({ items: z.array(column) })

const columnRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/tables/:key/columns',
    need: 'project:read',
    tag: 'definitions',
    summary: 'List the columns of a table, and which are personal.',
    params: byKey,
    answer: columnList,
    problems: tableProblems,
    handle: async ({ control, actor, params }) => ({
      items: (await control.columns.list(actor, params.key)).map(columnWire),
    }),
  }),
  route({
    method: 'PUT',
    path: '/tables/:key/columns',
    need: 'column:tag',
    tag: 'definitions',
    summary: 'Say which columns of a table are personal.',
    description: 'What deskside.yml declares goes before it. Answers with all columns of the table.',
    params: byKey,
    body: columnTags,
    answer: columnList,
    problems: [...tableProblems, 'definition.invalid'],
    handle: async ({ control, actor, params, body }) => ({
      items: (await control.columns.confirm(actor, params.key, body.columns)).map(columnWire),
    }),
  }),
]

const plugin = z.object({
  key: z.string(),
  name: z.string(),
  description: z.string(),
  settings: z.record(z.string(), json).describe('JSON Schema of the body of a destination.'),
  credential: z.record(z.string(), json).describe('JSON Schema of the body of its credential.'),
})

/** Everything that people define, and the plugins that they define it with. */
export const definitionRoutes: readonly Route[] = [
  ...[...editable, ...fromGit].flatMap(reading),
  ...editable.flatMap(editingRoutes),
  ...columnRoutes,
  testing('credential'),
  testing('destination'),
  route({
    method: 'POST',
    path: '/destinations/:key/clone',
    need: 'destination:write',
    tag: 'definitions',
    summary: 'Copy a destination under another key and name.',
    params: byKey,
    body: copyOf,
    status: 201,
    answer: definition,
    version,
    problems: [...savingProblems, 'store.not_found', 'store.conflict'],
    handle: async ({ control, actor, params, body }) =>
      definitionWire(await control.definitions.clone(actor, 'destination', params.key, body)),
  }),
  route({
    method: 'GET',
    path: '/project',
    need: 'project:read',
    tag: 'definitions',
    summary: 'Read the settings of the project.',
    answer: definition,
    version,
    problems: ['store.not_found'],
    handle: async ({ control, actor }) => {
      const [project] = await control.definitions.list(actor, 'project')
      if (project === undefined)
        throw new Problem('store.not_found', { message: 'deskside.yml was not brought to this server yet.' })
      return definitionWire(project)
    },
  }),
  route({
    method: 'GET',
    path: '/plugins',
    need: 'destination:read',
    tag: 'definitions',
    summary: 'List the plugins of destinations.',
    query: z.strictObject({ q: z.string().max(200).optional().describe('Part of the name or the description.') }),
    answer: z.object({ items: z.array(plugin) }),
    handle: async ({ query }) => ({ items: plugins(query.q ?? '') }),
  }),
]
