import { Badge, Stack, Title } from '@mantine/core'
import { Facts } from '../../parts/facts.tsx'
import { Loading } from '../../parts/loading.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import type { Kind } from '../../parts/rules/model.ts'
import { RulesInWords } from '../../parts/rules/rules-in-words.tsx'
import { SqlText } from '../../parts/sql/sql.tsx'
import { useLive } from '../../parts/use-live.ts'
import type { QueryBody } from './model.ts'
import { useVisualGround } from './use-sources.ts'
import { askedOf } from './visual.ts'

/** Tells a query by rules from one by SQL. */
export function VisualBadge() {
  return (
    <Badge variant="default" tt="none">
      Visual
    </Badge>
  )
}

/** What a visual query shows, in words. */
export function VisualSummary({ of }: { of: QueryBody }) {
  const { source, ground } = useVisualGround(of)
  const kinds = new Map<string, Kind>(ground.columns.map(({ column, kind }) => [column.toLowerCase(), kind]))
  const { mapping = {} } = of
  const named = (column: string) => (mapping[column] === undefined ? column : `${column} → ${mapping[column]}`)
  const renamed = Object.keys(mapping).map(named)
  return (
    <Stack gap="md">
      <Stack gap={4}>
        <Title order={2}>Which records</Title>
        <RulesInWords
          of={of.where ?? { combinator: 'and', rules: [] }}
          kinds={kinds}
          empty="Every record of the table."
        />
      </Stack>
      <Facts
        of={[
          ['Table', source === undefined ? of.from : <ObjectLink key="of" name={`${source.kind}/${source.key}`} />],
          ['Columns', of.columns?.map(named).join(', ') ?? ['all', ...renamed].join(', ')],
        ]}
      />
    </Stack>
  )
}

/** The SELECT that a visual query is. */
export function VisualSql({ of }: { of: QueryBody }) {
  const { answer, problem } = useLive('POST /queries/sql', askedOf(of))
  if (problem !== null) return <ProblemCard problem={problem.problem} />
  if (answer === null) return <Loading what="Writing the query as SQL" rows={3} />
  return <SqlText sql={answer.sql} label="SQL of the query" />
}
