import { notFound } from './failures.ts'
import type { WorkflowSubscription, WorkflowSubscriptionStore } from './store.ts'
import type { Database } from './tables.ts'

/** They are few and live as long as a workflow is at work, so they stand in `meta`, as `subscription/<workflow>/<id>`. */
export function workflowSubscriptionStore(db: Database): WorkflowSubscriptionStore {
  return {
    async add(subscription) {
      const name = nameOf(subscription.workflow, subscription.id)
      await db
        .insertInto('meta')
        .values({ name, value: JSON.stringify(subscription) })
        .execute()
    },

    async list(workflow) {
      const { from, to } = rangeOf(workflow)
      const rows = await db
        .selectFrom('meta')
        .select('value')
        .where('name', '>=', from)
        .where('name', '<', to)
        .execute()
      return rows
        .map(({ value }) => fromText(value))
        .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1))
    },

    async remove(workflow, id) {
      const { numDeletedRows } = await db.deleteFrom('meta').where('name', '=', nameOf(workflow, id)).executeTakeFirst()
      if (numDeletedRows === 0n) throw notFound('subscription', id)
    },

    async removeAll(workflow) {
      const { from, to } = rangeOf(workflow)
      await db.deleteFrom('meta').where('name', '>=', from).where('name', '<', to).execute()
    },
  }
}

function nameOf(workflow: string, id: string): string {
  return `subscription/${workflow}/${id}`
}

/** "0" is what comes behind "/". */
function rangeOf(workflow: string | undefined): { from: string; to: string } {
  const name = workflow === undefined ? 'subscription' : `subscription/${workflow}`
  return { from: `${name}/`, to: `${name}0` }
}

function fromText(text: string): WorkflowSubscription {
  const stored = JSON.parse(text) as WorkflowSubscription
  return { ...stored, createdAt: new Date(stored.createdAt) }
}
