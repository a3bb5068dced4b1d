import type { Transaction } from 'kysely'
import type { Database, Tables } from './tables.ts'

/**
 * One transaction that no other of this name runs beside, in any process: its first statement takes the row of the counter. `count` is what
 * the counter says; `work` may move it on.
 */
export function exclusively<T>(
  db: Database,
  name: 'definitions' | 'dispatches',
  work: (tx: Transaction<Tables>, count: number) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const { value } = await tx
      .insertInto('counters')
      .values({ name, value: 0 })
      // Changes nothing, but locks the row until the end of the transaction.
      .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ value: eb.ref('counters.value') })))
      .returning('value')
      .executeTakeFirstOrThrow()
    return work(tx, value)
  })
}
