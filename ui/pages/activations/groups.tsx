import { Button, Group } from '@mantine/core'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { said } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { type State, StateBadge } from '../../parts/state-badge.tsx'
import { Moment } from '../../parts/values.tsx'
import { begins, GroupDetails } from './group-details.tsx'
import { GroupForm } from './group-form.tsx'
import { membersOf, nextOf } from './objects.ts'
import { ActivationTabs } from './tabs.tsx'

/** Which orchestrations run together, and what begins them. */
export function Groups() {
  const mayWrite = useMay('orchestration:write')
  const [{ q, open }, setSearch] = useSearchState()
  const groups = useGet('GET /groups', { query: { ...(q !== undefined && { q }) } }, { keepsPrevious: true })
  return (
    <>
      <PageHead
        title="Activations"
        about="Orchestrations that run together, and what begins them."
        actions={
          mayWrite && <Button onClick={() => setSearch({ open: 'new', edit: undefined }, true)}>New group</Button>
        }
      />
      <ActivationTabs />
      <WithAnswer of={groups} loading="Reading the groups">
        {({ items }) => {
          const isOpen = items.some(({ key }) => key === open) || (open === 'new' && mayWrite)
          return (
            <WithPanel
              isWide
              list={<GroupTable items={items} open={open} />}
              panel={isOpen ? <Panel key={open} items={items} /> : null}
            />
          )
        }}
      </WithAnswer>
    </>
  )
}

function Panel({ items }: { items: readonly Definition[] }) {
  const mayWrite = useMay('orchestration:write')
  const [{ open, edit }, setSearch] = useSearchState()
  const chosen = items.find(({ key }) => key === open)
  const close = () => setSearch({ open: undefined, edit: undefined })
  const onSaved = ({ key }: Definition) => {
    said('The group is saved.')
    setSearch({ open: key, edit: undefined })
  }
  if (chosen === undefined)
    return (
      <DetailsPanel title="New group" onClose={close}>
        <GroupForm of={null} onSaved={onSaved} onCancel={close} />
      </DetailsPanel>
    )
  const isEditing = edit !== undefined && mayWrite && chosen.source === 'ui'
  return (
    <DetailsPanel title={nameOf(chosen)} onClose={close}>
      {isEditing ? (
        <GroupForm of={chosen} onSaved={onSaved} onCancel={() => setSearch({ edit: undefined })} />
      ) : (
        <GroupDetails of={chosen} onEdit={() => setSearch({ edit: 'yes' })} onDeleted={close} />
      )}
    </DetailsPanel>
  )
}

const lastOf = ({ status }: Definition) => status.last_run as { state: State; started_at: string } | null | undefined

function GroupTable({ items, open }: { items: readonly Definition[]; open: string | undefined }) {
  return (
    <>
      <Group mb="sm">
        <SearchInput label="Search groups" />
      </Group>
      <DataTable
        label="Groups"
        rows={items}
        rowKey={({ key }) => key}
        rowTo={({ key }) => ({ to: '/activations/groups', search: { open: key } })}
        openKey={open}
        empty={<EmptyState why="There is no group. Without one, every orchestration runs by hand." />}
        columns={[
          { key: 'name', head: 'Group', cell: nameOf, sortBy: nameOf },
          { key: 'run', head: 'Begins', cell: begins },
          { key: 'enabled', head: 'Enabled', rank: 3, cell: ({ body }) => (body.enabled === false ? 'No' : 'Yes') },
          { key: 'members', head: 'Orchestrations', align: 'right', rank: 3, cell: (one) => membersOf(one).length },
          { key: 'next', head: 'Next run', rank: 2, cell: (one) => <Moment at={nextOf(one)} /> },
          {
            key: 'last',
            head: 'Last run',
            rank: 2,
            cell: (one) => {
              const last = lastOf(one)
              return last == null ? 'Never ran' : <StateBadge state={last.state} />
            },
          },
        ]}
      />
    </>
  )
}
