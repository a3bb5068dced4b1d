import { Box, NumberInput, Select, SimpleGrid, Text, Textarea, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { ApiProblem } from '../../api/call.ts'
import { nameOf } from '../../api/definition.ts'
import { useGet } from '../../api/use.ts'
import type { Meanwhile } from '../../parts/changed-meanwhile.tsx'
import { SaveForm } from '../../parts/save-form.tsx'
import classes from './activations.module.css'
import { mistakesOf, pruned, type SentKind, sentOf, sentWords, valueAt, withValue } from './objects.ts'

export type Body = { [key: string]: unknown }

interface FormProps {
  initial: Body
  verb: string
  isSaving: boolean
  error: ApiProblem | null
  meanwhile?: Meanwhile | null
  onSave: (body: Body) => void
  onCancel: () => void
  /** Further fields of whoever uses the form. */
  children?: ReactNode
}

const bounds = [
  ['alerts.rows.warn_below', 'Warn below', 'rows'],
  ['alerts.rows.fail_below', 'Stop below', 'rows'],
  ['alerts.rows.warn_above', 'Warn above', 'rows'],
  ['alerts.rows.fail_above', 'Stop above', 'rows'],
  ['alerts.change_percent.warn', 'Warn at a change of', '%'],
  ['alerts.change_percent.fail', 'Stop at a change of', '%'],
] as const

/** What is sent, where to, and at how many rows it warns or stops. */
export function OrchestrationForm({ initial, onSave, children, ...rest }: FormProps) {
  const [body, setBody] = useState(initial)
  const [isTried, setTried] = useState(false)
  const needed = {
    ...(sentOf({ body }) === null && { query: 'Choose what is sent.' }),
    ...(!body.destination && { destination: 'Choose where it is sent to.' }),
  }
  const mistakes: Record<string, string> = { ...mistakesOf(rest.error?.problem ?? null), ...(isTried && needed) }
  const set = (path: string) => (value: unknown) => setBody((before) => withValue(before, path, value))
  const submit = () => {
    setTried(true)
    if (Object.keys(needed).length === 0) onSave(pruned(body))
  }
  return (
    <Box className={classes.form}>
      <SaveForm label="Orchestration" {...rest} onSubmit={submit}>
        <SentField body={body} onChange={setBody} mistakes={mistakes} />
        <DestinationField
          value={String(body.destination ?? '')}
          onChange={set('destination')}
          error={mistakes.destination}
        />
        <TextInput
          label="Name"
          description="What people read. The name of what is sent where you leave it empty."
          value={String(body.name ?? '')}
          onChange={(event) => set('name')(event.currentTarget.value)}
          error={mistakes.name}
        />
        <Textarea
          label="Note"
          description="What it is for."
          autosize
          minRows={2}
          value={String(body.description ?? '')}
          onChange={(event) => set('description')(event.currentTarget.value)}
          error={mistakes.description}
        />
        {children}
        <fieldset className={classes.fieldset}>
          <legend>Alerts on the number of rows</legend>
          <Text size="sm" c="dimmed" mb="sm">
            A warning lets the run go on. A stop sends nothing until somebody approves. A change is told against the
            last completed run. Empty fields say nothing.
          </Text>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            {bounds.map(([path, label, unit]) => (
              <NumberInput
                key={path}
                label={label}
                suffix={` ${unit}`}
                thousandSeparator=","
                min={0}
                value={(valueAt(body, path) as number | undefined) ?? ''}
                onChange={(value) => set(path)(value === '' ? undefined : Number(value))}
                error={mistakes[path]}
              />
            ))}
          </SimpleGrid>
        </fieldset>
      </SaveForm>
    </Box>
  )
}

interface SentFieldProps {
  body: Body
  onChange: (body: Body) => void
  mistakes: Record<string, string>
}

function SentField({ body, onChange, mistakes }: SentFieldProps) {
  const lists = {
    query: useGet('GET /queries'),
    segment: useGet('GET /segments'),
    attributes_table: useGet('GET /attributes-tables'),
  }
  const kinds = Object.keys(sentWords) as SentKind[]
  const sent = sentOf({ body })
  const error = kinds.map((kind) => mistakes[kind]).find((one) => one !== undefined) ?? mistakes['']
  const change = (value: string | null) => {
    const { query: _, segment: __, attributes_table: ___, ...rest } = body
    const [kind = '', key = ''] = value?.split(/\/(.*)/) ?? []
    onChange(value === null ? rest : { ...rest, [kind]: key })
  }
  return (
    <Select
      label="What is sent"
      description="An active query, a segment or an attributes table. Drafts cannot be sent."
      searchable
      required
      data={kinds.map((kind) => ({
        group: sentWords[kind],
        items: (lists[kind].data?.items ?? []).map((one) => ({ value: `${kind}/${one.key}`, label: nameOf(one) })),
      }))}
      value={sent === null ? null : `${sent.kind}/${sent.key}`}
      onChange={change}
      error={error}
    />
  )
}

interface DestinationFieldProps {
  value: string
  onChange: (value: string | null) => void
  error: string | undefined
}

function DestinationField({ value, onChange, error }: DestinationFieldProps) {
  const { data } = useGet('GET /destinations')
  return (
    <Select
      label="Destination"
      description="An orchestration sends to one destination; others may send there, too."
      required
      data={(data?.items ?? []).map((one) => ({ value: one.key, label: nameOf(one) }))}
      value={value === '' ? null : value}
      onChange={onChange}
      error={error}
    />
  )
}
