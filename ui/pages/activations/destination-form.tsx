import { Anchor, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { Problem } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { ProblemCard } from '../../parts/problem-card.tsx'
import classes from './activations.module.css'
import { mistakesOf, nameOf, pruned, withValue } from './objects.ts'
import { type Schema, SettingsFields } from './settings-fields.tsx'

interface FormProps {
  initial: { [key: string]: unknown }
  settings: { [key: string]: unknown }
  verb: string
  isSaving: boolean
  problem: Problem | null
  onSave: (body: { [key: string]: unknown }) => void
  onCancel: () => void
}

const ours = ['plugin', 'name', 'description', 'credential', 'subdomain', 'user_fields']

/** A destination: its credential, its account, and how people are sent. The connection is tested when it is saved. */
export function DestinationForm({ initial, settings, verb, isSaving, problem, onSave, onCancel }: FormProps) {
  const [body, setBody] = useState(initial)
  const form = useRef<HTMLFormElement>(null)
  const mayRead = useMay('credential:read')
  const credentials = useGet('GET /credentials', {}, { enabled: mayRead })
  const mistakes = mistakesOf(problem)
  useEffect(() => {
    if (problem !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [problem])
  const set = (name: string, value: unknown) => setBody((before) => withValue(before, name, value))
  const text = (name: string, label: string, description: string) => (
    <TextInput
      label={label}
      description={description}
      value={String(body[name] ?? '')}
      onChange={(event) => set(name, event.currentTarget.value)}
      error={mistakes[name]}
    />
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSave(pruned(body))
  }
  return (
    <form ref={form} onSubmit={submit} className={classes.form} noValidate>
      <Stack>
        {problem !== null && <ProblemCard problem={problem} />}
        {text('name', 'Name', 'What people read.')}
        {text('description', 'Note', 'What it is for.')}
        <Select
          label="Credential"
          description="With what Deskside signs in. Several destinations may share one."
          data={(credentials.data?.items ?? []).map((one) => ({ value: one.key, label: nameOf(one) }))}
          value={String(body.credential ?? '') || null}
          onChange={(value) => set('credential', value)}
          error={mistakes.credential}
        />
        <Text size="sm">
          <Anchor component={Link} to="/settings/credentials" underline="always">
            Make a credential
          </Anchor>{' '}
          there, or a link by which an admin of the account enters the secret.
        </Text>
        {text('subdomain', 'Subdomain', 'The part before .zendesk.com.')}
        <SettingsFields schema={settings as Schema} body={body} onChange={setBody} mistakes={mistakes} without={ours} />
        <Group>
          <Button type="submit" loading={isSaving}>
            {verb}
          </Button>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          {isSaving && (
            <Text role="status" size="sm">
              Testing the connection…
            </Text>
          )}
        </Group>
      </Stack>
    </form>
  )
}
