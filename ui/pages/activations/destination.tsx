import { Anchor, Button, Menu, Stack } from '@mantine/core'
import { Link, useLocation, useNavigate, useParams } from '@tanstack/react-router'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { meanwhileOf } from '../../parts/changed-meanwhile.tsx'
import { useSaving } from '../../parts/definition-saving.ts'
import { useDeletion } from '../../parts/deletion.tsx'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { Facts } from '../../parts/facts.tsx'
import { ObjectLink } from '../../parts/object-link.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { counted } from '../../parts/values.tsx'
import { ConnectionTest, Fields } from './destination-checks.tsx'
import { DestinationForm } from './destination-form.tsx'
import { Guards } from './guards.tsx'
import { words } from './maps.ts'

/** One destination: its settings, whether it can be reached, its user fields, and what uses it. */
export function Destination() {
  const { key = '' } = useParams({ strict: false })
  const found = useGet('GET /destinations/{key}', { params: { key } })
  return (
    <WithAnswer of={found} loading="Reading the destination" page={`Destination ${key}`}>
      {(destination) => <Page of={destination} />}
    </WithAnswer>
  )
}

function Page({ of }: { of: Definition }) {
  const [search, setSearch] = useSearchState()
  const mayWrite = useMay('destination:write') && of.source === 'ui'
  const isEditing = mayWrite && search.edit !== undefined
  const isNew = useLocation({ select: ({ state }) => state.isSaved === true })
  const [savedVersion, setSavedVersion] = useState<number | null>(null)
  return (
    <>
      <PageHead
        title={nameOf(of)}
        about={String(of.body.description ?? '')}
        actions={
          <>
            {mayWrite && !isEditing && <Button onClick={() => setSearch({ edit: 'yes' }, true)}>Edit</Button>}
            <Actions of={of} />
          </>
        }
      />
      <Stack gap="xl">
        {isEditing ? (
          <Edit of={of} onSaved={setSavedVersion} onEnd={() => setSearch({ edit: undefined })} />
        ) : (
          <Settings of={of} />
        )}
        <ConnectionTest key={savedVersion} of={of.key} isSaved={isNew || savedVersion !== null} />
        <Fields of={of.key} />
      </Stack>
    </>
  )
}

const shown = (value: unknown): string => {
  if (value === true) return 'Yes'
  if (value === false) return 'No'
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, one]) => `${words(name).toLowerCase()}: ${shown(one)}`)
    .join(', ')
}
const named = [
  'plugin',
  'name',
  'description',
  'user_fields',
  'guards',
  'credential',
  'subdomain',
  'admin_only',
  'limited_pii',
]

function Settings({ of }: { of: Definition }) {
  const { body } = of
  const maySeeCredentials = useMay('credential:read')
  const rest = Object.entries(body).filter(([name]) => !named.includes(name))
  const credential = String(body.credential)
  return (
    <Facts
      of={[
        ['Account', `${String(body.subdomain)}.zendesk.com`],
        [
          'Credential',
          maySeeCredentials ? (
            <Anchor
              key="credential"
              component={Link}
              to={`/settings/credentials?open=${encodeURIComponent(credential)}`}
              inherit
            >
              {credential}
            </Anchor>
          ) : (
            credential
          ),
        ],
        ...rest.map(([name, value]) => [words(name), shown(value)] as const),
        ['Guards', <Guards key="guards" of={of.key} />],
        [
          'Who may use it',
          body.admin_only === true ? 'Operators and administrators only' : 'Everybody who runs orchestrations',
        ],
        ['Restricted users', body.limited_pii === true ? 'May send here, without seeing values' : 'May not send here'],
        ['Used by', <Users key="used" of={of.used_by} />],
        ['Comes from', of.source === 'git' ? 'deskside.yml: change it there and apply it' : 'This server'],
      ]}
    />
  )
}

function Users({ of }: { of: readonly string[] }) {
  if (of.length === 0) return <>Nothing</>
  return (
    <>
      {of.map((name, index) => (
        <span key={name}>
          {index > 0 && ', '}
          <ObjectLink name={name} />
        </span>
      ))}
    </>
  )
}

function Edit({ of, onSaved: told, onEnd }: { of: Definition; onSaved: (version: number) => void; onEnd: () => void }) {
  const [from, setFrom] = useState(of)
  const plugins = useGet('GET /plugins')
  const onSaved = ({ version }: Definition) => {
    told(version)
    said('The destination is saved.')
    onEnd()
  }
  const saving = useSaving({ path: '/destinations', of, onSaved, onTake: setFrom })
  return (
    <WithAnswer of={plugins} loading="Reading the settings of the plugin">
      {({ items }) => (
        <DestinationForm
          key={from.version}
          initial={from.body}
          settings={items.find(({ key }) => key === from.body.plugin)?.settings ?? {}}
          verb="Save"
          isSaving={saving.isSaving}
          error={saving.error}
          meanwhile={meanwhileOf(saving, from)}
          onSave={saving.save}
          onCancel={onEnd}
        />
      )}
    </WithAnswer>
  )
}

function Actions({ of }: { of: Definition }) {
  const navigate = useNavigate()
  const mayWrite = useMay('destination:write')
  const mayForget = useMay('destination:forget')
  const stale = ['/destinations']
  const params = { key: of.key }
  const onError = saidProblem
  const clone = useCall('POST /destinations/{key}/clone', {
    stale,
    onDone: ({ key }) => void navigate({ to: '/destinations/$key', params: { key } }),
  })
  const forget = useCall('POST /destinations/{key}/forget', {
    onDone: ({ forgotten }) => said(`${counted(forgotten, 'person', 'people')} forgotten.`),
  })
  const deletion = useDeletion('/destinations', {
    noun: 'destination',
    what: 'Nothing uses it. The account and its people stay.',
    onDeleted: () => navigate({ to: '/activations/destinations' }),
  })
  if (!mayWrite && !mayForget) return null
  const askForget = async () => {
    const what =
      'What was delivered to this account is forgotten. Zendesk is not touched; the next run sends everybody again.'
    if (await confirm({ title: `Forget ${nameOf(of)}`, what, verb: 'Forget', hurts: true }))
      forget.mutate({ params }, { onError })
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" rightSection={<ChevronDown size={14} aria-hidden />}>
          Actions
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {mayWrite && (
          <Menu.Item onClick={() => clone.mutate({ params, body: { name: `Copy of ${nameOf(of)}` } }, { onError })}>
            Clone
          </Menu.Item>
        )}
        {mayForget && <Menu.Item onClick={() => void askForget()}>Forget what was delivered</Menu.Item>}
        {mayWrite && of.source === 'ui' && (
          <Menu.Item c="var(--deskside-bad)" onClick={() => void deletion.ask(of)}>
            Delete
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
