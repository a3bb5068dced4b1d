import { Button, Select } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { nameOf } from '../../api/definition.ts'
import { useMay, useMe } from '../../api/me.ts'
import { markStale, useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { said, saidProblem } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { membersOf, type SentKind, sentOf, sentWords } from './objects.ts'
import { OrchestrationForm } from './orchestration-form.tsx'

/** A new orchestration, of what `?new=<key>&kind=` names where it does. */
export function NewOrchestration() {
  const destinations = useGet('GET /destinations')
  const maySetUp = useMay('destination:write')
  const { ask } = useMe()
  return (
    <WithAnswer of={destinations} loading="Reading the destinations">
      {({ items }) => {
        if (items.length > 0) return <Form only={items.length === 1 ? items[0]?.key : undefined} />
        if (!maySetUp)
          return (
            <EmptyState
              why={`There is no destination that you may use. An operator sets one up${ask.length > 0 ? `: ask ${ask.join(', ')}` : ''}.`}
            />
          )
        return (
          <EmptyState
            why="There is no destination yet. It says which Zendesk account people are sent to, and how."
            action={
              <Button component={Link} to="/destinations/new">
                New destination
              </Button>
            }
          />
        )
      }}
    </WithAnswer>
  )
}

function Form({ only }: { only: string | undefined }) {
  const [search] = useSearchState()
  const navigate = useNavigate()
  const client = useQueryClient()
  const groups = useGet('GET /groups')
  const [group, setGroup] = useState<string | null>(null)
  const ours = (groups.data?.items ?? []).filter(({ source }) => source === 'ui')
  const kind = search.kind !== undefined && search.kind in sentWords ? (search.kind as SentKind) : 'query'
  const isNamed = search.new !== undefined && search.new !== 'yes'
  const create = useCall('POST /orchestrations', {
    stale: ['/orchestrations'],
    onDone: async ({ key }) => {
      const joined = ours.find((one) => one.key === group)
      if (joined !== undefined) {
        const body = { ...joined.body, orchestrations: [...membersOf(joined), key] }
        await call('PUT /groups/{key}', {
          params: { key: joined.key },
          body: { body },
          ifVersion: joined.version,
        }).catch(saidProblem)
        await markStale(client, ['/groups'])
      }
      said('The orchestration is there. Look at its plan before it runs.')
      void navigate({ to: '/orchestrations/$key', params: { key } })
    },
  })
  const initial = { ...(isNamed && { [kind]: search.new }), ...(only !== undefined && { destination: only }) }
  return (
    <OrchestrationForm
      initial={initial}
      verb="Create orchestration"
      isSaving={create.isPending}
      error={create.error}
      onSave={(body) => {
        // What is sent gives it its name.
        create.mutate({ body: { body: { name: sentOf({ body })?.key, ...body } } })
      }}
      onCancel={() => void navigate({ to: '/activations' })}
    >
      <Select
        label="When it runs"
        description="Begin by hand. Once its plan looks right, let a group run it."
        data={[
          { value: '', label: 'By hand' },
          ...ours.map((one) => ({ value: one.key, label: `With group ${nameOf(one)}` })),
        ]}
        value={group ?? ''}
        allowDeselect={false}
        onChange={(value) => setGroup(value === '' ? null : value)}
      />
    </OrchestrationForm>
  )
}
