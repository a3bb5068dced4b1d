import { Text, Title } from '@mantine/core'
import type { Person } from '../../api/operations.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { FieldValue } from '../../parts/difference.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { Moment } from '../../parts/values.tsx'

type NowOf = Person['people'][number]['now']
type Verdict = NowOf['fields'][number]['verdict']

const verdicts: Record<Verdict, React.ReactNode> = {
  same: <StateBadge state="succeeded" word="Same" />,
  different: <StateBadge state="warning" word="Differs" />,
  not_comparable: <StateBadge state="skipped" word="Cannot be compared" />,
}

/** What Zendesk holds, beside what was delivered. */
export function Now({ now, destination, onAgain }: { now: NowOf; destination: string; onAgain: () => void }) {
  const { there, role, suspended, updated_at: updatedAt, fields, problem } = now
  return (
    <section aria-label={`In Zendesk now: ${destination}`}>
      <Title order={3} mb={4}>
        In Zendesk now
      </Title>
      {problem !== null && <ProblemCard problem={problem} onRetry={onAgain} />}
      {there === false && <Text size="sm">Zendesk has nobody of this kind any more.</Text>}
      {there === true && (
        <Text size="sm" mb="xs">
          {[role, suspended ? 'suspended' : null].filter((word) => word !== null).join(', ')}
          {updatedAt !== null && (
            <>
              {' '}
              · changed there <Moment at={updatedAt} />
            </>
          )}
        </Text>
      )}
      {fields.length > 0 && (
        <DataTable
          label="Fields"
          rows={fields}
          rowKey={({ field }) => field}
          columns={[
            { key: 'field', head: 'Field', cell: ({ field }) => field, sortBy: ({ field }) => field },
            { key: 'delivered', head: 'Delivered', cell: ({ delivered }) => <FieldValue value={delivered} /> },
            {
              key: 'found',
              head: 'In Zendesk',
              rank: 2,
              cell: ({ found }) => <FieldValue value={there ? found : null} />,
            },
            {
              key: 'verdict',
              head: 'Compared',
              cell: ({ verdict }) => verdicts[verdict],
              sortBy: ({ verdict }) => verdict,
            },
          ]}
        />
      )}
    </section>
  )
}
