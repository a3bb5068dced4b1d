import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMay } from '../../api/me.ts'
import { useCall, usePages } from '../../api/use.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { Difference } from '../../parts/difference.tsx'
import { PersonName } from '../../parts/person-name.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { counted } from '../../parts/values.tsx'

/** Looks who does not hold any more what was delivered. What was found stands in the address. */
export function Drift({ orchestration }: { orchestration: string }) {
  const [{ drift: id }, setSearch] = useSearchState()
  const maySeePeople = useMay('person:read')
  const find = useCall('POST /orchestrations/{key}/drift', {
    onDone: ({ drift_id: found }) => setSearch({ drift: found ?? undefined }),
  })
  const report = find.data
  return (
    <section aria-label="Drift">
      <Group justify="space-between" mb="xs">
        <Title order={2}>Drift</Title>
        <Button
          variant="default"
          loading={find.isPending}
          onClick={() => find.mutate({ params: { key: orchestration } })}
        >
          Check for drift
        </Button>
      </Group>
      <Stack gap="sm">
        <Text size="sm" c="dimmed" maw="75ch" role="status">
          {find.isPending
            ? 'Reading everybody whom it delivered from the account. A hundred people take one request.'
            : 'Reads everybody whom it delivered and compares with what was sent last. Nothing is sent.'}
        </Text>
        {find.error !== null && <ProblemCard problem={find.error.problem} />}
        {report !== undefined && (
          <Text size="sm">
            {counted(report.people.read, 'person', 'people')} read, {report.people.drifted} differ, {report.people.gone}{' '}
            gone.
          </Text>
        )}
        {report?.plan != null && (
          <Button
            component={Link}
            to="/plans/$id"
            {...({ params: { id: report.plan.plan_id } } as object)}
            style={{ alignSelf: 'start' }}
          >
            Look at the repair
          </Button>
        )}
        {id !== undefined && maySeePeople && <Lines id={id} />}
      </Stack>
    </section>
  )
}

function Lines({ id }: { id: string }) {
  const pages = usePages('GET /drifts/{id}', { params: { id }, query: { limit: 100 } })
  if (pages.error !== null) return <ProblemCard problem={pages.error.problem} />
  return (
    <DataTable
      label="Differences"
      rows={pages.items}
      rowKey={({ person, field }) => `${person}-${field}`}
      onEnd={pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined}
      columns={[
        {
          key: 'person',
          head: 'Person',
          cell: (one) => <PersonName name={one.name} email={one.email} externalId={one.external_id} />,
        },
        { key: 'field', head: 'Field', rank: 2, cell: ({ field }) => field },
        {
          key: 'value',
          head: 'Delivered → found',
          cell: ({ delivered, found }) => <Difference before={delivered} after={found} />,
        },
        { key: 'why', head: 'Why', rank: 3, cell: ({ reason }) => reason },
      ]}
    />
  )
}
