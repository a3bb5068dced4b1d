import { type Action, type Actor, actorId } from '../access/authorize.ts'
import type { SecretBox } from '../access/secret-box.ts'
import { Secret } from '../config.ts'
import type { StageBegun } from '../destination/destination.ts'
import { duckdbEngine } from '../engine/duckdb.ts'
import { limitsWithin } from '../engine/engine.ts'
import { type Json, Problem } from '../problem.ts'
import { databaseOf, isSameTable } from '../project/databases.ts'
import type { Project, Sent } from '../project/project.ts'
import { DatabaseSql } from '../project/sent.ts'
import type { Definition, DefinitionKind, DefinitionVersion, Store, VersionedKind } from '../store/store.ts'
import { Turns } from '../turns.ts'
import { changedFields, keyFrom, type Parsed, parseBody } from './bodies.ts'
import { assertNoCircle, type Catalog, notThere, sentBy } from './catalog.ts'
import { connectionStages, type TestAccount, type TestParts, triedAt, triedNowhereYet } from './connection-test.ts'
import type { ClonedKind, Defined, Definitions, DraftChanges, EditableKind, Stage } from './control.ts'
import { diffOf } from './diff.ts'
import { type Filing, isFiled } from './filing.ts'
import type { Gate } from './gate.ts'
import type { Outside } from './notify/channels/outside.ts'
import type { Reach } from './reach.ts'
import { lackingForSql } from './served-app.ts'
import { lackingToGive, providerStage } from './sso/saving.ts'
import type { TableReaders } from './table-readers.ts'

export interface DefinitionParts extends TestParts {
  store: Store
  catalog: Catalog
  box: SecretBox
  gate: Gate
  reach: Reach
  /** What uses an object without naming it in a field of its own: SQL that reads a table. */
  readers: TableReaders
  /** What is known of an object beside its definition. */
  statusOf: (definition: Definition) => Promise<{ [key: string]: Json }>
  /** Definitions have changed. */
  onChange: () => void
  /** Where identity providers may be. */
  outside: Outside
}

const sections: Record<DefinitionKind, string> = {
  project: 'project',
  source: 'project',
  table: 'project',
  query: 'query',
  query_draft: 'query',
  attributes_table: 'query',
  segment: 'segment',
  credential: 'credential',
  destination: 'destination',
  orchestration: 'orchestration',
  group: 'orchestration',
  channel: 'notification',
  subscription: 'notification',
  identity_provider: 'user',
}

export function actionOn(kind: DefinitionKind, verb: 'read' | 'write'): Action {
  // Whoever sees tables sees what reads them.
  if (sections[kind] === 'query' && verb === 'read') return 'project:read'
  return `${sections[kind]}:${verb}` as Action
}

/** What a change is written down as, and the draft that goes with it. */
interface Change {
  line: { [key: string]: Json }
  draft?: Definition
}

/** What people define: checked alone and together with everything else, tested where it connects, and stored with its secrets apart. */
export class StoredDefinitions implements Definitions {
  readonly #parts: DefinitionParts
  /** One is stored after the other: a change that comes too late must not leave its secrets behind with the body of another. */
  readonly #storing = new Turns()

  constructor(parts: DefinitionParts) {
    this.#parts = parts
  }

  async list(actor: Actor, kind: DefinitionKind, filter: Filing = {}): Promise<Defined[]> {
    const { gate, catalog, reach, store } = this.#parts
    await gate.pass(actor, actionOn(kind, 'read'), kind)
    const seen = catalog
      .all(kind)
      .filter((one) => (kind !== 'destination' || reach.sees(actor, one.key)) && isFiled(one, filter))
      .filter((one) => filter.database === undefined || catalog.databaseOf(one) === filter.database)
    const secrets = await store.secrets.names(kind)
    return await Promise.all(seen.map((definition) => this.#shown(definition, secrets)))
  }

  async get(actor: Actor, kind: DefinitionKind, key: string): Promise<Defined> {
    const { gate, catalog, store } = this.#parts
    await this.#assertSees(actor, kind, key)
    await gate.pass(actor, actionOn(kind, 'read'), `${kind}/${key}`)
    const found = catalog.get(kind, key)
    return await this.#shown(found, await store.secrets.names(kind))
  }

  async create(
    actor: Actor,
    kind: EditableKind,
    input: { key?: string; body: { [key: string]: Json }; account?: TestAccount },
    onStage: (stage: Stage) => void = () => {},
  ): Promise<Defined> {
    return await this.#create(actor, kind, input, { line: { change: 'create' } }, onStage)
  }

  async #create(
    actor: Actor,
    kind: EditableKind,
    input: { key?: string; body: { [key: string]: Json }; account?: TestAccount },
    change: Change,
    onStage: (stage: Stage) => void = () => {},
  ): Promise<Defined> {
    const { gate, catalog, store } = this.#parts
    await gate.permit(actor, actionOn(kind, 'write'), input.key === undefined ? kind : `${kind}/${input.key}`)
    const parsed = parseBody(kind, input.body, [])
    const key = input.key ?? keyFrom(nameOf(kind, parsed.body), (taken) => catalog.find(kind, taken) !== undefined)
    assertKey(key)
    const lacking = await this.#lackingToDefine(actor, kind, key, parsed.body)
    await gate.permit(actor, actionOn(kind, 'write'), `${kind}/${key}`, lacking)
    assertFree(catalog, kind, key)
    assertFreeName(catalog, { kind, key, body: parsed.body })
    await this.#note(actor, kind, key, change.line)
    await this.#assertGood(kind, key, parsed, onStage, input.account)
    return await this.#storing.run({ work: `${kind} ${key}` }, async () => {
      // Somebody may have made one while this was tested.
      assertFree(catalog, kind, key)
      assertFreeName(catalog, { kind, key, body: parsed.body })
      await this.#seal(kind, key, parsed.secrets)
      const made = { kind, key, source: 'ui', body: parsed.body } as const
      if (change.draft === undefined) await store.definitions.create(made, actorId(actor))
      else await this.#storeDraft(actor, made, change.draft)
      return await this.#changed(kind, key)
    })
  }

  async update(
    actor: Actor,
    kind: EditableKind,
    key: string,
    input: { body: { [key: string]: Json }; ifVersion: number; account?: TestAccount },
    onStage: (stage: Stage) => void = () => {},
  ): Promise<Defined> {
    return await this.#update(actor, kind, key, input, { line: { change: 'update' } }, onStage)
  }

  async #update(
    actor: Actor,
    kind: EditableKind,
    key: string,
    input: { body: { [key: string]: Json }; ifVersion: number; account?: TestAccount },
    change: Change,
    onStage: (stage: Stage) => void = () => {},
  ): Promise<Defined> {
    const { gate, catalog, store } = this.#parts
    await this.#assertSees(actor, kind, key)
    const found = catalog.find(kind, key)
    const kept = found === undefined ? [] : await this.#keptSecrets(found, input.body)
    const parsed = parseBody(kind, input.body, kept)
    const lacking = await this.#lackingToDefine(actor, kind, key, parsed.body)
    await gate.permit(actor, actionOn(kind, 'write'), `${kind}/${key}`, lacking)
    const before = catalog.get(kind, key)
    assertOurs(before)
    assertVersion(before, input.ifVersion)
    assertFreeName(catalog, { kind, key, body: parsed.body })
    const fields = [...changedFields(before.body, parsed.body), ...Object.keys(parsed.secrets)]
    await this.#note(actor, kind, key, { ...change.line, fields })
    await this.#assertGood(kind, key, parsed, onStage, input.account)
    return await this.#storing.run({ work: `${kind} ${key}` }, async () => {
      // Somebody may have changed it while this was tested.
      assertVersion(catalog.get(kind, key), input.ifVersion)
      assertFreeName(catalog, { kind, key, body: parsed.body })
      await this.#seal(kind, key, parsed.secrets)
      const by = actorId(actor)
      if (change.draft !== undefined)
        await this.#storeDraft(actor, { kind, key, source: 'ui', body: parsed.body }, change.draft)
      else await store.definitions.update({ kind, key }, parsed.body, { ifVersion: input.ifVersion, by })
      return await this.#changed(kind, key)
    })
  }

  async remove(actor: Actor, kind: EditableKind, key: string, ifVersion: number): Promise<void> {
    const { gate, catalog, store } = this.#parts
    await this.#assertSees(actor, kind, key)
    const found = catalog.find(kind, key)
    const lacking = found === undefined ? [] : this.#lackingToRemove(actor, found)
    await gate.permit(actor, actionOn(kind, 'write'), `${kind}/${key}`, lacking)
    const before = catalog.get(kind, key)
    assertOurs(before)
    assertVersion(before, ifVersion)
    const users = await this.#usersOf(before)
    if (users.length > 0) {
      throw new Problem('definition.in_use', {
        message: `The ${kind} ${key} is used by ${users.join(', ')}.`,
        data: { used_by: users },
      })
    }
    await this.#note(actor, kind, key, { change: 'delete' })
    await this.#storing.run({ work: `${kind} ${key}` }, async () => {
      await store.definitions.remove({ kind, key }, { ifVersion })
      await catalog.refresh()
    })
    this.#parts.onChange()
  }

  async activate(actor: Actor, key: string, ifVersion: number): Promise<Defined> {
    const { gate, catalog } = this.#parts
    await gate.permit(actor, 'query:write', `query/${key}`)
    const draft = catalog.get('query_draft', key)
    assertVersion(draft, ifVersion)
    const { based_on: basedOn = null, ...body } = draft.body
    const query = catalog.find('query', key)
    if (query?.source === 'git') assertOurs(query)
    if ((query?.version ?? null) !== basedOn) throw changedSince(query, key, basedOn)
    const change: Change = { line: { change: 'activate' }, draft }
    return query === undefined
      ? await this.#create(actor, 'query', { key, body }, change)
      : await this.#update(actor, 'query', key, { body, ifVersion: query.version }, change)
  }

  async draftChanges(actor: Actor, key: string): Promise<DraftChanges> {
    const { gate, catalog } = this.#parts
    await gate.pass(actor, 'project:read', `query_draft/${key}`)
    const draft = catalog.get('query_draft', key)
    const { based_on: _, ...body } = draft.body
    const query = catalog.find('query', key)
    if (query === undefined)
      return { version: null, diff: diffOf({ version: 0, body: {} }, { ...draft, body }), usedBy: [] }
    const { version } = query
    return { version, diff: diffOf(query, { version: version + 1, body }), usedBy: await this.#usersOf(query) }
  }

  async restore(
    actor: Actor,
    kind: VersionedKind,
    key: string,
    input: { version: number; ifVersion: number },
  ): Promise<Defined> {
    await this.#parts.gate.permit(actor, actionOn(kind, 'write'), `${kind}/${key}`)
    const body = await this.#bodyOf(kind, key, input.version)
    const line = { change: 'restore', version: input.version }
    return await this.#update(actor, kind, key, { body, ifVersion: input.ifVersion }, { line })
  }

  async versions(actor: Actor, kind: VersionedKind, key: string): Promise<DefinitionVersion[]> {
    const { gate, store } = this.#parts
    await gate.pass(actor, actionOn(kind, 'read'), `${kind}/${key}`)
    const found = await store.definitions.versions({ kind, key })
    if (found.length === 0) throw notThere(kind, key)
    return found
  }

  async version(
    actor: Actor,
    kind: VersionedKind,
    key: string,
    { version, against }: { version: number; against: number | null },
  ): Promise<{ body: Definition['body']; diff: string | null }> {
    await this.#parts.gate.pass(actor, actionOn(kind, 'read'), `${kind}/${key}`)
    const body = await this.#bodyOf(kind, key, version)
    if (against === null) return { body, diff: null }
    const before = await this.#bodyOf(kind, key, against)
    return { body, diff: diffOf({ version: against, body: before }, { version, body }) }
  }

  async #bodyOf(kind: VersionedKind, key: string, version: number): Promise<Definition['body']> {
    const body = await this.#parts.store.definitions.bodyOf({ kind, key }, version)
    if (body !== null) return body
    throw new Problem('store.not_found', {
      message: `There is no version ${version} of the ${kind} ${key}.`,
      data: { kind, key, version },
    })
  }

  /** A draft becomes what was made of it, in one step. Call it in its turn. */
  async #storeDraft(
    actor: Actor,
    made: Pick<Definition, 'kind' | 'key' | 'source' | 'body'>,
    { kind, key, version }: Definition,
  ): Promise<void> {
    const { store, catalog } = this.#parts
    // Somebody may have gone on with it while it was tested.
    assertVersion(catalog.get(kind, key), version)
    await store.definitions.apply(
      [
        { change: 'put', ...made },
        { change: 'delete', kind, key },
      ],
      actorId(actor),
    )
  }

  async clone(actor: Actor, kind: ClonedKind, key: string, input: { key?: string; name: string }): Promise<Defined> {
    const { catalog, gate } = this.#parts
    await this.#assertSees(actor, kind, key)
    await gate.permit(actor, actionOn(kind, 'write'), `${kind}/${key}`)
    const original = catalog.get(kind, key)
    const { key: wanted, name } = input
    const copy = { ...(wanted !== undefined && { key: wanted }), body: { ...original.body, name } }
    return await this.#create(actor, kind, copy, { line: { change: 'clone', of: `${kind}/${key}` } })
  }

  /** Before anything is tested or stored: whatever comes of it, somebody asked for it. */
  async #note(actor: Actor, kind: EditableKind, key: string, detail: { [key: string]: Json }): Promise<void> {
    const attempt = { actor, action: actionOn(kind, 'write'), object: `${kind}/${key}`, allowed: true }
    await this.#parts.gate.note(attempt, detail)
  }

  async *test(
    actor: Actor,
    kind: 'credential' | 'destination',
    key: string,
    onBegin?: (begun: StageBegun) => void,
  ): AsyncGenerator<Stage> {
    const { gate, catalog, reach } = this.#parts
    await this.#assertSees(actor, kind, key)
    await gate.pass(actor, 'destination:test', `${kind}/${key}`)
    catalog.get(kind, key)
    const all = kind === 'destination' ? [key] : destinationsOf(catalog, key)
    const destinations = all.filter((destination) => reach.sees(actor, destination))
    if (destinations.length === 0) {
      yield {
        stage: 'connect',
        title: 'Connection',
        outcome: 'note',
        detail: 'No destination uses this credential, so there is no account to sign in to.',
        problem: null,
      }
    }
    const project = catalog.project()
    for (const destination of destinations)
      yield* connectionStages(this.#parts, project, triedAt(project, destination), onBegin)
  }

  async #assertSees(actor: Actor, kind: DefinitionKind, key: string): Promise<void> {
    if (kind === 'destination') await this.#parts.reach.assertSees(actor, 'destination:read', key)
  }

  /** What is defined here may send later, by a schedule, what whoever defines it may not send. */
  async #lackingToDefine(actor: Actor, kind: EditableKind, key: string, body: Definition['body']): Promise<Action[]> {
    const { catalog, reach, readers } = this.#parts
    if (kind === 'destination') return reach.lackingToOpen(actor, key, body)
    if (kind === 'identity_provider') {
      const before = catalog.find(kind, key)
      return lackingToGive(actor, key, body, ...(before === undefined ? [] : [before.body]))
    }
    if (kind === 'orchestration') {
      const before = reach.hasOrchestration(key) ? reach.lackingToSee(actor, key) : []
      if (before.length > 0) return before
      const destination = String(body.destination)
      const isThere = catalog.find('destination', destination) !== undefined
      if (isThere && !reach.sees(actor, destination)) throw missing([`destination/${destination}`])
      return isThere ? reach.lackingToSendTo(actor, destination) : []
    }
    if (kind === 'query' || kind === 'attributes_table' || kind === 'segment') {
      // What is changed changes what is sent by every orchestration that sends it, or something that is made of it.
      const becoming = catalog.tableNameOf({ kind, key, body })
      const sent = reach.lackingToSendAll(actor, await readers.orchestrationsOf(`${kind}/${key}`, becoming))
      return kind === 'segment' ? [...new Set([...lackingForSql(actor, { body }), ...sent])] : sent
    }
    if (kind !== 'group') return []
    const members = (body.orchestrations as string[]).filter((one) => catalog.find('orchestration', one) !== undefined)
    return reach.lackingToSendAll(actor, members)
  }

  #lackingToRemove(actor: Actor, { kind, key, body }: Definition): Action[] {
    if (kind === 'identity_provider') return lackingToGive(actor, key, body)
    return kind === 'orchestration' ? this.#parts.reach.lackingToSee(actor, key) : []
  }

  /** Names of the secrets that stay when they are not sent again. What one identity provider or mail server knows is not shown to another. */
  async #keptSecrets({ kind, key, body }: Definition, changed: { [key: string]: Json }): Promise<string[]> {
    const knows = kind === 'identity_provider' ? ['issuer'] : kind === 'channel' ? ['type', ...placeOfMail] : []
    if (knows.some((field) => changed[field] !== body[field])) return []
    return Object.keys(await this.#parts.catalog.openSecrets(kind, key))
  }

  /** Checks what cannot be seen in the object alone: names, the project as a whole, and the connection. */
  async #assertGood(
    kind: EditableKind,
    key: string,
    parsed: Parsed,
    onStage: (stage: Stage) => void,
    account: TestAccount | undefined,
  ): Promise<void> {
    const { catalog } = this.#parts
    const lacking = catalog.missingFor({ kind, body: parsed.body })
    if (lacking.length > 0) throw missing(lacking)
    if (kind === 'group') {
      const others = catalog.all('group').filter((group) => group.key !== key)
      assertNoCircle([...others, { kind, key, body: parsed.body }])
    }
    if (kind === 'channel' || kind === 'subscription' || kind === 'group' || kind === 'query_draft') return
    const sent = Object.fromEntries(Object.entries(parsed.secrets).map(([field, text]) => [field, new Secret(text)]))
    if (kind === 'identity_provider') {
      const secrets = { ...(await catalog.openSecrets(kind, key)), ...sent }
      const stage = await providerStage(key, parsed.body, secrets, this.#parts.outside)
      onStage(stage)
      if (stage.problem !== null) throw notSaved(kind, key, stage)
      return
    }
    const secrets = new Map(
      kind === 'credential' ? [[`credential/${key}`, { ...catalog.secretsOf(key), ...sent }]] : [],
    )
    const project = catalog.projectWith([{ kind, key, body: parsed.body }], secrets)
    if (kind === 'query' || kind === 'attributes_table' || kind === 'segment') await assertBinds(project, { kind, key })
    if (kind !== 'credential' && kind !== 'destination') return
    const destinations = kind === 'destination' ? [key] : destinationsOf(catalog, key)
    const tried = destinations.map((destination) => triedAt(project, destination))
    if (account !== undefined && tried.length === 0) tried.push(triedNowhereYet(key, account))
    for (const one of tried) {
      // The first failure ends it: that a new secret is refused is no word on the one that stays.
      for await (const stage of connectionStages(this.#parts, project, one)) {
        onStage(stage)
        if (stage.problem !== null) throw notSaved(kind, key, stage)
      }
    }
  }

  async #seal(kind: EditableKind, key: string, secrets: Record<string, string>): Promise<void> {
    for (const [field, text] of Object.entries(secrets)) await this.#parts.box.put(`${kind}/${key}/${field}`, text)
  }

  async #changed(kind: EditableKind, key: string): Promise<Defined> {
    const { catalog, store, onChange } = this.#parts
    await catalog.refresh()
    onChange()
    return await this.#shown(catalog.get(kind, key), await store.secrets.names(kind))
  }

  async #usersOf(definition: Definition): Promise<string[]> {
    const { catalog, readers } = this.#parts
    const { kind, key } = definition
    const name = catalog.tableNameOf(definition)
    const reading = name === null ? [] : await readers.of(name)
    return [...new Set([...catalog.usersOf(kind, key), ...reading])].sort()
  }

  /** For whoever has just made or changed it. */
  async shown(kind: DefinitionKind, key: string): Promise<Defined> {
    return await this.#shown(this.#parts.catalog.get(kind, key), await this.#parts.store.secrets.names(kind))
  }

  /** `secrets`: names of those of its kind. */
  async #shown(definition: Definition, secrets: readonly string[]): Promise<Defined> {
    const { statusOf } = this.#parts
    const { kind, key } = definition
    const prefix = `${kind}/${key}/`
    return {
      ...definition,
      secrets: secrets.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
      usedBy: await this.#usersOf(definition),
      status: await statusOf(definition),
    }
  }
}

/** Binds what can be sent: its names are there and its types fit. Throws `query.*` and `segment.invalid`. */
async function assertBinds(project: Project, sent: Sent): Promise<void> {
  const database = databaseOf(project, sent)
  const limits = limitsWithin(database.limits, longestBindMs)
  await new DatabaseSql({ ...database, limits }, duckdbEngine()).columns(sent)
}

/** Whoever saves waits for it. */
const longestBindMs = 60_000

function changedSince(query: Definition | undefined, key: string, basedOn: Json): Problem {
  const now = query === undefined ? 'there is none any more' : `it has version ${query.version} now`
  return new Problem('store.conflict', {
    message: `The query ${key} was changed since the draft was begun (${basedOn === null ? 'as a new query' : `from version ${String(basedOn)}`}): ${now}.`,
    fix: 'Look at the query as it is, take over what is needed, and set `based_on` of the draft to its version.',
    data: { kind: 'query', key, version: query?.version ?? null },
  })
}

/** What decides to whom the password of a mail server is shown, and how well it is covered on the way. */
const placeOfMail = ['host', 'port', 'secure', 'user']

function missing(names: readonly string[]): Problem {
  return new Problem('definition.invalid', {
    message: `There is no ${names.map((name) => name.replace('/', ' ')).join(', no ')}.`,
    data: { problems: names.map((name) => ({ path: name.split('/')[0] ?? '', message: `${name} is not there` })) },
  })
}

/** Keys of the destinations that use a credential. */
export function destinationsOf(catalog: Catalog, credential: string): string[] {
  return catalog
    .all('destination')
    .filter(({ body }) => body.credential === credential)
    .map(({ key }) => key)
}

function nameOf(kind: EditableKind, body: { [key: string]: Json }): string {
  if (typeof body.name === 'string') return body.name
  // An orchestration takes the name of what it sends.
  return kind === 'orchestration' ? (sentBy(body).split('/')[1] ?? kind) : kind
}

export function assertKey(key: string): void {
  if (/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(key)) return
  throw new Problem('definition.invalid', {
    message: 'The key must start with a letter and go on with letters, digits, _ or -, at most 64 in all.',
    data: { problems: [{ path: 'key', message: 'is not a legal key' }] },
  })
}

export function assertOurs({ kind, key, source }: Definition): void {
  if (source === 'ui') return
  throw new Problem('definition.from_git', {
    message: `The ${kind} ${key} comes from deskside.yml.`,
    data: { kind, key },
  })
}

function assertFree(catalog: Catalog, kind: DefinitionKind, key: string): void {
  const isTaken = catalog.find(kind, key) !== undefined
  if (isTaken)
    throw new Problem('store.conflict', { message: `There is a ${kind} ${key} already.`, data: { kind, key } })
}

/** No two tables of a database have one name. Throws `definition.invalid`. */
function assertFreeName(catalog: Catalog, definition: Pick<Definition, 'kind' | 'key' | 'body'>): void {
  const { kind, key } = definition
  const name = kind === 'attributes_table' ? catalog.tableNameOf(definition) : null
  if (name === null) return
  const other = catalog.all().find((one) => {
    const taken = catalog.tableNameOf(one)
    return taken !== null && isSameTable(taken, name) && !(one.kind === kind && one.key === key)
  })
  if (other === undefined) return
  throw new Problem('definition.invalid', {
    message: `There is a table ${other.key} already: SQL reads attributes tables by the names of tables, in any case.`,
    data: { problems: [{ path: 'key', message: `is the name of ${other.kind}/${other.key}` }] },
  })
}

export function assertVersion({ kind, key, version }: Definition, ifVersion: number): void {
  if (version === ifVersion) return
  throw new Problem('store.conflict', {
    message: `The ${kind} ${key} was changed since: its version is ${version}, not ${ifVersion}.`,
    data: { kind, key, version },
  })
}

function notSaved(kind: EditableKind, key: string, { stage, title, problem }: Stage): Problem {
  return new Problem('definition.invalid', {
    message: `The ${kind} ${key} was not saved: ${title} failed. ${problem?.message ?? ''}`,
    fix: problem?.fix ?? '',
    data: { stage, title, problem: problem ?? null },
  })
}
