import { NumberInput, PasswordInput, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Definition } from '../../../api/operations.ts'
import { meanwhileOf } from '../../../parts/changed-meanwhile.tsx'
import { useSaving } from '../../../parts/definition-saving.ts'
import { SaveForm } from '../../../parts/save-form.tsx'
import { mistakesOf } from '../parts/mistakes.ts'

export const channelTypes: Record<string, string> = { smtp: 'E-mail', slack: 'Slack', webhook: 'Webhook' }

const secretTitles: Record<string, string> = {
  password: 'Password',
  url: 'Address of the webhook',
  token: 'Token that requests are signed with',
}
const secretsOf: Record<string, string[]> = { smtp: ['password'], slack: ['url'], webhook: ['url', 'token'] }

interface ChannelFormProps {
  of: Definition | null
  onSaved: (saved: Definition) => void
  onCancel: () => void
}

type Values = Record<string, unknown>
const fresh: Values = { type: 'smtp', port: 587, secure: false }

export function ChannelForm({ of, onSaved, onCancel }: ChannelFormProps) {
  const [values, setValues] = useState<Values>(() => ({ ...(of?.body ?? fresh) }))
  const saving = useSaving({ path: '/channels', of, onSaved, onTake: (theirs) => setValues({ ...theirs.body }) })
  const mistakes = mistakesOf(saving.error?.problem)
  const set = (field: string, value: unknown) => setValues((before) => ({ ...before, [field]: value }))
  const text = (field: string) => ({
    value: String(values[field] ?? ''),
    onChange: (event: { currentTarget: { value: string } }) => set(field, event.currentTarget.value),
    error: mistakes[field],
  })
  const type = String(values.type)
  return (
    <SaveForm
      label="Channel"
      verb={of === null ? 'Add channel' : 'Save'}
      isSaving={saving.isSaving}
      error={saving.error}
      meanwhile={meanwhileOf(saving, of, 'They replaced its secret.')}
      onSubmit={() => saving.save(bodyOf(values))}
      onCancel={onCancel}
    >
      <Select
        label="Type"
        data={Object.entries(channelTypes).map(([value, label]) => ({ value, label }))}
        value={type}
        onChange={(value) => setValues({ ...(value === 'smtp' ? fresh : {}), name: values.name, type: value })}
        allowDeselect={false}
        disabled={of !== null}
      />
      <TextInput label="Name" {...text('name')} />
      {type === 'smtp' && (
        <>
          <TextInput label="Mail server" {...text('host')} />
          <Select
            label="Encryption"
            data={[
              { value: 'false', label: 'STARTTLS, usually port 587' },
              { value: 'true', label: 'TLS from the first byte, usually port 465' },
            ]}
            value={String(values.secure === true)}
            onChange={(value) => setValues({ ...values, secure: value === 'true', port: value === 'true' ? 465 : 587 })}
            allowDeselect={false}
          />
          <NumberInput
            label="Port"
            value={Number(values.port)}
            onChange={(value) => set('port', Number(value))}
            error={mistakes.port}
          />
          <TextInput label="Sender" description="An e-mail address." {...text('from')} />
          <TextInput label="User" description="Left empty, nobody signs in at the mail server." {...text('user')} />
        </>
      )}
      {(secretsOf[type] ?? []).map((field) => (
        <PasswordInput
          key={field}
          label={secretTitles[field]}
          description={
            of?.secrets.includes(field)
              ? 'Is set. Left empty, it stays.'
              : 'Encrypted when it is saved, and never shown again.'
          }
          autoComplete="new-password"
          {...text(field)}
        />
      ))}
    </SaveForm>
  )
}

function bodyOf(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== undefined))
}
