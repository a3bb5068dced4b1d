import { type Selectable, type SelectQueryBuilder, sql, type Updateable } from 'kysely'
import { notFound } from './failures.ts'
import type { WorkflowFilter, WorkflowHeader, WorkflowStore } from './store.ts'
import { type Database, type Tables, unendedStates } from './tables.ts'
import { holds, pageRows, toDate, toMs, toPage, toText } from './values.ts'

type Row = Selectable<Tables['workflows']>
type Changes = Partial<Omit<WorkflowHeader, 'id'>>

export function workflowStore(db: Database): WorkflowStore {
  return {
    add: (header) => addWorkflows(db, [header]),

    async get(id) {
      const row = await db.selectFrom('workflows').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : fromRow(row)
    },

    ofRun: (runId) => ofRun(db, runId),
    runs: () => runs(db),
    update: (id, changes) => db.transaction().execute((tx) => update(tx, id, changes)),

    async updateIf(id, states, changes) {
      if (states.length === 0) return null
      const row = await change(db, id, changes).where('state', 'in', states).returningAll().executeTakeFirst()
      return row === undefined ? null : fromRow(row)
    },

    async list(filter, page) {
      const query = filtered(db.selectFrom('workflows'), filter).selectAll()
      const rows = await pageRows(query, 'requested_at', page)
      return toPage(rows, page.limit, (row) => row.requested_at, fromRow)
    },

    async count(filter) {
      const { found } = await filtered(db.selectFrom('workflows'), filter)
        .select((eb) => eb.fn.countAll<number>().as('found'))
        .executeTakeFirstOrThrow()
      return found
    },

    async waiting() {
      const rows = await db
        .selectFrom('workflows')
        .selectAll()
        .where('state', '=', 'waiting')
        .orderBy('requested_at')
        .orderBy('id')
        .execute()
      return rows.map(fromRow)
    },

    latest: () => latest(db),

    async endedSince(from) {
      const rows = await db
        .selectFrom('workflows')
        .select(['run_id', 'ended_at', 'row_counts'])
        .where('state', 'not in', unendedStates)
        .where('ended_at', '>=', toMs(from))
        .execute()
      return rows.map((row) => ({ runId: row.run_id, endedAt: toDate(row.ended_at), rows: countsOf(row) }))
    },

    prune: (before) => prune(db, before),
  }
}

/** Throws `store.conflict` when an id is taken. */
export async function addWorkflows(db: Database, headers: readonly WorkflowHeader[]): Promise<void> {
  for (const { id, ...header } of headers) {
    const { groupRun, runId, requestedAt, startedAt, endedAt, startedBy } = header
    await db
      .insertInto('workflows')
      .values({
        ...{ id, orchestration: header.orchestration, state: header.state, trigger: header.trigger },
        ...{ started_by: startedBy, group_run: groupRun, run_id: runId, attempt: header.attempt },
        ...{ requested_at: toMs(requestedAt), started_at: toMs(startedAt), ended_at: toMs(endedAt) },
        ...{ problem_code: codeOf(header.problem), request: toText(header.request), launched: toText(header.launched) },
        ...{ tasks: toText(header.tasks), row_counts: toText(header.rows), problem: toText(header.problem) },
      })
      .execute()
  }
}

/** A workflow has several runs when its plan was made anew: the earlier ones stand in `meta` as `run/<run>` with its id. */
const earlier = { prefix: 'run/', end: 'run0' }

async function ofRun(db: Database, runId: string): Promise<WorkflowHeader | null> {
  const row =
    (await db
      .selectFrom('workflows')
      .selectAll()
      .where('run_id', '=', runId)
      .orderBy('requested_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()) ??
    (await db
      .selectFrom('workflows')
      .innerJoin('meta', 'meta.value', 'workflows.id')
      .selectAll('workflows')
      .where('meta.name', '=', `${earlier.prefix}${runId}`)
      .executeTakeFirst())
  return row === undefined ? null : fromRow(row)
}

async function runs(db: Database): Promise<Set<string>> {
  const start = sql.lit(earlier.prefix.length + 1)
  const found = await db
    .selectFrom('workflows')
    .select((eb) => eb.ref('run_id').$notNull().as('run'))
    .where('run_id', 'is not', null)
    .unionAll(
      db
        .selectFrom('meta')
        .innerJoin('workflows', 'workflows.id', 'meta.value')
        .select(sql<string>`substr(meta.name, ${start})`.as('run'))
        .where('meta.name', '>=', earlier.prefix)
        .where('meta.name', '<', earlier.end),
    )
    .execute()
  return new Set(found.map(({ run }) => run))
}

async function update(tx: Database, id: string, changes: Changes): Promise<WorkflowHeader> {
  if (changes.runId !== undefined) await noteEarlierRun(tx, id, changes.runId)
  const row = await change(tx, id, changes).returningAll().executeTakeFirst()
  if (row === undefined) throw notFound('workflow', id)
  return fromRow(row)
}

async function noteEarlierRun(tx: Database, id: string, next: string | null): Promise<void> {
  const before = await tx.selectFrom('workflows').select('run_id').where('id', '=', id).executeTakeFirst()
  if (before === undefined || before.run_id === null || before.run_id === next) return
  await tx
    .insertInto('meta')
    .values({ name: `${earlier.prefix}${before.run_id}`, value: id })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: id }))
    .execute()
}

function change(db: Database, id: string, changes: Changes) {
  const { groupRun, runId, requestedAt, startedAt, endedAt, startedBy } = changes
  // A field that is undefined is left as it is; with the id there is always one to set.
  const columns: Updateable<Tables['workflows']> = {
    ...{ id, orchestration: changes.orchestration, state: changes.state, trigger: changes.trigger },
    ...{ started_by: startedBy, group_run: groupRun, run_id: runId, attempt: changes.attempt },
    ...{ requested_at: toMs(requestedAt), started_at: toMs(startedAt), ended_at: toMs(endedAt) },
    ...{ problem_code: codeOf(changes.problem), request: toText(changes.request), launched: toText(changes.launched) },
    ...{ tasks: toText(changes.tasks), row_counts: toText(changes.rows), problem: toText(changes.problem) },
  }
  return db.updateTable('workflows').set(columns).where('id', '=', id)
}

function codeOf<T extends WorkflowHeader['problem'] | undefined>(problem: T): string | null | Extract<T, undefined>
function codeOf(problem: WorkflowHeader['problem'] | undefined): string | null | undefined {
  if (problem === undefined) return undefined
  return typeof problem?.code === 'string' ? problem.code : null
}

function filtered<O>(
  query: SelectQueryBuilder<Tables, 'workflows', O>,
  filter: WorkflowFilter,
): SelectQueryBuilder<Tables, 'workflows', O> {
  const { states = [], orchestrations = [], triggers = [], startedBy, groupRun, text, from, to } = filter
  let narrowed = query
  if (states.length > 0) narrowed = narrowed.where('state', 'in', states)
  if (orchestrations.length > 0) narrowed = narrowed.where('orchestration', 'in', orchestrations)
  if (triggers.length > 0) narrowed = narrowed.where('trigger', 'in', triggers)
  if (startedBy !== undefined) narrowed = narrowed.where('started_by', '=', startedBy)
  if (groupRun !== undefined) narrowed = narrowed.where('group_run', '=', groupRun)
  if (from !== undefined) narrowed = narrowed.where('requested_at', '>=', toMs(from))
  if (to !== undefined) narrowed = narrowed.where('requested_at', '<', toMs(to))
  if (text !== undefined && text !== '')
    narrowed = narrowed.where((eb) => eb.or(searched.map((one) => holds(one, text))))
  return narrowed
}

const searched = ['id', 'orchestration', 'problem_code'] as const

async function latest(db: Database): Promise<WorkflowHeader[]> {
  const rows = await db
    .with('placed', (cte) =>
      cte
        .selectFrom('workflows')
        .select(['id'])
        .select((eb) =>
          eb.fn
            .agg<number>('row_number')
            .over((over) => over.partitionBy('orchestration').orderBy('requested_at', 'desc').orderBy('id', 'desc'))
            .as('place'),
        ),
    )
    .selectFrom('workflows')
    .innerJoin('placed', 'placed.id', 'workflows.id')
    .where('placed.place', '=', 1)
    .selectAll('workflows')
    .orderBy('orchestration')
    .execute()
  return rows.map(fromRow)
}

function prune(db: Database, before: Date): Promise<string[]> {
  return db.transaction().execute(async (tx) => {
    const gone = await tx
      .deleteFrom('workflows')
      .where('state', 'not in', unendedStates)
      .where('ended_at', '<', before.getTime())
      .returning('id')
      .execute()
    await tx
      .deleteFrom('meta')
      .where('name', '>=', earlier.prefix)
      .where('name', '<', earlier.end)
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('workflows').select('workflows.id').whereRef('workflows.id', '=', 'meta.value'))),
      )
      .execute()
    // A run of a group goes with its last workflow.
    await tx
      .deleteFrom('group_runs')
      .where('state', '!=', 'running')
      .where('ended_at', '<', before.getTime())
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('workflows').select('workflows.id').whereRef('group_run', '=', 'group_runs.id'))),
      )
      .execute()
    return gone.map(({ id }) => id)
  })
}

function fromRow(row: Row): WorkflowHeader {
  return {
    ...{ id: row.id, orchestration: row.orchestration, state: row.state, trigger: row.trigger },
    ...{ startedBy: row.started_by, groupRun: row.group_run, runId: row.run_id, attempt: row.attempt },
    ...{ requestedAt: toDate(row.requested_at), startedAt: toDate(row.started_at), endedAt: toDate(row.ended_at) },
    ...{ request: JSON.parse(row.request), launched: JSON.parse(row.launched), tasks: JSON.parse(row.tasks) },
    rows: countsOf(row),
    problem: row.problem === null ? null : JSON.parse(row.problem),
  }
}

function countsOf({ row_counts: text }: Pick<Row, 'row_counts'>): WorkflowHeader['rows'] {
  return text === null ? null : JSON.parse(text)
}
