import type { CheckStage, QueryColumns } from '../destination/destination.ts'
import { asProblem } from '../problem.ts'
import type { Project } from './project.ts'
import type { SentSql } from './sent.ts'

const nouns = { query: 'Query', segment: 'Segment', attributes_table: 'Attributes table' } as const

/** Columns of whatever is sent to a destination; what cannot be bound becomes a failed stage in `broken`. */
export async function* sentColumns(
  { orchestrations }: Pick<Project, 'orchestrations'>,
  destination: string,
  source: SentSql,
  broken: CheckStage[],
): AsyncGenerator<QueryColumns> {
  const toIt = [...orchestrations.values()].filter((one) => one.destination === destination)
  const sent = new Map(toIt.map(({ sends }) => [`${sends.kind} ${sends.key}`, sends]))
  for (const sends of sent.values()) {
    try {
      const columns = await source.columns(sends)
      yield { name: sends.key, columns: columns.map((column) => column.name) }
    } catch (error) {
      const problem = asProblem(error)
      const title = `${nouns[sends.kind]} ${sends.key}`
      broken.push({ stage: 'query', title, outcome: 'failed', detail: problem.message, problem })
    }
  }
}
