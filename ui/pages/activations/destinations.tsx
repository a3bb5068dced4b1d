import { Button, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { nameOf } from '../../api/definition.ts'
import { useMay, useMe } from '../../api/me.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { Moment } from '../../parts/values.tsx'
import { ActivationTabs } from './tabs.tsx'

/** Which Zendesk accounts people are sent to. */
export function Destinations() {
  const mayWrite = useMay('destination:write')
  const { ask } = useMe()
  const [{ q }] = useSearchState()
  const found = useGet('GET /destinations', { query: { ...(q !== undefined && { q }) } }, { keepsPrevious: true })
  const add = (
    <Button component={Link} to="/destinations/new">
      New destination
    </Button>
  )
  const none = mayWrite
    ? 'There is no destination yet. It says which Zendesk account people are sent to, and how.'
    : `There is no destination that you may use${ask.length > 0 ? `: ask ${ask.join(', ')}` : ''}.`
  return (
    <>
      <PageHead title="Activations" about="Which accounts people are sent to, and how." actions={mayWrite && add} />
      <ActivationTabs />
      <Group mb="sm">
        <SearchInput label="Search destinations" />
      </Group>
      <WithAnswer of={found} loading="Reading the destinations">
        {({ items }) => (
          <DataTable
            label="Destinations"
            rows={items}
            rowKey={({ key }) => key}
            rowTo={({ key }) => ({ to: '/destinations/$key', params: { key } })}
            empty={
              <EmptyState
                why={q === undefined ? none : 'No destination matches the search.'}
                action={q === undefined && mayWrite ? add : undefined}
              />
            }
            columns={[
              { key: 'name', head: 'Destination', cell: nameOf, sortBy: nameOf },
              { key: 'account', head: 'Account', rank: 2, cell: ({ body }) => `${String(body.subdomain)}.zendesk.com` },
              {
                key: 'access',
                head: 'Who may use it',
                rank: 3,
                cell: ({ body }) =>
                  body.admin_only === true ? 'Operators and administrators' : 'Everybody who runs orchestrations',
              },
              {
                key: 'used',
                head: 'Used by',
                align: 'right',
                rank: 2,
                cell: ({ used_by: used }) => used.length,
                sortBy: ({ used_by: used }) => used.length,
              },
              {
                key: 'changed',
                head: 'Changed',
                rank: 3,
                cell: ({ updated_at: at }) => <Moment at={at} />,
                sortBy: ({ updated_at: at }) => at,
              },
            ]}
          />
        )}
      </WithAnswer>
    </>
  )
}
