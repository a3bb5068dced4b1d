import { Button, Group, PasswordInput, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Definition } from '../../../api/operations.ts'
import { meanwhileOf } from '../../../parts/changed-meanwhile.tsx'
import { useSaving } from '../../../parts/definition-saving.ts'
import { SaveForm } from '../../../parts/save-form.tsx'
import { mistakesOf } from '../parts/mistakes.ts'
import type { CredentialField, CredentialType } from './types.ts'

interface CredentialFormProps {
  of: Definition | null
  types: readonly CredentialType[]
  onSaved: (saved: Definition) => void
  onCancel: () => void
}

/** What is entered: texts by field. A secret that is not in it stays as it is. */
type Values = Record<string, string>

export function CredentialForm({ of, types, onSaved, onCancel }: CredentialFormProps) {
  const [values, setValues] = useState<Values>(() => valuesOf(of, types))
  const saving = useSaving({
    path: '/credentials',
    of,
    onSaved,
    onTake: (theirs) => setValues(valuesOf(theirs, types)),
  })
  const mistakes = mistakesOf(saving.error?.problem)
  const type = types.find((one) => one.type === values.type)
  const set = (field: string) => (value: string | undefined) =>
    setValues(({ [field]: _, ...rest }) => (value === undefined ? rest : { ...rest, [field]: value }))
  const text = (field: string) => ({
    value: values[field] ?? '',
    onChange: (event: { currentTarget: { value: string } }) => set(field)(event.currentTarget.value),
    error: mistakes[field],
  })
  return (
    <SaveForm
      label={of === null ? 'New credential' : 'Credential'}
      verb={of === null ? 'Add credential' : 'Save'}
      isSaving={saving.isSaving}
      error={saving.error}
      meanwhile={meanwhileOf(saving, of, 'They replaced its secret.')}
      onSubmit={() => saving.save(bodyOf(values))}
      onCancel={onCancel}
    >
      <Select
        label="Type"
        data={types.map((one) => ({ value: one.type, label: one.title }))}
        value={values.type ?? null}
        onChange={(value) => set('type')(value ?? undefined)}
        disabled={of !== null}
        allowDeselect={false}
        error={mistakes.type}
      />
      <TextInput label="Name" description="What people read in lists." {...text('name')} />
      {type?.fields.map((field) => (
        <Field
          key={field.name}
          of={field}
          isSet={of?.secrets.includes(field.name) ?? false}
          value={values[field.name]}
          error={mistakes[field.name]}
          onChange={set(field.name)}
        />
      ))}
      <Textarea label="Description" autosize minRows={2} {...text('description')} />
      <Text size="sm" c="dimmed">
        {(of?.used_by.length ?? 0) > 0
          ? 'Saving tests it at each destination that uses it first. What an account refuses is not saved.'
          : 'No destination uses it yet, so it is saved untested. The first destination tests it.'}
      </Text>
    </SaveForm>
  )
}

interface FieldProps {
  of: CredentialField
  isSet: boolean
  value: string | undefined
  error: string | undefined
  onChange: (value: string | undefined) => void
}

function Field({ of: { title, isSecret }, isSet, value, error, onChange }: FieldProps) {
  if (!isSecret)
    return (
      <TextInput
        label={title}
        value={value ?? ''}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    )
  if (isSet && value === undefined)
    return (
      <Stack gap={4}>
        <Text size="sm" fw={500}>
          {title}
        </Text>
        <Group gap="sm">
          <Text size="sm">Is set. Nobody can read it.</Text>
          <Button variant="default" aria-label={`Replace: ${title}`} onClick={() => onChange('')}>
            Replace
          </Button>
        </Group>
      </Stack>
    )
  return (
    <Stack gap={4}>
      <PasswordInput
        label={title}
        description="Encrypted when it is saved, and never shown again."
        autoComplete="new-password"
        value={value ?? ''}
        error={error}
        aria-invalid={error !== undefined || undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {isSet && (
        <Group>
          <Button variant="subtle" onClick={() => onChange(undefined)}>
            Keep the present one
          </Button>
        </Group>
      )}
    </Stack>
  )
}

function valuesOf(of: Definition | null, types: readonly CredentialType[]): Values {
  if (of === null) return types[0] === undefined ? {} : { type: types[0].type }
  return Object.fromEntries(Object.entries(of.body).map(([field, value]) => [field, String(value)]))
}

/** What is empty is left out, so that the API says that it is missing. */
function bodyOf(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values)
      .map(([field, value]) => [field, value.trim()] as const)
      .filter(([, value]) => value !== ''),
  )
}
