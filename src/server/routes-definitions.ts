import { z } from 'zod'
import type { Action } from '../access/authorize.ts'
import type { EditableKind, Stage } from '../control/control.ts'
import type { StageBegun } from '../destination/destination.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import type { DefinitionKind } from '../store/store.ts'
import { plugins } from './plugins.ts'
import { editing, endsOf, liveRoute, type Route, route, silentRoute } from './route.ts'
import { cloning, segmentProblems, versionRoutes } from './routes-versions.ts'
import { byKey, changedDefinition, definition, definitionWire, json, newDefinition, several, stage } from './wire.ts'

/** What saving may end with; a connection that fails its test is one of the mistakes. */
const savingProblems: readonly ProblemCode[] = ['definition.invalid', 'zendesk.base_url_refused']

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
    kind: 'query',
    path: '/queries',
    one: 'a query',
    read: 'project:read',
    write: 'query:write',
    ...shared,
    saving: ['definition.invalid', ...segmentProblems],
  },
  {
    kind: 'query_draft',
    path: '/query-drafts',
    one: 'a draft of a query',
    read: 'project:read',
    write: 'query:write',
    // It is made here, and nothing names it.
    change: [],
    remove: [],
    saving: ['definition.invalid'],
  },
  {
    kind: 'attributes_table',
    path: '/attributes-tables',
    one: 'an attributes table',
    read: 'project:read',
    write: 'query:write',
    ...shared,
    saving: ['definition.invalid', ...segmentProblems],
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

const fromGit: readonly Kind<'source' | 'table'>[] = [
  { kind: 'source', path: '/sources', one: 'a source', read: 'project:read' },
  { kind: 'table', path: '/tables', one: 'a table', read: 'project:read' },
]

const filed = z.strictObject({
  q: z.string().min(1).max(200).optional().describe('Part of the key, the name or the description.'),
  folder: z.string().min(1).max(200).optional().describe('This folder and those in it.'),
  label: several(z.string().min(1).max(35)).describe('At least one of these.'),
})

const filedByDatabase = filed.extend({
  database: z.string().min(1).max(320).optional().describe('Those that are of this database, or read it.'),
})

/** Of kinds that are of a database, or read one. */
const ofDatabases: readonly DefinitionKind[] = ['table', 'query', 'query_draft', 'attributes_table', 'segment']

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
      query: ofDatabases.includes(kind) ? filedByDatabase : filed,
      answer: listed,
      handle: async ({ control, actor, query: { q, folder, label, ...more } }) => {
        const filter = { text: q, folder, labels: label, ...more }
        return { items: (await control.definitions.list(actor, kind, filter)).map(definitionWire) }
      },
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
        'Credentials, destinations and identity providers are tested first, and queries, attributes tables and segments bound; one that fails is not saved.',
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

const tested = z.object({ ok: z.boolean(), stages: z.array(stage) })

type ToldStage = { begun: StageBegun } | { stage: Stage }

const testLine = z
  .union([
    z.object({ begun: z.object({ stage: z.string(), title: z.string() }) }),
    z.object({ stage }),
    ...endsOf(tested),
  ])
  .meta({ id: 'TestLine', description: 'One line of a connection test that is heard while it goes on.' })

function testing(kind: 'credential' | 'destination'): Route {
  return liveRoute({
    method: 'POST',
    path: `/${kind}s/:key/test`,
    need: 'destination:test',
    tag: 'definitions',
    summary: `Test the connection of a ${kind}, stage by stage.`,
    description:
      'JSON comes when all stages are known. With `Accept: application/x-ndjson` each line comes as soon as it is known: a stage has begun, a stage has ended, and last the whole answer, or the problem that has ended the test. A test goes on to its end when its client has gone.',
    params: byKey,
    answer: tested,
    lines: testLine,
    // What Zendesk refuses is a stage of the answer.
    problems: ['store.not_found', 'zendesk.base_url_refused'],
    handle: async ({ control, actor, params }, tell: (line: ToldStage) => void) => {
      const stages: Stage[] = []
      const onBegin = (begun: StageBegun) => tell({ begun })
      for await (const one of control.definitions.test(actor, kind, params.key, onBegin)) {
        stages.push(one)
        tell({ stage: one })
      }
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
  cloning('destination', { path: '/destinations', one: 'a destination', need: 'destination:write' }, savingProblems),
  ...versionRoutes,
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
