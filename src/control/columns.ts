import { type Actor, actorId, mayDo } from '../access/authorize.ts'
import type { App } from '../app.ts'
import type { TableColumn } from '../audience/pii.ts'
import type { TableTags } from '../audience/tags.ts'
import { Problem } from '../problem.ts'
import { fullName, tableOfKey } from '../project/databases.ts'
import type { Store } from '../store/store.ts'
import type { Catalog } from './catalog.ts'
import type { Columns } from './control.ts'
import type { Gate } from './gate.ts'

export interface ColumnParts {
  app: Pick<App, 'columns'>
  store: Pick<Store, 'columnTags'>
  catalog: Catalog
  gate: Gate
}

/** The columns of tables and what people confirm of them. */
export class ControlColumns implements Columns {
  readonly #parts: ColumnParts

  constructor(parts: ColumnParts) {
    this.#parts = parts
  }

  async confirm(actor: Actor, table: string, tags: Readonly<Record<string, boolean | null>>): Promise<TableColumn[]> {
    const { gate, catalog, app, store } = this.#parts
    // To call a column free, or leave it to a guess, may show its values to whoever does.
    const lacking =
      Object.values(tags).every((pii) => pii === true) || mayDo(actor, 'pii:read') ? [] : ['pii:read' as const]
    await gate.pass(actor, 'column:tag', `table/${table}`, { columns: { ...tags } }, lacking)
    const { key } = catalog.get('table', table)
    const name = fullName(tableOfKey(key))
    const known = new Map((await app.columns(name)).map(({ column }) => [column.toLowerCase(), column]))
    const unknown = Object.keys(tags).filter((column) => !known.has(column.toLowerCase()))
    if (unknown.length > 0) {
      throw new Problem('definition.invalid', {
        message: `Table ${key} has no column ${unknown.join(', ')}; its columns are ${[...known.values()].join(', ')}.`,
        data: {
          problems: unknown.map((column) => ({ path: `columns.${column}`, message: 'is no column of the table' })),
        },
      })
    }
    const spelled = Object.entries(tags).map(([column, pii]) => [known.get(column.toLowerCase())!, pii] as const)
    await store.columnTags.set(key, Object.fromEntries(spelled), actorId(actor))
    return await app.columns(name)
  }
}

/** Everything that was confirmed, by the keys of the tables. */
export async function confirmedTags({ columnTags }: Pick<Store, 'columnTags'>): Promise<TableTags> {
  const tags = new Map<string, Record<string, boolean>>()
  for (const { table, column, pii } of await columnTags.list()) tags.set(table, { ...tags.get(table), [column]: pii })
  return tags
}
