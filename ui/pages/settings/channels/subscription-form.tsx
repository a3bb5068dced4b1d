import { Checkbox, MultiSelect, Select, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { nameOf } from '../../../api/definition.ts'
import { useMay } from '../../../api/me.ts'
import type { Definition } from '../../../api/operations.ts'
import { useGet } from '../../../api/use.ts'
import { meanwhileOf } from '../../../parts/changed-meanwhile.tsx'
import { useSaving } from '../../../parts/definition-saving.ts'
import { SaveForm } from '../../../parts/save-form.tsx'
import { mistakesOf } from '../parts/mistakes.ts'
import { events } from './events.ts'

interface SubscriptionFormProps {
  of: Definition | null
  channels: readonly Definition[]
  onSaved: (saved: Definition) => void
  onCancel: () => void
}

/** Who is told what, through which channel. Thresholds that were set elsewhere stay. */
export function SubscriptionForm({ of, channels, onSaved, onCancel }: SubscriptionFormProps) {
  const [values, setValues] = useState<Record<string, unknown>>(
    () =>
      of?.body ?? {
        orchestrations: 'all',
        events: ['failed', 'recovered'],
        channel: channels[0]?.key ?? '',
        target: '',
      },
  )
  const saving = useSaving({ path: '/subscriptions', of, onSaved, onTake: (theirs) => setValues(theirs.body) })
  const mayRead = useMay('orchestration:read')
  const { data: orchestrations } = useGet('GET /orchestrations', {}, { enabled: mayRead })
  const mistakes = mistakesOf(saving.error?.problem)
  const set = (field: string, value: unknown) => setValues((before) => ({ ...before, [field]: value }))
  const isMail = channels.find(({ key }) => key === values.channel)?.body.type === 'smtp'
  const chosen = Array.isArray(values.orchestrations) ? (values.orchestrations as string[]) : []
  return (
    <SaveForm
      label="Subscription"
      verb={of === null ? 'Add subscription' : 'Save'}
      isSaving={saving.isSaving}
      error={saving.error}
      meanwhile={meanwhileOf(saving, of)}
      onSubmit={() => saving.save({ ...values, target: isMail ? values.target : '' })}
      onCancel={onCancel}
    >
      <Select
        label="Channel"
        data={channels.map((one) => ({ value: one.key, label: nameOf(one) }))}
        value={String(values.channel ?? '') || null}
        onChange={(value) => set('channel', value ?? '')}
        allowDeselect={false}
        error={mistakes.channel}
      />
      {isMail && (
        <TextInput
          label="E-mail address"
          type="email"
          value={String(values.target ?? '')}
          onChange={(event) => set('target', event.currentTarget.value)}
          error={mistakes.target}
        />
      )}
      <MultiSelect
        label="Orchestrations"
        description="Left empty, all of them."
        data={(orchestrations?.items ?? []).map((one) => ({ value: one.key, label: nameOf(one) }))}
        value={chosen}
        onChange={(value) => set('orchestrations', value.length === 0 ? 'all' : value)}
        error={mistakes.orchestrations}
      />
      <Checkbox.Group
        label="What to tell"
        value={(values.events as string[] | undefined) ?? []}
        onChange={(value) => set('events', value)}
        error={mistakes.events && 'Choose at least one event.'}
      >
        <Stack gap={6} mt="xs">
          {events.map(({ value, label }) => (
            <Checkbox
              key={value}
              size="xs"
              value={value}
              label={label}
              aria-invalid={mistakes.events !== undefined || undefined}
            />
          ))}
        </Stack>
      </Checkbox.Group>
    </SaveForm>
  )
}
