import { Anchor, Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMe } from '../../../api/me.ts'
import { useCall, useGet } from '../../../api/use.ts'
import { SaveForm } from '../../../parts/save-form.tsx'
import { mistakesOf } from '../parts/mistakes.ts'
import { rightsByGroup } from '../parts/right-groups.ts'
import { ShownOnce } from '../parts/shown-once.tsx'

const DAY_MS = 86_400_000
const ends = [
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: 'never', label: 'Never' },
]

/** Makes a key, and shows it once. */
export function KeyForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<string[]>([])
  const [end, setEnd] = useState('90')
  const make = useCall('POST /keys', { stale: ['/keys', '/activity'] })
  const mistakes = mistakesOf(make.error?.problem)
  if (make.data?.secret)
    return (
      <ShownOnce
        label="Key"
        value={make.data.secret}
        what={
          <>
            A program sends it as header <code>authorization: Bearer</code>. The{' '}
            <Anchor href="/api/docs" inherit>
              reference of the API
            </Anchor>{' '}
            tells what each path needs.
          </>
        }
        onDone={onClose}
      />
    )
  const submit = () => {
    const expires = end === 'never' ? null : new Date(Date.now() + Number(end) * DAY_MS).toISOString()
    make.mutate({ body: { name: name.trim(), scopes, expires_at: expires } as never })
  }
  return (
    <SaveForm
      label="New API key"
      verb="Make key"
      isSaving={make.isPending}
      error={make.error}
      onSubmit={submit}
      onCancel={onClose}
    >
      <TextInput
        label="Name"
        description="The program that uses it."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={mistakes.name}
      />
      <Select
        label="Ends"
        data={ends}
        value={end}
        onChange={(value) => setEnd(value ?? '90')}
        allowDeselect={false}
        error={mistakes.expires_at}
      />
      <Scopes chosen={scopes} mistake={mistakes.scopes && 'Choose at least one scope.'} onChange={setScopes} />
    </SaveForm>
  )
}

interface ScopesProps {
  chosen: string[]
  mistake: string | undefined
  onChange: (chosen: string[]) => void
}

/** Scopes are actions, none beyond what one may do. */
function Scopes({ chosen, mistake, onChange }: ScopesProps) {
  const { may } = useMe()
  const { data } = useGet('GET /actions')
  const reading = may.filter((action) => action.endsWith(':read'))
  return (
    <Checkbox.Group
      label="Scopes"
      description="What the key may do, as long as you may do it, too. Nothing else."
      value={chosen}
      onChange={onChange}
      error={mistake}
    >
      <Group gap="xs" my="xs">
        <Button variant="default" size="compact-xs" onClick={() => onChange(reading)}>
          Reading only
        </Button>
        <Button variant="default" size="compact-xs" onClick={() => onChange([])}>
          None
        </Button>
      </Group>
      <Stack gap="sm">
        {rightsByGroup(data?.items ?? [], may).map(({ group, rights }) => (
          <div key={group}>
            <Text size="sm" fw={600} mb={4}>
              {group}
            </Text>
            <Stack gap={6}>
              {rights.map(({ action, description }) => (
                <Checkbox
                  key={action}
                  size="xs"
                  value={action}
                  label={description}
                  description={action}
                  aria-invalid={mistake !== undefined || undefined}
                />
              ))}
            </Stack>
          </div>
        ))}
      </Stack>
    </Checkbox.Group>
  )
}
