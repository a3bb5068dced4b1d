import type { Selectable } from 'kysely'
import type { GroupRun, GroupStore, WorkflowHeader } from './store.ts'
import { type Database, type Tables, unendedStates } from './tables.ts'
import { pageRows, toDate, toMs, toPage } from './values.ts'
import { addWorkflows } from './workflows.ts'

export function groupStore(db: Database): GroupStore {
  return {
    begin: (run, workflows) => db.transaction().execute((tx) => begin(tx, run, workflows)),

    async lastTick(group) {
      const row = await db.selectFrom('group_ticks').select('last_at').where('group_key', '=', group).executeTakeFirst()
      return row === undefined ? null : toDate(row.last_at)
    },

    async passOver(group, upTo) {
      await takeTick(db, group, upTo)
    },

    async get(id) {
      const row = await db.selectFrom('group_runs').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : fromRow(row)
    },

    async list(group, page) {
      let query = db.selectFrom('group_runs').selectAll()
      if (group !== null) query = query.where('group_key', '=', group)
      const rows = await pageRows(query, 'started_at', page)
      return toPage(rows, page.limit, (row) => row.started_at, fromRow)
    },

    async finished() {
      const rows = await db
        .selectFrom('group_runs')
        .selectAll()
        .where('state', '=', 'running')
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('workflows')
                .select('workflows.id')
                .whereRef('group_run', '=', 'group_runs.id')
                .where('workflows.state', 'in', unendedStates),
            ),
          ),
        )
        .orderBy('started_at')
        .orderBy('id')
        .execute()
      return rows.map(fromRow)
    },

    end: (id, { state, at }, followers) =>
      db.transaction().execute(async (tx) => {
        const ended = await tx
          .updateTable('group_runs')
          .set({ state, ended_at: toMs(at) })
          .where('id', '=', id)
          .where('state', '=', 'running')
          .returning('id')
          .executeTakeFirst()
        if (ended === undefined) return false
        for (const { run, workflows } of followers) await begin(tx, run, workflows)
        return true
      }),
  }
}

/** Needs a transaction around it: the tick is taken only together with the run. */
async function begin(tx: Database, run: GroupRun, workflows: readonly WorkflowHeader[]): Promise<boolean> {
  if (run.dueAt !== null && !(await takeTick(tx, run.group, run.dueAt))) return false
  await tx
    .insertInto('group_runs')
    .values({
      ...{ id: run.id, group_key: run.group, trigger: run.trigger, started_by: run.startedBy, state: run.state },
      ...{ due_at: toMs(run.dueAt), started_at: toMs(run.startedAt), ended_at: toMs(run.endedAt) },
    })
    .execute()
  await addWorkflows(tx, workflows)
  return true
}

/** Whether this tick is later than all before it. One statement, so that of many who ask for a tick one gets it. */
async function takeTick(db: Database, group: string, at: Date): Promise<boolean> {
  const row = await db
    .insertInto('group_ticks')
    .values({ group_key: group, last_at: toMs(at) })
    .onConflict((conflict) =>
      conflict
        .column('group_key')
        .doUpdateSet((eb) => ({ last_at: eb.ref('excluded.last_at') }))
        .whereRef('group_ticks.last_at', '<', 'excluded.last_at'),
    )
    .returning('group_key')
    .executeTakeFirst()
  return row !== undefined
}

function fromRow(row: Selectable<Tables['group_runs']>): GroupRun {
  return {
    ...{ id: row.id, group: row.group_key, trigger: row.trigger, startedBy: row.started_by, state: row.state },
    ...{ dueAt: toDate(row.due_at), startedAt: toDate(row.started_at), endedAt: toDate(row.ended_at) },
  }
}
