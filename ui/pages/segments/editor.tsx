import { Button, Group, Stack } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { withoutColumn } from '../../parts/rules/model.ts'
import { Section } from '../../parts/section.tsx'
import { SqlEditor } from '../../parts/sql/sql.tsx'
import { namedMistakes, useLive } from '../../parts/use-live.ts'
import { SavingProblem } from './conflict.tsx'
import { CountCard } from './count-card.tsx'
import { type Draft, toAsked } from './draft.ts'
import { Delivered, Filing, Head, Limits, Rules } from './editor-parts.tsx'
import { LookAtDraft, ToSql } from './look-at-draft.tsx'
import classes from './segments.module.css'
import { useGround } from './use-ground.ts'
import { useSaving } from './use-saving.ts'

interface SegmentEditorProps {
  begun: Draft
  /** The segment that is changed; null: a new one. */
  of: Definition | null
  onSaved: (segment: Definition) => void
  onLeave: () => void
  /** Begins again from what somebody else has saved meanwhile. */
  onTake?: (theirs: Definition) => void
}

/** A segment to write: who is in it, who is not, and what is delivered, with its count beside it. */
export function SegmentEditor({ begun, of, onSaved, onLeave, onTake = onLeave }: SegmentEditorProps) {
  const [draft, setDraft] = useState(begun)
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }))
  const { columns, ground } = useGround(draft.attributes, of?.key)
  const why = whyNot(draft)
  const live = useLive('POST /segments/count', why === null ? toAsked(draft) : null)
  const saving = useSaving({ draft, begun, of, onSaved })
  const mistakes = [...namedMistakes(live.problem), ...namedMistakes(saving.problem)]
  const isReady = why === null && live.problem === null
  const name = useRef<HTMLInputElement>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!saving.save()) name.current?.focus()
  }
  return (
    <form onSubmit={submit} noValidate>
      <div className={classes.editor}>
        <Stack gap="lg" miw={0}>
          <Head {...{ draft, change }} nameError={saving.nameError} nameRef={name} />
          <Limits />
          {draft.sql !== null && <Sql value={draft.sql} onChange={(sql) => change({ sql })} />}
          {draft.sql === null && draft.attributes !== '' && (
            <WithAnswer of={columns} loading="Reading the columns of the attributes table">
              {() => <Rules {...{ draft, change, ground, mistakes }} />}
            </WithAnswer>
          )}
          <Delivered {...{ draft, change }} names={ground.columns.map(({ column }) => column)} />
          {draft.attributes !== '' && <LookAtDraft draft={draft} isReady={isReady} />}
          <Filing {...{ draft, change }} />
          <SavingProblem
            problem={saving.problem}
            of={of}
            isSaving={saving.isSaving}
            onTake={onTake}
            onOverwrite={saving.put}
          />
          <Group gap="xs">
            <Button type="submit" loading={saving.isSaving}>
              Save
            </Button>
            <Button variant="default" onClick={onLeave}>
              Cancel
            </Button>
            {draft.sql === null && <ToSql draft={draft} isReady={isReady} onSql={(sql) => change({ sql })} />}
          </Group>
        </Stack>
        <div className={classes.side}>
          <CountCard live={live} why={why} />
        </div>
      </div>
    </form>
  )
}

function whyNot({ attributes, sql, include, exclude }: Draft): string | null {
  if (attributes === '') return 'Choose an attributes table; then it is counted.'
  if (sql?.trim() === '') return 'Write the SELECT; then it is counted.'
  const unfinished = [...withoutColumn(include), ...withoutColumn(exclude)]
  return unfinished.length > 0 ? 'Choose a column in each condition; then it is counted.' : null
}

/** Whoever may not run SQL sees what it is, and may change the rest. */
function Sql({ value, onChange }: { value: string; onChange: (sql: string) => void }) {
  const mayRun = useMay('query:run')
  return (
    <Section title="SQL" about="One SELECT that gives the customer id and nothing else.">
      <SqlEditor
        value={value}
        label="SQL of the segment"
        onChange={onChange}
        minHeight="160px"
        {...(!mayRun && { isReadOnly: true })}
      />
    </Section>
  )
}
