import { Button, Tabs } from '@mantine/core'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { said } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { counted, Moment } from '../../parts/values.tsx'
import { ChannelForm, channelTypes } from './channels/channel-form.tsx'
import { ChannelDetails, SubscriptionDetails } from './channels/details.tsx'
import { SubscriptionForm } from './channels/subscription-form.tsx'
import { SettingsPage } from './parts/settings-page.tsx'

/** Through which channels whom is told what. */
export function Channels() {
  const [search, setSearch] = useSearchState()
  const mayWrite = useMay('notification:write')
  const isSubscriptions = search.tab === 'subscriptions'
  return (
    <SettingsPage
      title="Notifications"
      about="A channel is a way out: e-mail, Slack or a webhook. A subscription says who is told what through it."
      actions={
        mayWrite && (
          <Button onClick={() => setSearch({ open: undefined, edit: undefined, add: '1' })}>
            {isSubscriptions ? 'Add subscription' : 'Add channel'}
          </Button>
        )
      }
    >
      <Tabs
        value={isSubscriptions ? 'subscriptions' : 'channels'}
        onChange={(tab) =>
          setSearch({
            tab: tab === 'subscriptions' ? tab : undefined,
            open: undefined,
            edit: undefined,
            add: undefined,
          })
        }
      >
        <Tabs.List>
          <Tabs.Tab value="channels">Channels</Tabs.Tab>
          <Tabs.Tab value="subscriptions">Subscriptions</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="channels" pt="md">
          {!isSubscriptions && <List kind="channel" />}
        </Tabs.Panel>
        <Tabs.Panel value="subscriptions" pt="md">
          {isSubscriptions && <List kind="subscription" />}
        </Tabs.Panel>
      </Tabs>
    </SettingsPage>
  )
}

const why = {
  channel: 'Nothing is sent outside yet. Add a channel: a mail server, a Slack webhook, or a webhook of yours.',
  subscription: 'Nobody is told anything yet. A subscription says what is told through a channel.',
}

function List({ kind }: { kind: 'channel' | 'subscription' }) {
  const [search, setSearch] = useSearchState()
  const channels = useGet('GET /channels')
  const subscriptions = useGet('GET /subscriptions')
  const isChannel = kind === 'channel'
  const close = () => setSearch({ open: undefined, edit: undefined, add: undefined })
  const saved = (one: Definition) => {
    said(`${nameOf(one)} is saved.`)
    setSearch({ open: one.key, edit: undefined, add: undefined })
  }
  const panel = (items: readonly Definition[]) => {
    const of = items.find(({ key }) => key === search.open) ?? null
    const isForm = search.add !== undefined || (of !== null && search.edit !== undefined)
    if (of === null && !isForm) return null
    const Details = isChannel ? ChannelDetails : SubscriptionDetails
    const cancel = of === null ? close : () => setSearch({ edit: undefined })
    return (
      <DetailsPanel key={`${search.open} ${isForm}`} title={of === null ? `New ${kind}` : nameOf(of)} onClose={close}>
        {!isForm && of !== null ? (
          <Details of={of} onEdit={() => setSearch({ edit: '1' })} onDeleted={close} />
        ) : isChannel ? (
          <ChannelForm of={of} onSaved={saved} onCancel={cancel} />
        ) : (
          <SubscriptionForm of={of} channels={channels.data?.items ?? []} onSaved={saved} onCancel={cancel} />
        )}
      </DetailsPanel>
    )
  }
  return (
    <WithAnswer of={isChannel ? channels : subscriptions} loading={`Reading the ${kind}s`}>
      {({ items }) => (
        <WithPanel
          isWide
          list={
            <DataTable
              label={isChannel ? 'Channels' : 'Subscriptions'}
              rows={items}
              columns={isChannel ? channelColumns : subscriptionColumns}
              rowKey={({ key }) => key}
              rowTo={({ key }) => ({ to: '.', search: { tab: search.tab, open: key } })}
              openKey={search.open}
              empty={<EmptyState why={why[kind]} />}
            />
          }
          panel={panel(items)}
        />
      )}
    </WithAnswer>
  )
}

const name: TableColumn<Definition> = { key: 'name', head: 'Name', cell: nameOf, sortBy: nameOf }
const updated: TableColumn<Definition> = {
  key: 'at',
  head: 'Last updated',
  rank: 3,
  cell: ({ updated_at: at }) => <Moment at={at} />,
}

const channelColumns: TableColumn<Definition>[] = [
  name,
  { key: 'type', head: 'Type', cell: ({ body }) => channelTypes[String(body.type)] },
  { key: 'used', head: 'Used by', rank: 2, cell: ({ used_by: by }) => counted(by.length, 'subscription') },
  updated,
]
const subscriptionColumns: TableColumn<Definition>[] = [
  name,
  { key: 'to', head: 'To', cell: ({ body }) => String(body.target || body.channel) },
  { key: 'what', head: 'What', rank: 2, cell: ({ body }) => counted((body.events as string[]).length, 'event') },
  updated,
]
