import { Button, Stack, Text, Title } from '@mantine/core'
import { UserPlus } from 'lucide-react'
import { useMay, useMe } from '../../api/me.ts'
import type { Policies, User } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { Moment } from '../../parts/values.tsx'
import { FilterBar } from './parts/filter-bar.tsx'
import { Rights } from './parts/rights.tsx'
import { SettingsPage } from './parts/settings-page.tsx'
import { GrantList, grantNames } from './users/grants.tsx'
import { InviteForm } from './users/invite-form.tsx'
import { nameOfUser, stateOf, UserState } from './users/state.tsx'
import { UserActions } from './users/user-actions.tsx'
import { UserForm } from './users/user-form.tsx'

/** Who comes in, and what each may do. */
export function Users() {
  const [, setSearch] = useSearchState()
  const mayWrite = useMay('user:write')
  return (
    <SettingsPage
      title="Users and policies"
      about="Nobody registers: each user comes in by an invitation, or by single sign-on. Nobody gives more than they may do themselves."
      actions={
        mayWrite && (
          <Button
            leftSection={<UserPlus size={14} aria-hidden />}
            onClick={() => setSearch({ add: 'user', open: undefined, edit: undefined })}
          >
            Invite
          </Button>
        )
      }
    >
      <UserList />
    </SettingsPage>
  )
}

function UserList() {
  const [search, setSearch] = useSearchState()
  const users = useGet('GET /users')
  const { data: known } = useGet('GET /policies')
  const me = useMe()
  const wanted = (search.q ?? '').toLowerCase()
  const isFound = (user: User) =>
    `${user.name} ${user.email} ${grantNames(known, [...user.policies, ...user.options]).join(' ')}`
      .toLowerCase()
      .includes(wanted)
  const close = () => setSearch({ open: undefined, edit: undefined, add: undefined })
  return (
    <>
      <FilterBar>
        <SearchInput label="Search users" />
      </FilterBar>
      <WithAnswer of={users} loading="Reading the users">
        {({ items }) => (
          <WithPanel
            isWide
            list={
              <DataTable
                label="Users"
                rows={items.filter(isFound)}
                columns={columns(known, me.id)}
                rowKey={({ id }) => id}
                rowTo={({ id }) => ({ to: '.', search: { q: search.q, open: id } })}
                openKey={search.open}
                empty={<EmptyState why="No user has this name, address or policy." />}
              />
            }
            panel={
              search.add !== undefined && known !== undefined ? (
                <DetailsPanel title="Invite somebody" onClose={close}>
                  <InviteForm known={known} onClose={close} />
                </DetailsPanel>
              ) : search.open !== undefined ? (
                <UserPanel of={items.find(({ id }) => id === search.open)} known={known} onClose={close} />
              ) : null
            }
          />
        )}
      </WithAnswer>
    </>
  )
}

function columns(known: Policies | undefined, me: string): TableColumn<User>[] {
  return [
    {
      key: 'name',
      head: 'User',
      cell: (user) => (
        <>
          {nameOfUser(user)}
          {user.id === me && ' (you)'}
        </>
      ),
      sortBy: nameOfUser,
    },
    { key: 'email', head: 'E-mail address', rank: 3, cell: ({ email }) => email, sortBy: ({ email }) => email },
    { key: 'state', head: 'State', cell: (user) => <UserState of={user} />, sortBy: stateOf },
    {
      key: 'policies',
      head: 'Policies',
      rank: 2,
      cell: ({ policies }) => <GrantList names={grantNames(known, policies)} />,
    },
    { key: 'options', head: 'Options', rank: 3, cell: ({ options }) => grantNames(known, options).join(', ') || '—' },
    {
      key: 'seen',
      head: 'Last seen',
      rank: 3,
      cell: ({ last_seen_at: at }) => <Moment at={at} />,
      sortBy: ({ last_seen_at: at }) => at,
    },
  ]
}

interface UserPanelProps {
  of: User | undefined
  known: Policies | undefined
  onClose: () => void
}

function UserPanel({ of, known, onClose }: UserPanelProps) {
  const [search, setSearch] = useSearchState()
  const mayWrite = useMay('user:write')
  if (of === undefined)
    return (
      <DetailsPanel title="Not here" onClose={onClose}>
        <EmptyState why="There is no such user. It may have been deleted." />
      </DetailsPanel>
    )
  if (search.edit === '1' && known !== undefined && mayWrite)
    return (
      <DetailsPanel key={`${of.id} edit`} title={`Edit ${nameOfUser(of)}`} onClose={onClose}>
        <UserForm of={of} known={known} onClose={() => setSearch({ edit: undefined })} />
      </DetailsPanel>
    )
  return (
    <DetailsPanel key={of.id} title={nameOfUser(of)} onClose={onClose}>
      <UserDetails of={of} known={known} />
      {mayWrite && <UserActions of={of} onEdit={() => setSearch({ edit: '1' })} onDeleted={onClose} />}
      <MayDo of={of} />
    </DetailsPanel>
  )
}

function UserDetails({ of, known }: { of: User; known: Policies | undefined }) {
  return (
    <Stack mb="md">
      <Facts
        of={[
          ['State', <UserState key="state" of={of} />],
          ['E-mail address', of.email],
          ['Policies', <GrantList key="policies" names={grantNames(known, of.policies)} />],
          ['Options', <GrantList key="options" names={grantNames(known, of.options)} />],
          ['Signs in', signsIn(of)],
          of.link_until === null ? null : ['Open link until', <Moment key="link" at={of.link_until} />],
          ['Here since', <Moment key="created" at={of.created_at} />],
          ['Last seen', of.last_seen_at === null ? 'never' : <Moment key="seen" at={of.last_seen_at} />],
        ]}
      />
    </Stack>
  )
}

function signsIn({ has_password: hasPassword, single_sign_on: issuer }: User): string {
  const ways = [hasPassword ? 'with a password' : null, issuer === null ? null : `at ${issuer}`]
  return ways.filter((way) => way !== null).join(', or ') || 'not yet'
}

function MayDo({ of }: { of: User }) {
  return (
    <>
      <Title order={3} mt="lg" mb={4}>
        What this person may do
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {of.state === 'disabled' ? 'Nothing as long as the user is disabled.' : 'What policies and options come to.'}
      </Text>
      {of.state === 'disabled' ? null : <Rights of={of.may} />}
    </>
  )
}
