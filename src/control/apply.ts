import { type Actor, actorId } from '../access/authorize.ts'
import type { SecretBox } from '../access/secret-box.ts'
import { type Json, Problem } from '../problem.ts'
import { isSameTable } from '../project/databases.ts'
import { type ProjectObjects, readObjects } from '../project/objects.ts'
import { databaseKeys } from '../project/stored.ts'
import {
  type Definition,
  type DefinitionChange,
  type DefinitionKind,
  definitionKinds,
  type Store,
} from '../store/store.ts'
import { changedFields } from './bodies.ts'
import { assertNoCircle, type Catalog, tableNameIn } from './catalog.ts'
import type { Applied, AppliedChanges } from './control.ts'
import type { Gate } from './gate.ts'

export interface ApplyParts {
  store: Store
  catalog: Catalog
  box: SecretBox
  gate: Gate
  /** Folder of deskside.yml. */
  dir: string
  env: NodeJS.ProcessEnv
  onChange: () => void
}

/** Kinds that deskside.yml can hold. */
const appliedKinds = definitionKinds.filter(
  (kind) => kind !== 'query_draft' && kind !== 'channel' && kind !== 'subscription' && kind !== 'identity_provider',
)

/** Brings deskside.yml to the server: all of it or nothing. What came from there and is there no more goes; what people made here stays. */
export class ProjectApply implements Applied {
  readonly #parts: ApplyParts

  constructor(parts: ApplyParts) {
    this.#parts = parts
  }

  async preview(actor: Actor): Promise<AppliedChanges> {
    await this.#parts.gate.pass(actor, 'project:read', 'project')
    return (await this.#compare()).changes
  }

  async apply(actor: Actor, revision: number): Promise<AppliedChanges> {
    const { gate, store, catalog, box, onChange } = this.#parts
    await gate.permit(actor, 'project:apply', 'project')
    const { changes, stored, found } = await this.#compare()
    if (changes.revision !== revision) {
      throw new Problem('store.conflict', {
        message: 'The definitions were changed since the changes were shown.',
        fix: 'Look at the changes again, then apply them.',
      })
    }
    const lines = changes.changes.map(({ change, kind, key, fields }) => ({ change, object: `${kind}/${key}`, fields }))
    await gate.note({ actor, action: 'project:apply', object: 'project', allowed: true }, { changes: lines })
    for (const [name, text] of found.secrets) await box.put(name, text)
    await store.definitions.apply(stored, actorId(actor), revision)
    await catalog.refresh()
    onChange()
    return changes
  }

  async #compare(): Promise<{ changes: AppliedChanges; stored: DefinitionChange[]; found: ProjectObjects }> {
    const { store, catalog, dir, env, box } = this.#parts
    const found = await readObjects(dir, env)
    const revision = await store.definitions.revision()
    const wanted = new Map(withGroups(found).map((one) => [`${one.kind}/${one.key}`, one]))
    assertNoCircle([...catalog.all('group').filter(({ source }) => source === 'ui'), ...wanted.values()])
    const stored: DefinitionChange[] = []
    const changes: AppliedChanges = { changes: [], revision }
    const databases = databaseKeys(wanted.get('project/project')?.body)
    const nameOf = (one: Wanted) => tableNameIn(databases, one)
    for (const [name, { kind, key, body }] of wanted) {
      const before = catalog.find(kind, key)
      if (before?.source === 'ui') throw takenHere(before)
      const inSql = nameOf({ kind, key, body })
      const sameName = catalog.all().find((one) => {
        const other = one.source === 'ui' ? nameOf(one) : null
        return inSql !== null && other !== null && isSameTable(inSql, other)
      })
      if (sameName !== undefined) throw takenHere(sameName)
      const fields = changedFields(before?.body ?? {}, body)
      for (const [secret, text] of found.secrets) {
        if (!secret.startsWith(`${name}/`)) continue
        const known = await store.secrets.get(secret)
        if (known === null || box.open(secret, known).reveal() !== text) fields.push(secret.slice(name.length + 1))
      }
      if (before !== undefined && fields.length === 0) continue
      stored.push({ change: 'put', kind, key, source: 'git', body })
      changes.changes.push({ change: before === undefined ? 'create' : 'update', kind, key, fields })
    }
    for (const { kind, key, source } of catalog.all()) {
      if (source !== 'git' || wanted.has(`${kind}/${key}`)) continue
      const users = catalog.usersOf(kind, key).filter((user) => {
        const [userKind, userKey = ''] = user.split('/')
        return catalog.find(userKind as DefinitionKind, userKey)?.source === 'ui'
      })
      if (users.length > 0) throw inUse(kind, key, users)
      stored.push({ change: 'delete', kind, key })
      changes.changes.push({ change: 'delete', kind, key, fields: [] })
    }
    assertFits(catalog, [...wanted.values()])
    return { changes, stored, found }
  }
}

interface Wanted {
  kind: DefinitionKind
  key: string
  body: { [key: string]: Json }
}

/** An orchestration with a `schedule` of its own has a group of its own, of the same key. */
function withGroups({ objects }: ProjectObjects): Wanted[] {
  const wanted = objects.filter(({ kind }) => (appliedKinds as readonly string[]).includes(kind)) as Wanted[]
  const zone = wanted.find(({ kind }) => kind === 'project')?.body.time_zone ?? 'UTC'
  const groups = wanted.flatMap(({ kind, key, body }): Wanted[] =>
    kind === 'orchestration' && typeof body.schedule === 'string'
      ? [
          {
            kind: 'group',
            key,
            body: { run: { on: 'schedule', cron: body.schedule, time_zone: zone }, orchestrations: [key] },
          },
        ]
      : [],
  )
  return [...wanted, ...groups]
}

/** What was made in the server may read a database that is no more, or say none where there are several now. */
function assertFits(catalog: Catalog, wanted: readonly Wanted[]): void {
  try {
    catalog.projectApplied(wanted.map((one) => ({ ...one, source: 'git' })))
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'definition.invalid') throw error
    throw new Problem('store.conflict', {
      message: `What was made in the server does not fit to deskside.yml any more: ${error.message}`,
      fix: 'Change it in the server first, or leave the databases in deskside.yml that it reads; then apply again.',
      cause: error,
    })
  }
}

function takenHere({ kind, key }: Definition): Problem {
  if (kind === 'table') {
    return new Problem('store.conflict', {
      message: `deskside.yml defines the table ${key}, and somebody has uploaded one of that name to the server; upper and lower case are the same.`,
      fix: `Call the table of deskside.yml otherwise, or delete the uploaded one (DELETE /api/v1/tables/${key}); then apply again.`,
      data: { kind, key },
    })
  }
  return new Problem('store.conflict', {
    message: `deskside.yml defines the ${kind} ${key}, and somebody has made one of that key in the server.`,
    fix: `Give one of the two another key.`,
    data: { kind, key },
  })
}

function inUse(kind: DefinitionKind, key: string, users: readonly string[]): Problem {
  return new Problem('definition.in_use', {
    message: `deskside.yml has no ${kind} ${key} any more, and it is used by ${users.join(', ')}, made in the server.`,
    data: { kind, key, used_by: [...users] },
  })
}
