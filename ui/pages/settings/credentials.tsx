import { Button, Tabs } from '@mantine/core'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { said } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FilterSelect } from '../../parts/filter-select.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { counted, Moment } from '../../parts/values.tsx'
import { CredentialDetails } from './credentials/credential-details.tsx'
import { CredentialForm } from './credentials/credential-form.tsx'
import { HandOverForm } from './credentials/hand-over-form.tsx'
import { HandOvers } from './credentials/hand-overs.tsx'
import { CredentialState } from './credentials/state.tsx'
import type { CredentialType } from './credentials/types.ts'
import { useCredentialTypes } from './credentials/use-types.ts'
import { FilterBar } from './parts/filter-bar.tsx'
import { SettingsPage } from './parts/settings-page.tsx'

/** Credentials and the links by which somebody else enters a secret. */
export function Credentials() {
  const [search, setSearch] = useSearchState()
  const mayWrite = useMay('credential:write')
  const isLinks = search.tab === 'links'
  const isAdding = search.add !== undefined
  return (
    <SettingsPage
      title="Credentials"
      about="How Deskside signs in where it sends to. Secrets are encrypted, and nobody can read them."
      actions={
        mayWrite && (
          <>
            <Button variant="default" onClick={() => setSearch({ add: 'link', open: undefined, edit: undefined })}>
              Let somebody else enter it
            </Button>
            <Button
              leftSection={<Plus size={14} aria-hidden />}
              onClick={() => setSearch({ add: 'credential', open: undefined, edit: undefined, tab: undefined })}
            >
              Add credential
            </Button>
          </>
        )
      }
    >
      <Tabs
        value={isLinks ? 'links' : 'list'}
        onChange={(tab) => setSearch({ tab: tab === 'links' ? 'links' : undefined, open: undefined, edit: undefined })}
        mb="md"
      >
        <Tabs.List>
          <Tabs.Tab value="list">Credentials</Tabs.Tab>
          <Tabs.Tab value="links">Open links</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="list" pt="md">
          {!isLinks && <CredentialList />}
        </Tabs.Panel>
        <Tabs.Panel value="links" pt="md">
          {isLinks && <WithPanel list={<HandOvers />} panel={isAdding ? <AddPanel /> : null} isWide />}
        </Tabs.Panel>
      </Tabs>
    </SettingsPage>
  )
}

function CredentialList() {
  const [search] = useSearchState()
  const { types, titleOf } = useCredentialTypes()
  const list = useGet('GET /credentials', { query: search.q ? { q: search.q } : {} }, { keepsPrevious: true })
  const isOpen = search.open !== undefined || search.add !== undefined
  return (
    <>
      <FilterBar>
        <SearchInput label="Search credentials" />
        <FilterSelect
          name="type"
          label="Type"
          any="All types"
          data={types.map(({ type, title }) => ({ value: type, label: title }))}
          w={200}
        />
      </FilterBar>
      <WithAnswer of={list} loading="Reading the credentials">
        {({ items }) => (
          <WithPanel
            isWide
            list={
              <DataTable
                label="Credentials"
                rows={items.filter(({ body }) => search.type === undefined || body.type === search.type)}
                columns={columns(titleOf)}
                rowKey={({ key }) => key}
                rowTo={({ key }) => ({ to: '.', search: kept(search, key) })}
                openKey={search.open}
                empty={<Nothing isFiltered={search.q !== undefined || search.type !== undefined} />}
              />
            }
            panel={isOpen ? <OpenPanel items={items} types={types} /> : null}
          />
        )}
      </WithAnswer>
    </>
  )
}

function columns(titleOf: (type: unknown) => string): TableColumn<Definition>[] {
  return [
    { key: 'name', head: 'Name', cell: nameOf, sortBy: nameOf },
    { key: 'state', head: 'State', cell: (one) => <CredentialState of={one} /> },
    {
      key: 'type',
      head: 'Type',
      rank: 2,
      cell: ({ body }) => titleOf(body.type),
      sortBy: ({ body }) => titleOf(body.type),
    },
    {
      key: 'used_by',
      head: 'Used by',
      rank: 2,
      cell: ({ used_by: by }) => (by.length === 0 ? '—' : counted(by.length, 'destination')),
      sortBy: ({ used_by: by }) => by.length,
    },
    {
      key: 'updated',
      head: 'Last updated',
      rank: 3,
      cell: ({ updated_at: at }) => <Moment at={at} />,
      sortBy: ({ updated_at: at }) => at,
    },
  ]
}

const kept = (search: Record<string, string | undefined>, open: string) => ({ q: search.q, type: search.type, open })

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <EmptyState why="No credential has this text or type." />
  return (
    <EmptyState why="A credential is what Deskside signs in with where it sends to. Add one, or make a link by which the admin of the Zendesk account enters it." />
  )
}

function OpenPanel({ items, types }: { items: readonly Definition[]; types: readonly CredentialType[] }) {
  const [search, setSearch] = useSearchState()
  const [savedKey, setSavedKey] = useState<string | null>(null)
  const edit = (how: string) => {
    setSavedKey(null)
    setSearch({ edit: how })
  }
  const close = () => setSearch({ open: undefined, edit: undefined, add: undefined })
  const of = items.find(({ key }) => key === search.open)
  if (search.add !== undefined) return <AddPanel />
  if (of === undefined)
    return (
      <DetailsPanel title="Not here" onClose={close}>
        <EmptyState why={`There is no credential ${search.open}, or the search hides it.`} />
      </DetailsPanel>
    )
  return (
    <DetailsPanel key={of.key} title={nameOf(of)} onClose={close}>
      {search.edit === '1' && types.length > 0 ? (
        <CredentialForm
          of={of}
          types={types}
          onCancel={() => setSearch({ edit: undefined })}
          onSaved={(saved) => {
            said(`${nameOf(saved)} is saved.`)
            setSavedKey(saved.used_by.length > 0 ? saved.key : null)
            setSearch({ edit: undefined })
          }}
        />
      ) : search.edit === 'link' ? (
        <HandOverForm of={of} onClose={() => setSearch({ edit: undefined })} />
      ) : (
        <CredentialDetails
          of={of}
          types={types}
          isSaved={savedKey === of.key}
          onEdit={() => edit('1')}
          onHandOver={() => edit('link')}
          onDeleted={close}
        />
      )}
    </DetailsPanel>
  )
}

function AddPanel() {
  const [search, setSearch] = useSearchState()
  const { types } = useCredentialTypes()
  const close = () => setSearch({ add: undefined })
  if (search.add === undefined || types.length === 0) return null
  if (search.add === 'link')
    return (
      <DetailsPanel title="A link to enter a credential" onClose={close}>
        <HandOverForm of={null} onClose={close} />
      </DetailsPanel>
    )
  return (
    <DetailsPanel title="New credential" onClose={close}>
      <CredentialForm
        of={null}
        types={types}
        onCancel={close}
        onSaved={(saved) => {
          said(`${nameOf(saved)} is added.`)
          setSearch({ add: undefined, open: saved.key, q: undefined, type: undefined })
        }}
      />
    </DetailsPanel>
  )
}
