import { Anchor, Box, Select, Text, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { ApiProblem } from '../../api/call.ts'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import { useGet } from '../../api/use.ts'
import type { Meanwhile } from '../../parts/changed-meanwhile.tsx'
import { SaveForm } from '../../parts/save-form.tsx'
import classes from './activations.module.css'
import { mistakesOf, pruned, withValue } from './objects.ts'
import { type Schema, SettingsFields } from './settings-fields.tsx'

interface FormProps {
  initial: { [key: string]: unknown }
  settings: { [key: string]: unknown }
  verb: string
  isSaving: boolean
  error: ApiProblem | null
  meanwhile?: Meanwhile | null
  onSave: (body: { [key: string]: unknown }) => void
  onCancel: () => void
}

const ours = ['plugin', 'name', 'description', 'credential', 'subdomain', 'user_fields']
const needs = { credential: 'Choose a credential.', subdomain: 'Enter the subdomain of the account.' }

/** A destination: its credential, its account, and how people are sent. The connection is tested when it is saved. */
export function DestinationForm({ initial, settings, onSave, ...rest }: FormProps) {
  const [body, setBody] = useState(initial)
  const [isTried, setTried] = useState(false)
  const mayRead = useMay('credential:read')
  const credentials = useGet('GET /credentials', {}, { enabled: mayRead })
  const missing = Object.fromEntries(Object.entries(needs).filter(([name]) => !body[name]))
  const ofApi = mistakesOf(rest.error?.problem ?? null)
  const mistakes: Record<string, string> = { ...ofApi, ...(isTried && missing) }
  const set = (name: string, value: unknown) => setBody((before) => withValue(before, name, value))
  const text = (name: string, label: string, description: string, required = false) => (
    <TextInput
      label={label}
      description={description}
      required={required}
      value={String(body[name] ?? '')}
      onChange={(event) => set(name, event.currentTarget.value)}
      error={mistakes[name]}
    />
  )
  const submit = () => {
    setTried(true)
    if (Object.keys(missing).length === 0) onSave(pruned(body))
  }
  const further = Object.keys(ofApi).some((name) => !ours.includes(name))
  return (
    <Box className={classes.form}>
      <SaveForm label="Destination" {...rest} onSubmit={submit}>
        {text('name', 'Name', 'What people read.')}
        {text('description', 'Note', 'What it is for.')}
        <Select
          label="Credential"
          description="With what Deskside signs in. Several destinations may share one."
          required
          data={(credentials.data?.items ?? []).map((one) => ({ value: one.key, label: nameOf(one) }))}
          value={String(body.credential ?? '') || null}
          onChange={(value) => set('credential', value)}
          error={mistakes.credential}
        />
        <Text size="sm">
          <Anchor component={Link} to="/settings/credentials" underline="always" inherit>
            Make a credential
          </Anchor>{' '}
          first, or a link by which an admin of the account enters the secret.
        </Text>
        {text('subdomain', 'Subdomain', 'The part before .zendesk.com.', true)}
        <details className={classes.details} open={further || undefined}>
          <summary>Further settings: who may use it, limits, guards, and how people are sent</summary>
          <SettingsFields
            schema={settings as Schema}
            body={body}
            onChange={setBody}
            mistakes={mistakes}
            without={ours}
          />
        </details>
        {rest.isSaving && (
          <Text role="status" size="sm">
            Testing the connection…
          </Text>
        )}
      </SaveForm>
    </Box>
  )
}
