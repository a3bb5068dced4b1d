import { z } from 'zod'
import type { Action } from '../access/authorize.ts'
import type { EditableKind, Stage } from '../control/control.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import type { DefinitionKind } from '../store/store.ts'
import { plugins } from './plugins.ts'
import { editing, type Route, route, silentRoute } from './route.ts'
import { byKey, changedDefinition, copyOf, definition, definitionWire, json, newDefinition, stage } from './wire.ts'

/** What testing a connection, or saving what is tested first, may end with. */
const connectionProblems: readonly ProblemCode[] = [
  'definition.invalid',
  'zendesk.credentials_rejected',
  'zendesk.unreachable',
]

/** What binding a segment, or asking for its people, may end with. */
export const segmentProblems: readonly ProblemCode[] = [
  'segment.invalid',
  'query.invalid',
  'query.not_one_select',
  'query.forbidden',
  'query.timed_out',
  'source.missing',
  'source.unreadable',
]

function savingProblems(kind: EditableKind): readonly ProblemCode[] {
  return kind === 'segment' ? ['definition.invalid', ...segmentProblems] : connectionProblems
}

interface Kind<K extends DefinitionKind> {
  kind: K
  path: string
  /** "credential", with its article. */
  one: string
  read: Action
}

const editable: readonly (Kind<EditableKind> & { write: Action })[] = [
  {
    kind: 'credential',
    path: '/credentials',
    one: 'a credential',
    read: 'credential:read',
    write: 'credential:write',
  },
  {
    kind: 'destination',
    path: '/destinations',
    one: 'a destination',
    read: 'destination:read',
    write: 'destination:write',
  },
  { kind: 'segment', path: '/segments', one: 'a segment', read: 'segment:read', write: 'segment:write' },
  {
    kind: 'orchestration',
    path: '/orchestrations',
    one: 'an orchestration',
    read: 'orchestration:read',
    write: 'orchestration:write',
  },
  { kind: 'group', path: '/groups', one: 'a group', read: 'orchestration:read', write: 'orchestration:write' },
  { kind: 'channel', path: '/channels', one: 'a channel', read: 'notification:read', write: 'notification:write' },
  {
    kind: 'subscription',
    path: '/subscriptions',
    one: 'a subscription',
    read: 'notification:read',
    write: 'notification:write',
  },
]

const fromGit: readonly Kind<'table' | 'query' | 'attributes_table'>[] = [
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

function editingRoutes({ kind, path, one, write }: (typeof editable)[number]): Route[] {
  const common = { need: write, tag: 'definitions' }
  return [
    route({
      ...common,
      method: 'POST',
      path,
      summary: `Create ${one}.`,
      description: 'Credentials and destinations are tested first, and segments bound; one that fails is not saved.',
      body: newDefinition,
      status: 201,
      answer: definition,
      version,
      problems: [...savingProblems(kind), 'store.conflict'],
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
      problems: [...savingProblems(kind), 'store.not_found', 'definition.from_git'],
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
      problems: ['store.not_found', 'definition.from_git', 'definition.in_use'],
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
    problems: [...connectionProblems, 'store.not_found'],
    handle: async ({ control, actor, params }) => {
      const stages: Stage[] = []
      for await (const one of control.definitions.test(actor, kind, params.key)) stages.push(one)
      return { ok: stages.every(({ outcome }) => outcome !== 'failed'), stages }
    },
  })
}

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
    problems: [...connectionProblems, 'store.not_found', 'store.conflict'],
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
