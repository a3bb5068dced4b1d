import type { App } from '../app.ts'
import { Problem } from '../problem.ts'
import { nothingVisible, type Visible } from './redaction.ts'

/**
 * Attributes of an orchestration whose values may be shown to everybody: columns that come from columns without personal data alone. Where
 * that cannot be found out, because the query or its source cannot be read, it is none. Which rows there are says something too, and is not
 * hidden: a query decides that, and who may write queries may see their values.
 */
export async function visibleOf(app: App, orchestration: string): Promise<Visible> {
  try {
    const columns = await app.piiOfOrchestration(orchestration)
    return new Set(columns.filter(({ pii }) => !pii).map(({ column }) => column.trim().toLowerCase()))
  } catch (error) {
    if (error instanceof Problem && error.code !== 'internal.bug') return nothingVisible
    throw error
  }
}
