import { NumberInput, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { nameOf } from '../../../api/definition.ts'
import type { Definition } from '../../../api/operations.ts'
import { useCall } from '../../../api/use.ts'
import { SaveForm } from '../../../parts/save-form.tsx'
import { Moment } from '../../../parts/values.tsx'
import { mistakesOf } from '../parts/mistakes.ts'
import { ShownOnce } from '../parts/shown-once.tsx'
import { useCredentialTypes } from './use-types.ts'

interface HandOverFormProps {
  /** Whose secret is replaced; null: a new credential. */
  of: Definition | null
  onClose: () => void
}

/** Makes the link by which somebody else enters a secret, and shows it once. */
export function HandOverForm({ of, onClose }: HandOverFormProps) {
  const make = useCall('POST /hand-overs', { stale: ['/hand-overs'] })
  const made = make.data
  if (made?.path)
    return (
      <ShownOnce
        label="Link"
        value={new URL(made.path, window.location.origin).href}
        what={
          <>
            Send it to the one person who has the secret of {made.hand_over.name}. It is good for one use until{' '}
            <Moment at={made.hand_over.expires_at} />. What they enter is tested and encrypted; you never see it.
          </>
        }
        onDone={onClose}
      />
    )
  return <Asking of={of} make={make} onClose={onClose} />
}

interface AskingProps extends HandOverFormProps {
  make: ReturnType<typeof useCall<'POST /hand-overs'>>
}

function Asking({ of, make, onClose }: AskingProps) {
  const { types } = useCredentialTypes()
  const [values, setValues] = useState<Record<string, string>>({ type: types[0]?.type ?? '' })
  const [hours, setHours] = useState<number | string>(72)
  const mistakes = mistakesOf(make.error?.problem)
  const type = types.find((one) => one.type === values.type)
  const text = (field: string, mistake = field) => ({
    value: values[field] ?? '',
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget
      setValues((before) => ({ ...before, [field]: value }))
    },
    error: mistakes[mistake],
  })
  const submit = () => make.mutate({ body: requestOf(of, values, hours) })
  return (
    <SaveForm
      label="Link"
      verb="Make link"
      isSaving={make.isPending}
      error={make.error}
      onSubmit={submit}
      onCancel={onClose}
    >
      <Text size="sm">
        Whoever opens the link enters the secret on a page of this server, once. It goes straight into the store, and no
        mail or chat ever holds it.
      </Text>
      {of === null ? (
        <>
          <Select
            label="Type"
            data={types.map((one) => ({ value: one.type, label: one.title }))}
            value={values.type ?? null}
            onChange={(value) => setValues({ ...values, type: value ?? '' })}
            allowDeselect={false}
            error={mistakes.type}
          />
          <TextInput label="Name of the credential" description="That person reads it." {...text('name')} />
          {type?.fields
            .filter(({ isSecret }) => !isSecret)
            .map(({ name, title }) => (
              <TextInput
                key={name}
                label={title}
                description="Leave it empty when that person knows it."
                {...text(name)}
              />
            ))}
          <TextInput
            label="Subdomain of the account"
            description="What is entered is tried there before it is saved. Left empty, it is saved untested."
            {...text('subdomain', 'account.subdomain')}
          />
        </>
      ) : (
        <Text size="sm">The secret of {nameOf(of)} is replaced. The rest stays.</Text>
      )}
      <Stack gap="md">
        <NumberInput
          label="Good for (hours)"
          description="1 to 336"
          min={1}
          max={336}
          value={hours}
          onChange={setHours}
          error={mistakes.hours}
        />
        <Textarea
          label="Note"
          description="For the person who opens the link."
          autosize
          minRows={2}
          {...text('note')}
        />
      </Stack>
    </SaveForm>
  )
}

/** What is empty is left to the person with the link, or to the API. */
export function requestOf(of: Definition | null, values: Record<string, string>, hours: number | string) {
  const { note = '', subdomain = '', ...body } = values
  const common = { hours: Number(hours), note: note.trim() }
  if (of !== null) return { credential: of.key, ...common }
  const given = Object.entries(body).filter(([, value]) => value.trim() !== '')
  return {
    body: Object.fromEntries(given.map(([field, value]) => [field, value.trim()])),
    ...(subdomain.trim() !== '' && { account: { subdomain: subdomain.trim() } }),
    ...common,
  }
}
