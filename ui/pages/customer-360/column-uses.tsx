import { List, Stack, Text } from '@mantine/core'
import type { Answer } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import { useGet } from '../../api/use.ts'
import { Elapsed } from '../../parts/elapsed.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'

type Use = Answer<'GET /tables/{key}/columns/{column}/uses'>['items'][number]

/** Where a column goes, and what would not work without it. */
export function ColumnUses({ table, column }: { table: string; column: string }) {
  const uses = useGet('GET /tables/{key}/columns/{column}/uses', { params: { key: table, column } })
  const destinationOf = useDestinations()
  if (uses.error !== null) return <ProblemCard problem={uses.error.problem} onRetry={() => void uses.refetch()} />
  if (uses.data === undefined) return <Elapsed what="Binding what reads it, with the column and without it" />
  const { items } = uses.data
  if (items.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nothing reads it: it could go without harm.
      </Text>
    )
  const reached = new Set(items.flatMap(({ orchestrations }) => orchestrations.flatMap(destinationOf)))
  return (
    <Stack gap="sm">
      <Uses title="would break" of={items.filter(({ effect }) => effect === 'breaks')} />
      <Uses title="would lose columns" of={items.filter(({ effect }) => effect === 'loses')} />
      <div>
        <Text size="sm" c="dimmed">
          {reached.size === 0 ? 'No orchestration sends what reads it.' : 'It reaches'}
        </Text>
        {[...reached].map((key) => (
          <Text key={key} size="sm">
            <ObjectLink name={`destination/${key}`} hasKind />
          </Text>
        ))}
      </div>
    </Stack>
  )
}

/** Destinations of an orchestration, as far as the person may see it. */
function useDestinations(): (orchestration: string) => string[] {
  const mayRead = useMay('orchestration:read')
  const { data } = useGet('GET /orchestrations', {}, { enabled: mayRead })
  return (orchestration) => {
    const destination = data?.items.find(({ key }) => key === orchestration)?.body.destination
    return typeof destination === 'string' ? [destination] : []
  }
}

function Uses({ title, of }: { title: string; of: Use[] }) {
  if (of.length === 0) return null
  return (
    <div>
      <Text size="sm" fw={600}>
        {of.length} {title}
      </Text>
      <List size="sm" listStyleType="none" spacing={8} mt={4}>
        {of.map(({ kind, key, detail, orchestrations }) => (
          <List.Item key={`${kind}/${key}`}>
            <ObjectLink name={`${kind}/${key}`} hasKind />
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {detail}
            </Text>
            {orchestrations.map((one) => (
              <Text key={one} size="xs" c="dimmed">
                sent by <ObjectLink name={`orchestration/${one}`} />
              </Text>
            ))}
          </List.Item>
        ))}
      </List>
    </div>
  )
}
