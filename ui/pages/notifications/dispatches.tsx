import type { Dispatch } from '../../api/operations.ts'
import { usePages } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FilterSelect } from '../../parts/filter-select.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { type State, StateBadge } from '../../parts/state-badge.tsx'
import { Figure, Moment } from '../../parts/values.tsx'

const looks: Record<Dispatch['state'], { state: State; word: string }> = {
  pending: { state: 'waiting', word: 'Waits' },
  sending: { state: 'running', word: 'Is being sent' },
  sent: { state: 'succeeded', word: 'Sent' },
  failed: { state: 'failed', word: 'Failed' },
}

/** Notifications on their way through the channels, and what a channel said that refused one. */
export function Dispatches() {
  const [search] = useSearchState()
  const state = (search.state ?? null) as Dispatch['state'] | null
  const answer = usePages(
    'GET /dispatches',
    { query: { limit: 100, ...(state !== null && { state }) } },
    { keepsPrevious: true },
  )
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = answer
  return (
    <>
      <FilterSelect
        name="state"
        label="State"
        any="Any state"
        data={Object.entries(looks).map(([value, { word }]) => ({ value, label: word }))}
        w={200}
        mb="md"
      />
      <WithAnswer of={answer} loading="Reading what is on its way">
        {() => (
          <DataTable
            label="On their way"
            rows={items}
            rowKey={({ id }) => id}
            rowTo={({ notification }) => ({ to: '/notifications', search: { open: notification } })}
            onEnd={hasNextPage ? () => void (isFetchingNextPage || fetchNextPage()) : undefined}
            empty={
              <EmptyState
                why={
                  state === null
                    ? 'Nothing was sent through a channel. Channels are set up in the settings.'
                    : 'Nothing is in this state.'
                }
              />
            }
            columns={[
              { key: 'channel', head: 'Channel', cell: ({ channel }) => channel },
              { key: 'target', head: 'To', rank: 2, cell: ({ target }) => target },
              { key: 'state', head: 'State', cell: (one) => <StateBadge {...looks[one.state]} /> },
              {
                key: 'attempts',
                head: 'Attempts',
                rank: 3,
                align: 'right',
                cell: ({ attempts }) => <Figure value={attempts} />,
              },
              {
                key: 'when',
                head: 'Sent, or tried next',
                rank: 3,
                cell: (one) => <Moment at={one.sent_at ?? one.next_at} />,
              },
              { key: 'error', head: 'Why not', rank: 3, cell: ({ last_error: error }) => error ?? '' },
            ]}
          />
        )}
      </WithAnswer>
    </>
  )
}
