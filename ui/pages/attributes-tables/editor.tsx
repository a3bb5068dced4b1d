import { Button, Group, Stack, Switch, Text, Textarea, TextInput, Title } from '@mantine/core'
import { Play } from 'lucide-react'
import { type FormEvent, type ReactNode, useEffect, useRef } from 'react'
import type { ApiProblem } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import { useCall } from '../../api/use.ts'
import { Elapsed } from '../../parts/elapsed.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { RowsGrid } from '../../parts/rows-grid.tsx'
import { DatabaseSelect } from '../../parts/sql/database-select.tsx'
import { useSchema } from '../../parts/sql/schema.ts'
import { SqlEditor } from '../../parts/sql/sql.tsx'
import { type Draft, mistakesOf, placeOf } from './form-state.ts'
import { MappingEditor } from './mapping.tsx'

interface AttributesFormProps {
  draft: Draft
  onChange: (draft: Draft) => void
  onSave: () => void
  /** Why it was not saved. */
  problem: ApiProblem | null
  isNew?: boolean
  /** Beside the button that saves. */
  beside: ReactNode
}

/** An attributes table to write: its SELECT, what its columns become, and its first rows while one writes. */
export function AttributesForm({ draft, onChange, onSave, problem, isNew = false, beside }: AttributesFormProps) {
  const mayRun = useMay('query:run')
  const schema = useSchema(draft.database)
  const tried = useCall('POST /queries/try')
  const form = useRef<HTMLFormElement>(null)
  const wrong = mistakesOf(problem?.problem ?? null)
  const refused = problem ?? tried.error
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change })
  const run = () => {
    const body = { sql: draft.text, limit: 100, ...(draft.database !== null && { database: draft.database }) }
    tried.mutate({ body })
  }
  const runByKey = () => {
    run()
    return true
  }
  useEffect(() => {
    if (problem !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [problem])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSave()
  }
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Stack gap="lg" maw={1_100}>
        <Names {...{ draft, set, wrong, isNew }} />
        <section aria-label="SQL">
          <Group justify="space-between" mb={4}>
            <Title order={2}>SQL</Title>
            {mayRun && (
              <Button
                variant="default"
                leftSection={<Play size={14} aria-hidden />}
                onClick={run}
                loading={tried.isPending}
              >
                Show the first rows
              </Button>
            )}
          </Group>
          <SqlEditor
            label="SQL"
            value={draft.text}
            onChange={(text) => set({ text })}
            minHeight="180px"
            maxHeight="420px"
            mistakes={placeOf(refused?.problem ?? null)}
            schema={schema}
            {...(mayRun && { keys: [{ key: 'Mod-Enter', run: runByKey }] })}
          />
          <Text size="xs" c="dimmed" mt={4}>
            One SELECT whose first column is the customer id. A column goes to the attribute of its name; others are
            mapped below.{mayRun && ' Ctrl-Enter shows the first rows.'}
          </Text>
        </section>
        {tried.isPending && <Elapsed what="Running the SELECT" />}
        {tried.error !== null && <ProblemCard problem={tried.error.problem} />}
        {tried.data !== undefined && !tried.isPending && <RowsGrid rows={tried.data} label="First rows" />}
        <MappingEditor
          rows={draft.mapping}
          onChange={(mapping) => set({ mapping })}
          columns={tried.data?.columns.map(({ name }) => name) ?? []}
          wrong={wrong}
        />
        {problem !== null && problem.status !== 412 && <ProblemCard problem={problem.problem} />}
        <Group gap="xs">{beside}</Group>
      </Stack>
    </form>
  )
}

interface NamesProps {
  draft: Draft
  set: (change: Partial<Draft>) => void
  wrong: Record<string, string>
  isNew: boolean
}

function Names({ draft, set, wrong, isNew }: NamesProps) {
  return (
    <Stack gap="sm" maw={560}>
      <TextInput
        label="Name"
        value={draft.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={wrong.name}
        required={isNew}
      />
      {isNew && (
        <TextInput
          label="Key"
          description="The name by which SQL reads it. Made of the name where it is left empty; it cannot be changed later."
          value={draft.key}
          onChange={(event) => set({ key: event.currentTarget.value })}
          error={wrong.key}
        />
      )}
      <Textarea
        label="Description"
        autosize
        minRows={1}
        value={draft.description}
        onChange={(event) => set({ description: event.currentTarget.value })}
        error={wrong.description}
      />
      <DatabaseSelect
        description="The one that it reads, and whose table it becomes."
        value={draft.database}
        onChange={(database) => set({ database })}
        error={wrong.database}
      />
      <TextInput
        label="Column of the customer id"
        description="The first column of the SELECT."
        value={draft.id}
        onChange={(event) => set({ id: event.currentTarget.value })}
        error={wrong.id}
      />
      <Switch
        label="Available in the segment editor"
        checked={draft.segments}
        onChange={(event) => set({ segments: event.currentTarget.checked })}
      />
    </Stack>
  )
}
