import { Button, Group, MultiSelect, PasswordInput, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Definition } from '../../../api/operations.ts'
import { useGet } from '../../../api/use.ts'
import { meanwhileOf } from '../../../parts/changed-meanwhile.tsx'
import { useSaving } from '../../../parts/definition-saving.ts'
import { SaveForm } from '../../../parts/save-form.tsx'
import { mistakesOf } from '../parts/mistakes.ts'

interface Mapping {
  group: string
  policies: string[]
  options: string[]
}

interface ProviderFormProps {
  of: Definition | null
  onSaved: (saved: Definition) => void
  onCancel: () => void
}

type Values = Record<string, unknown>

export function ProviderForm({ of, onSaved, onCancel }: ProviderFormProps) {
  const [values, setValues] = useState<Values>(() => ({ ...of?.body }))
  const saving = useSaving({
    path: '/identity-providers',
    of,
    onSaved,
    onTake: (theirs) => setValues({ ...theirs.body }),
  })
  const { data: known } = useGet('GET /policies')
  const mistakes = mistakesOf(saving.error?.problem)
  const set = (field: string, value: unknown) => setValues((before) => ({ ...before, [field]: value }))
  const text = (field: string) => ({
    value: String(values[field] ?? ''),
    onChange: (event: { currentTarget: { value: string } }) => set(field, event.currentTarget.value),
    error: mistakes[field],
  })
  const policies = (known?.policies ?? []).map(({ key, name }) => ({ value: key, label: name }))
  const options = (known?.options ?? []).map(({ key, name }) => ({ value: key, label: name }))
  return (
    <SaveForm
      label="Identity provider"
      verb={of === null ? 'Add provider' : 'Save'}
      isSaving={saving.isSaving}
      error={saving.error}
      meanwhile={meanwhileOf(saving, of, 'They replaced its secret.')}
      onSubmit={() => saving.save(bodyOf(values))}
      onCancel={onCancel}
    >
      <TextInput label="Name" description="People read it where they sign in." {...text('name')} />
      <TextInput
        label="Issuer"
        description="As the provider says it, such as https://id.example.com."
        {...text('issuer')}
      />
      <TextInput label="Client id" {...text('client_id')} />
      <PasswordInput
        label="Client secret"
        description={
          of === null ? 'Encrypted, and never shown again.' : 'Is set. Left empty, it stays, unless the issuer changes.'
        }
        autoComplete="new-password"
        {...text('client_secret')}
      />
      <TextInput label="Claim with the groups" placeholder="groups" {...text('groups_claim')} />
      <Mappings
        of={(values.mappings as Mapping[] | undefined) ?? []}
        policies={policies}
        options={options}
        mistakes={mistakes}
        onChange={(mappings) => set('mappings', mappings)}
      />
      <MultiSelect
        label="For those whose groups give no policy"
        description="Left empty, they do not come in."
        data={policies}
        value={Array.isArray(values.default_policies) ? (values.default_policies as string[]) : []}
        onChange={(value) => set('default_policies', value.length === 0 ? 'none' : value)}
        error={mistakes.default_policies}
      />
      <TagsInput
        label="Domains of e-mail addresses"
        description="Only people with a verified address in one of these sign in. Left empty, everybody does."
        value={(values.email_domains as string[] | undefined) ?? []}
        onChange={(value) => set('email_domains', value.length === 0 ? undefined : value)}
        error={mistakes.email_domains ?? mistakes['email_domains.0']}
      />
    </SaveForm>
  )
}

interface MappingsProps {
  of: Mapping[]
  policies: { value: string; label: string }[]
  options: { value: string; label: string }[]
  mistakes: Record<string, string>
  onChange: (mappings: Mapping[]) => void
}

function Mappings({ of, policies, options, mistakes, onChange }: MappingsProps) {
  const change = (at: number, changed: Partial<Mapping>) =>
    onChange(of.map((one, position) => (position === at ? { ...one, ...changed } : one)))
  return (
    <Stack gap="sm" role="group" aria-label="What groups give">
      <Text size="sm" fw={500}>
        What groups give
      </Text>
      <Text size="sm" c="dimmed">
        They are read at each sign-in. Without any, rights that administrators give stay.
      </Text>
      {of.map((one, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two mappings may be of the same group
        <Stack key={at} gap="xs" pl="sm">
          <TextInput
            label={`Group ${at + 1}`}
            value={one.group}
            onChange={(event) => change(at, { group: event.currentTarget.value })}
            error={mistakes[`mappings.${at}.group`] ?? mistakes[`mappings.${at}`]}
          />
          <MultiSelect
            label={`Policies of group ${at + 1}`}
            data={policies}
            value={one.policies ?? []}
            onChange={(value) => change(at, { policies: value })}
          />
          <MultiSelect
            label={`Options of group ${at + 1}`}
            data={options}
            value={one.options ?? []}
            onChange={(value) => change(at, { options: value })}
          />
          <Group>
            <Button variant="subtle" onClick={() => onChange(of.filter((_, position) => position !== at))}>
              Remove group {at + 1}
            </Button>
          </Group>
        </Stack>
      ))}
      <Group>
        <Button variant="default" onClick={() => onChange([...of, { group: '', policies: [], options: [] }])}>
          Add a group
        </Button>
      </Group>
    </Stack>
  )
}

function bodyOf(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== undefined))
}
