import { Button, Stack } from '@mantine/core'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { DetailsPanel, WithPanel } from '../../parts/details-panel.tsx'
import { said } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { counted, Moment } from '../../parts/values.tsx'
import { DefinitionActions } from './parts/definition-panel.tsx'
import { SettingsPage } from './parts/settings-page.tsx'
import { Copied } from './parts/shown-once.tsx'
import { ProviderForm } from './sso/provider-form.tsx'

/** Identity providers where people sign in. */
export function SingleSignOn() {
  const [search, setSearch] = useSearchState()
  const mayWrite = useMay('user:write')
  const providers = useGet('GET /identity-providers')
  const close = () => setSearch({ open: undefined, edit: undefined, add: undefined })
  const saved = (one: Definition) => {
    said(`${nameOf(one)} is saved.`)
    setSearch({ open: one.key, edit: undefined, add: undefined })
  }
  const panel = (items: readonly Definition[]) => {
    const of = items.find(({ key }) => key === search.open) ?? null
    const isForm = mayWrite && (search.add !== undefined || (of !== null && search.edit !== undefined))
    if (of === null && !isForm) return null
    return (
      <DetailsPanel key={`${search.open} ${isForm}`} title={of === null ? 'New provider' : nameOf(of)} onClose={close}>
        {isForm ? (
          <ProviderForm of={of} onSaved={saved} onCancel={of === null ? close : () => setSearch({ edit: undefined })} />
        ) : (
          of !== null && <ProviderDetails of={of} onEdit={() => setSearch({ edit: '1' })} onDeleted={close} />
        )}
      </DetailsPanel>
    )
  }
  return (
    <SettingsPage
      title="Single sign-on"
      about="People sign in at a provider that speaks OpenID Connect, and its groups decide what they may do. Passwords go on working beside it."
      actions={
        mayWrite && (
          <Button onClick={() => setSearch({ add: '1', open: undefined, edit: undefined })}>Add provider</Button>
        )
      }
    >
      <WithAnswer of={providers} loading="Reading the identity providers">
        {({ items }) => (
          <WithPanel
            isWide
            list={
              <DataTable
                label="Identity providers"
                rows={items}
                columns={columns}
                rowKey={({ key }) => key}
                rowTo={({ key }) => ({ to: '.', search: { open: key } })}
                openKey={search.open}
                empty={
                  <EmptyState why="Nobody signs in at a provider yet. Make an application at yours, then add the provider here." />
                }
              />
            }
            panel={panel(items)}
          />
        )}
      </WithAnswer>
    </SettingsPage>
  )
}

const columns: TableColumn<Definition>[] = [
  { key: 'name', head: 'Name', cell: nameOf, sortBy: nameOf },
  { key: 'issuer', head: 'Issuer', rank: 2, cell: ({ body }) => String(body.issuer) },
  {
    key: 'groups',
    head: 'Groups',
    rank: 3,
    cell: ({ body }) => counted(((body.mappings as unknown[]) ?? []).length, 'group'),
  },
  { key: 'at', head: 'Last updated', rank: 3, cell: ({ updated_at: at }) => <Moment at={at} /> },
]

interface ProviderDetailsProps {
  of: Definition
  onEdit: () => void
  onDeleted: () => void
}

function ProviderDetails({ of, onEdit, onDeleted }: ProviderDetailsProps) {
  const { body } = of
  const mayWrite = useMay('user:write')
  const redirect = `${window.location.origin}/api/v1/sign-in/${encodeURIComponent(of.key)}/callback`
  return (
    <Stack>
      <Copied
        label="Redirect URI"
        description="Enter it at the provider. DESKSIDE_PUBLIC_URL has to be the address of this page."
        value={redirect}
      />
      <Facts
        of={[
          ['Issuer', String(body.issuer)],
          ['Client id', String(body.client_id)],
          ['Client secret', of.secrets.includes('client_secret') ? 'is set' : 'is not set'],
          ['Claim with the groups', String(body.groups_claim ?? 'groups')],
          ['Groups', ((body.mappings as { group: string }[]) ?? []).map(({ group }) => group).join(', ') || 'none'],
          [
            'For others',
            Array.isArray(body.default_policies) ? body.default_policies.join(', ') || 'no policy' : 'no policy',
          ],
          ['Domains', Array.isArray(body.email_domains) ? body.email_domains.join(', ') : 'all'],
        ]}
      />
      {mayWrite && (
        <DefinitionActions
          of={of}
          path="/identity-providers"
          noun="provider"
          what="Nobody signs in there from then on. Users stay, and those with a password still come in."
          onEdit={onEdit}
          onDeleted={onDeleted}
        />
      )}
    </Stack>
  )
}
