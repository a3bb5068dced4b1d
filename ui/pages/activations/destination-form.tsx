import { Anchor, Box, Select, Text, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { ApiProblem } from '../../api/call.ts'
import { nameOf } from '../../api/definition.ts'
import { useMay } from '../../api/me.ts'
import { useGet } from '../../api/use.ts'
import type { Meanwhile } from '../../parts/changed-meanwhile.tsx'
import { SaveForm } from '../../parts/save-form.tsx'
import classes from './activations.module.css'
import { Fold } from './fold.tsx'
import { editable, mapMistakes, namesOf, placed, type Schema, written } from './maps.ts'
import { mistakesOf, withValue } from './objects.ts'
import { SettingsFields } from './settings-fields.tsx'

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

const ours = ['plugin', 'name', 'description', 'credential', 'subdomain']
const needs = { credential: 'Choose a credential.', subdomain: 'Enter the subdomain of the account.' }

/** A destination: its credential, its account, and how people are sent. The connection is tested when it is saved. */
export function DestinationForm({ initial, settings, onSave, ...rest }: FormProps) {
  const schema = settings as Schema
  const [body, setBody] = useState(() => editable(initial, schema))
  // Places that the last try to save was refused for: what is entered after it is not wrong before the next one.
  const [refused, setRefused] = useState<readonly string[]>([])
  const box = useFirstMistake(refused, rest.error)
  const mayRead = useMay('credential:read')
  const credentials = useGet('GET /credentials', {}, { enabled: mayRead })
  const ofForm = {
    ...Object.fromEntries(Object.entries(needs).filter(([name]) => !body[name])),
    ...mapMistakes(body, schema),
  }
  const mistakes: Record<string, string> = {
    ...placed(mistakesOf(rest.error?.problem ?? null), body, schema),
    ...Object.fromEntries(Object.entries(ofForm).filter(([place]) => refused.includes(place))),
  }
  const set = (name: string, value: unknown) => setBody((before) => withValue(before, name, value))
  const text = (name: string, label: string, description: string, required = false) => (
    <TextInput
      label={label}
      description={description}
      required={required}
      value={String(body[name] ?? '')}
      onChange={(event) => set(name, event.currentTarget.value || undefined)}
      error={mistakes[name]}
    />
  )
  const submit = () => {
    const wrong = Object.keys(ofForm)
    if (wrong.length > 0) setRefused(wrong)
    else onSave(written(body, schema))
  }
  const further = Object.keys(mistakes).some((name) => !ours.includes(name))
  return (
    <Box className={classes.form} ref={box}>
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
        <Fold
          summary="Further settings: who may use it, limits, guards, how people are sent, and user fields"
          mustOpen={further}
        >
          <SettingsFields
            {...{ schema, body, mistakes }}
            onChange={setBody}
            without={ours}
            names={{ field_ownership: namesOf(body.user_fields).map((name) => `user_fields.${name}`) }}
          />
        </Fold>
        {rest.isSaving && (
          <Text role="status" size="sm">
            Testing the connection…
          </Text>
        )}
      </SaveForm>
    </Box>
  )
}

/** The first mistake gets the focus, whoever found it, also where somebody has folded it away. */
function useFirstMistake(refused: readonly string[], error: ApiProblem | null) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (refused.length === 0 && error === null) return
    const [first] = box.current?.querySelectorAll<HTMLElement>('[aria-invalid="true"]') ?? []
    for (let fold = first?.closest('details'); fold; fold = fold.parentElement?.closest('details')) fold.open = true
    first?.focus()
  }, [refused, error])
  return box
}
