import { Button, Tabs } from '@mantine/core'
import { useMay } from '../../api/me.ts'
import type { Notification } from '../../api/operations.ts'
import { useCall, useGet, usePages } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { saidProblem } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { type State, StateBadge } from '../../parts/state-badge.tsx'
import { Moment } from '../../parts/values.tsx'
import { Dispatches } from './dispatches.tsx'
import { NotificationDetails } from './notification-details.tsx'

const severities: Record<Notification['severity'], { state: State; word: string }> = {
  info: { state: 'succeeded', word: 'For your information' },
  warning: { state: 'warning', word: 'Warning' },
  error: { state: 'error', word: 'Error' },
  recovery: { state: 'succeeded', word: 'Well again' },
}

/** What Deskside had to tell, what nobody has read first to the eye; and its way through the channels. */
export function Notifications() {
  const [search, setSearch] = useSearchState()
  const mayRead = useMay('notification:read')
  const tab = search.tab ?? 'all'
  // Those that are read leave the list of unread ones while one of them is open; it stays where it is.
  const change = (value: string | null) =>
    setSearch({ tab: value === 'all' ? undefined : (value ?? undefined), open: undefined, state: undefined })
  const unread = useGet('GET /notifications', { query: { limit: 1, unread: 'true' } }, { enabled: mayRead })
  const count = unread.data?.unread ?? 0
  return (
    <>
      <PageHead
        title="Notifications"
        about="What went wrong, what is well again, and what somebody should look at."
        actions={count > 0 && <ReadAll />}
      />
      <Tabs value={tab} onChange={change} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="all">All</Tabs.Tab>
          <Tabs.Tab value="unread">{count > 0 ? `Unread, ${count}` : 'Unread'}</Tabs.Tab>
          <Tabs.Tab value="dispatches">On their way</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={tab}>
          {tab === 'dispatches' ? <Dispatches /> : <Told isUnread={tab === 'unread'} />}
        </Tabs.Panel>
      </Tabs>
    </>
  )
}

function ReadAll() {
  const read = useCall('POST /notifications/read', { stale: ['/notifications'] })
  return (
    <Button
      variant="default"
      loading={read.isPending}
      onClick={() => read.mutate({ body: { ids: 'all' } }, { onError: saidProblem })}
    >
      Mark all as read
    </Button>
  )
}

function Told({ isUnread }: { isUnread: boolean }) {
  const [search, setSearch] = useSearchState()
  const answer = usePages('GET /notifications', { query: { limit: 100, ...(isUnread && { unread: 'true' as const }) } })
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = answer
  const open = items.find(({ id }) => id === search.open)
  return (
    <WithAnswer of={answer} loading="Reading the notifications">
      {() => (
        <WithPanel
          list={
            <DataTable
              label="Notifications"
              rows={items}
              rowKey={({ id }) => id}
              rowTo={({ id }) => ({ to: '/notifications', search: { ...search, open: id } })}
              openKey={search.open}
              onEnd={hasNextPage ? () => void (isFetchingNextPage || fetchNextPage()) : undefined}
              empty={
                <EmptyState
                  why={isUnread ? 'Everything is read.' : 'Nothing has happened yet that somebody has to know.'}
                />
              }
              columns={[
                {
                  key: 'title',
                  head: 'What',
                  cell: ({ title, read_at: at }) => (at === null ? <strong>{title}</strong> : title),
                },
                {
                  key: 'severity',
                  head: 'Kind',
                  rank: 2,
                  cell: ({ severity }) => <StateBadge {...severities[severity]} />,
                },
                {
                  key: 'read',
                  head: 'Read',
                  rank: 3,
                  cell: ({ read_at: at }) => (at === null ? 'Unread' : <Moment at={at} />),
                },
                { key: 'at', head: 'When', cell: ({ at }) => <Moment at={at} /> },
              ]}
            />
          }
          panel={
            open === undefined ? null : (
              <DetailsPanel title={open.title} onClose={() => setSearch({ open: undefined })}>
                <NotificationDetails of={open} />
              </DetailsPanel>
            )
          }
        />
      )}
    </WithAnswer>
  )
}
