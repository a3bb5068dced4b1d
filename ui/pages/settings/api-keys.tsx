import { Button, Stack, Title } from '@mantine/core'
import { Plus } from 'lucide-react'
import { useMay, useMe } from '../../api/me.ts'
import type { ApiKey } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { StateBadge } from '../../parts/state-badge.tsx'
import { counted, Moment } from '../../parts/values.tsx'
import { expiryOf } from './keys/expiry.ts'
import { KeyForm } from './keys/key-form.tsx'
import { Rights } from './parts/rights.tsx'
import { SettingsPage } from './parts/settings-page.tsx'
import { nameOfUser } from './users/state.tsx'

/** Keys with which programs use the API: one’s own, or everybody’s. */
export function ApiKeys() {
  const [, setSearch] = useSearchState()
  return (
    <SettingsPage
      title="API keys"
      about="A key is for a program. It may do what its scopes name and what its owner may do at that moment, never more."
      actions={
        <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => setSearch({ add: 'key', open: undefined })}>
          Make a key
        </Button>
      }
    >
      <KeyList />
    </SettingsPage>
  )
}

function KeyList() {
  const [search, setSearch] = useSearchState()
  const keys = useGet('GET /keys')
  const ownerOf = useOwners()
  const isEverybodys = useMay('key:administer')
  const close = () => setSearch({ add: undefined, open: undefined })
  return (
    <WithAnswer of={keys} loading="Reading the keys">
      {({ items }) => {
        const of = items.find(({ id }) => id === search.open)
        return (
          <WithPanel
            isWide={search.add !== undefined}
            list={
              <DataTable
                label="API keys"
                rows={items}
                columns={columns(isEverybodys ? ownerOf : null)}
                rowKey={({ id }) => id}
                rowTo={({ id }) => ({ to: '.', search: { open: id } })}
                openKey={search.open}
                empty={
                  <EmptyState why="No program has a key. A key lets one use the API with the scopes that you give it." />
                }
              />
            }
            panel={
              search.add !== undefined ? (
                <DetailsPanel title="New API key" onClose={close}>
                  <KeyForm onClose={close} />
                </DetailsPanel>
              ) : of !== undefined ? (
                <DetailsPanel key={of.id} title={of.name} onClose={close}>
                  <KeyDetails of={of} owner={ownerOf(of.user)} onDeleted={close} />
                </DetailsPanel>
              ) : null
            }
          />
        )
      }}
    </WithAnswer>
  )
}

/** What the owner of a key is called, as far as one may know. */
function useOwners(): (id: string) => string {
  const me = useMe()
  const mayRead = useMay('user:read')
  const { data } = useGet('GET /users', {}, { enabled: mayRead })
  return (id) => {
    if (id === me.id) return 'you'
    const user = data?.items.find((one) => one.id === id)
    return user === undefined ? id : nameOfUser(user)
  }
}

function columns(ownerOf: ((id: string) => string) | null): TableColumn<ApiKey>[] {
  const owner: TableColumn<ApiKey> = {
    key: 'owner',
    head: 'Owner',
    rank: 2,
    cell: ({ user }) => ownerOf?.(user),
    sortBy: ({ user }) => ownerOf?.(user) ?? '',
  }
  return [
    { key: 'name', head: 'Name', cell: ({ name }) => name, sortBy: ({ name }) => name },
    ...(ownerOf === null ? [] : [owner]),
    { key: 'scopes', head: 'Scopes', rank: 3, align: 'right', cell: ({ scopes }) => counted(scopes.length, 'scope') },
    { key: 'ends', head: 'Ends', cell: (key) => <Ends of={key} />, sortBy: ({ expires_at: at }) => at },
    {
      key: 'used',
      head: 'Last used',
      rank: 2,
      cell: ({ last_used_at: at }) => (at === null ? 'never' : <Moment at={at} />),
      sortBy: ({ last_used_at: at }) => at,
    },
    {
      key: 'made',
      head: 'Made',
      rank: 3,
      cell: ({ created_at: at }) => <Moment at={at} />,
      sortBy: ({ created_at: at }) => at,
    },
  ]
}

function Ends({ of: { expires_at: at } }: { of: ApiKey }) {
  const expiry = expiryOf(at, new Date())
  if (expiry === 'never') return <>never</>
  if (expiry === 'over') return <StateBadge state="inactive" word="Over" />
  if (expiry === 'soon')
    return (
      <>
        <StateBadge state="warning" word="Soon:" /> <Moment at={at} />
      </>
    )
  return <Moment at={at} />
}

function KeyDetails({ of, owner, onDeleted }: { of: ApiKey; owner: string; onDeleted: () => void }) {
  const remove = useCall('DELETE /keys/{id}', {
    stale: ['/keys', '/activity'],
    onDone: () => {
      said(`The key ${of.name} is deleted.`)
      onDeleted()
    },
  })
  const ask = async () => {
    const what = 'Programs that use it are refused from then on. It cannot be undone.'
    if (await confirm({ title: `Delete the key ${of.name}`, what, verb: 'Delete key', hurts: true }))
      remove.mutate({ params: { id: of.id } }, { onError: saidProblem })
  }
  return (
    <Stack gap="md" align="stretch">
      <Facts
        of={[
          ['Owner', owner],
          ['Ends', <Ends key="ends" of={of} />],
          ['Last used', of.last_used_at === null ? 'never' : <Moment key="used" at={of.last_used_at} />],
          ['Made', <Moment key="made" at={of.created_at} />],
          ['Id', <code key="id">{of.id}</code>],
        ]}
      />
      <div>
        <Button variant="default" c="var(--deskside-bad)" onClick={() => void ask()} loading={remove.isPending}>
          Delete
        </Button>
      </div>
      <div>
        <Title order={3} mb={4}>
          What the key may do
        </Title>
        <Rights of={of.scopes} />
      </div>
    </Stack>
  )
}
