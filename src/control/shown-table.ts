import { type Actor, mayDo } from '../access/authorize.ts'
import type { TableDetail } from '../app.ts'
import type { LookedColumn } from '../audience/looks.ts'
import { isPersonalColumn } from '../destination/zendesk/personal.ts'
import { keyOfTable } from '../project/databases.ts'
import type { Gate } from './gate.ts'
import { hidden } from './redaction.ts'

/**
 * A guess may be wrong, and a value that several rows have is nobody's own: to who may not see personal values, fewer rows than these show no
 * value of a column that nobody has called free.
 */
const leastRows = 3

/**
 * A table as somebody may see it: without the right `pii:read`, no value of a personal column. Who does see some leaves a line, which names the
 * columns.
 */
export async function shownTable(gate: Gate, actor: Actor, detail: TableDetail): Promise<TableDetail> {
  if (!mayDo(actor, 'pii:read')) return { ...detail, columns: detail.columns.map(withoutValues) }
  const columns = detail.columns
    .filter((column) => isPersonal(column) && (column.figures?.examples.length ?? 0) > 0)
    .map(({ column }) => column)
  if (columns.length > 0)
    await gate.note({ actor, action: 'pii:read', object: `table/${keyOfTable(detail)}`, allowed: true }, { columns })
  return detail
}

/** A column that feeds an attribute of the person's own is personal whatever it is called. */
function isPersonal({ column, effective }: LookedColumn): boolean {
  return effective.pii || isPersonalColumn(column)
}

function withoutValues(column: LookedColumn): LookedColumn {
  const { figures, effective } = column
  if (figures === null) return column
  const isShown = (rows: number) => !isPersonal(column) && (effective.by !== 'guessed' || rows >= leastRows)
  const examples = figures.examples.map(({ value, rows }) => ({ value: isShown(rows) ? value : hidden, rows }))
  return { ...column, figures: { ...figures, examples } }
}
