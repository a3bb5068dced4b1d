import {
  Alert,
  Button,
  Group,
  MultiSelect,
  Radio,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useRef, useState } from 'react'
import { type ApiProblem, call } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { mistakesAt, withoutColumn } from '../../parts/rules/model.ts'
import { RulesEditor } from '../../parts/rules/rules-editor.tsx'
import { SqlEditor } from '../../parts/sql/sql.tsx'
import { CountCard } from './count-card.tsx'
import { type Draft, toAsked, toBody } from './draft.ts'
import classes from './segments.module.css'
import { useGround } from './use-ground.ts'
import { namedMistakes, useLive } from './use-live.ts'

interface SegmentEditorProps {
  begun: Draft
  /** The segment that is changed; null: a new one. */
  of: Definition | null
  onSaved: (segment: Definition) => void
  onLeave: () => void
}

/** A segment to write: who is in it, who is not, and what is delivered, with its count beside it. */
export function SegmentEditor({ begun, of, onSaved, onLeave }: SegmentEditorProps) {
  const [draft, setDraft] = useState(begun)
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }))
  const { columns, ground } = useGround(draft.attributes, of?.key)
  const isEmptySql = draft.sql !== null && draft.sql.trim() === ''
  const isUnfinished = withoutColumn(draft.include).length + withoutColumn(draft.exclude).length > 0
  const why = whyNot(draft, isEmptySql, isUnfinished)
  const live = useLive('POST /segments/count', why === null ? toAsked(draft) : null)
  const saving = useSaving({ draft, begun, of, onSaved })
  const mistakes = [...namedMistakes(live.problem), ...namedMistakes(saving.problem)]
  const name = useRef<HTMLInputElement>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (saving.save()) return
    name.current?.focus()
  }
  return (
    <form onSubmit={submit} noValidate>
      <div className={classes.editor}>
        <Stack gap="lg">
          <Head {...{ draft, change, of }} nameError={saving.nameError} nameRef={name} />
          <Limits />
          {draft.attributes !== '' && (
            <WithAnswer of={columns} loading="Reading the columns of the attributes table">
              {() =>
                draft.sql === null ? (
                  <Rules {...{ draft, change, ground, mistakes }} />
                ) : (
                  <Section title="SQL" about="One SELECT that gives the customer id and nothing else.">
                    <SqlEditor
                      value={draft.sql}
                      label="SQL of the segment"
                      onChange={(sql) => change({ sql })}
                      minHeight="160px"
                    />
                  </Section>
                )
              }
            </WithAnswer>
          )}
          <Delivered {...{ draft, change }} names={ground.columns.map(({ column }) => column)} />
          <Filing {...{ draft, change }} />
          {saving.problem !== null && <SavingProblem saving={saving} />}
          <Group gap="xs">
            <Button type="submit" loading={saving.isSaving}>
              Save
            </Button>
            <Button variant="default" onClick={onLeave}>
              Cancel
            </Button>
            {draft.sql === null && (
              <ToSql draft={draft} isReady={why === null && live.problem === null} change={change} />
            )}
          </Group>
        </Stack>
        <div className={classes.side}>
          <CountCard live={live} why={why} />
        </div>
      </div>
    </form>
  )
}

function whyNot(draft: Draft, isEmptySql: boolean, isUnfinished: boolean): string | null {
  if (draft.attributes === '') return 'Choose an attributes table; then it is counted.'
  if (isEmptySql) return 'Write the SELECT; then it is counted.'
  return isUnfinished ? 'Choose a column in each condition; then it is counted.' : null
}

interface SavingParts extends Pick<SegmentEditorProps, 'begun' | 'of' | 'onSaved'> {
  draft: Draft
}

function useSaving({ draft, begun, of, onSaved }: SavingParts) {
  const [nameError, setNameError] = useState<string | null>(null)
  const isDone = useRef(false)
  const done = (segment: Definition) => {
    isDone.current = true
    said(of === null ? 'The segment is saved.' : `Version ${segment.version} is saved.`)
    onSaved(segment)
  }
  const creating = useCall('POST /segments', { stale: ['/segments'], onDone: done })
  const changing = useCall('PUT /segments/{key}', { stale: ['/segments'], onDone: done })
  const file = typeof of?.body.sql === 'string' ? of.body.sql : 'segments/segment.sql'
  const isDirty = JSON.stringify(toBody(draft)) !== JSON.stringify(toBody(begun))
  useBlocker({
    shouldBlockFn: async ({ current, next }) => {
      if (isDone.current || !isDirty) return false
      if (
        current.pathname === next.pathname &&
        (next.search as { tab?: string }).tab === (current.search as { tab?: string }).tab
      )
        return false
      const what = 'What you have changed since it was last saved is lost when you leave.'
      return !(await confirm({ title: 'Leave without saving', what, verb: 'Leave', hurts: true }))
    },
    enableBeforeUnload: () => isDirty && !isDone.current,
  })
  const put = (ifVersion: number) =>
    of !== null && changing.mutate({ params: { key: of.key }, body: { body: toBody(draft, file) }, ifVersion })
  const save = (): boolean => {
    const isMissing = draft.name.trim() === ''
    setNameError(isMissing ? 'A segment needs a name.' : null)
    if (isMissing) return false
    if (of === null) creating.mutate({ body: { body: toBody(draft, file) } })
    else put(of.version)
    return true
  }
  const problem: ApiProblem | null = creating.error ?? changing.error
  return { save, put, of, problem, nameError, isSaving: creating.isPending || changing.isPending }
}

/** Somebody else may have saved meanwhile: what was entered stays, and one may save over theirs. */
function SavingProblem({ saving: { problem, of, put } }: { saving: ReturnType<typeof useSaving> }) {
  const over = async () => {
    if (of === null) return
    const { version, updated_by: by } = await call('GET /segments/{key}', { params: { key: of.key } })
    const what = `Version ${version} of ${by} is replaced by what you have entered. It stays among the versions.`
    if (await confirm({ title: 'Save over the newer version', what, verb: 'Save over it' })) put(version)
  }
  if (problem === null) return null
  const actions = problem.status === 412 && (
    <Button variant="default" onClick={() => void over().catch(saidProblem)}>
      Save over the newer version
    </Button>
  )
  return <ProblemCard problem={problem.problem} {...(actions && { actions })} />
}

function Section({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  return (
    <Stack gap={6} component="section" aria-label={title}>
      <Title order={2}>{title}</Title>
      {about !== undefined && (
        <Text size="sm" c="dimmed">
          {about}
        </Text>
      )}
      {children}
    </Stack>
  )
}

interface PartProps {
  draft: Draft
  change: (changes: Partial<Draft>) => void
}

interface HeadProps extends PartProps {
  of: Definition | null
  nameError: string | null
  nameRef: React.RefObject<HTMLInputElement | null>
}

function Head({ draft, change, nameError, nameRef }: HeadProps) {
  const tables = useGet('GET /attributes-tables')
  const offered = (tables.data?.items ?? []).filter(
    ({ key, body }) => draft.sql !== null || body.segments === true || key === draft.attributes,
  )
  return (
    <div className={classes.two}>
      <TextInput
        ref={nameRef}
        label="Name"
        value={draft.name}
        error={nameError}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <Select
        label="Attributes table"
        data={offered.map(({ key, body }) => ({ value: key, label: typeof body.name === 'string' ? body.name : key }))}
        value={draft.attributes === '' ? null : draft.attributes}
        onChange={(attributes) => change({ attributes: attributes ?? '' })}
        placeholder="Choose one"
        nothingFoundMessage="No attributes table is offered to segments"
        error={tables.error?.problem.detail}
        allowDeselect={false}
      />
    </div>
  )
}

/** What a policy keeps from somebody is said before they wonder. */
function Limits() {
  if (useMay('pii:read')) return null
  return (
    <Alert variant="light" color="gray">
      Personal values are hidden from you: type the values to compare with, and see how many people match. A segment
      with personal columns can only be sent where the destination allows it.
    </Alert>
  )
}

interface RulesProps extends PartProps {
  ground: ReturnType<typeof useGround>['ground']
  mistakes: { path: string; message: string }[]
}

function Rules({ draft, change, ground, mistakes }: RulesProps) {
  return (
    <>
      <Section title="Who is in it">
        <RulesEditor
          label="Who is in it"
          of="People who meet"
          value={draft.include}
          onChange={(include) => change({ include })}
          ground={ground}
          mistakes={mistakesAt(mistakes, 'include').rules}
          empty="Everybody in the attributes table. Add a condition to narrow it down."
        />
      </Section>
      <Section title="Who is left out">
        <RulesEditor
          label="Who is left out"
          of="People who meet"
          value={draft.exclude}
          onChange={(exclude) => change({ exclude })}
          ground={ground}
          mistakes={mistakesAt(mistakes, 'exclude').rules}
          empty="Nobody."
        />
      </Section>
    </>
  )
}

function Delivered({ draft, change, names }: PartProps & { names: string[] }) {
  return (
    <Section title="What is delivered">
      <Radio.Group
        aria-label="What is delivered"
        value={draft.fields === null ? 'all' : 'some'}
        onChange={(value) => change({ fields: value === 'all' ? null : names })}
      >
        <Group gap="lg">
          <Radio value="all" label="All columns" />
          <Radio value="some" label="Only these" />
        </Group>
      </Radio.Group>
      {draft.fields !== null && (
        <MultiSelect
          aria-label="Columns that are delivered"
          data={[...new Set([...names, ...draft.fields])]}
          value={[...draft.fields]}
          onChange={(fields) => change({ fields })}
          searchable
        />
      )}
    </Section>
  )
}

function Filing({ draft, change }: PartProps) {
  return (
    <Section title="How it is found">
      <TextInput
        label="Description"
        value={draft.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
      <div className={classes.two}>
        <TextInput
          label="Folder"
          description="Up to three names, with / between them"
          value={draft.folder}
          onChange={(event) => change({ folder: event.currentTarget.value })}
        />
        <TagsInput
          label="Labels"
          description="Letters, digits, _ and -"
          value={[...draft.labels]}
          onChange={(labels) => change({ labels })}
        />
      </div>
    </Section>
  )
}

/** Rules become a SELECT; there is no way back. */
function ToSql({ draft, isReady, change }: PartProps & { isReady: boolean }) {
  const mayRun = useMay('query:run')
  if (!mayRun) return null
  const convert = async () => {
    const what =
      'The conditions become one SELECT that you edit from then on. There is no way back to conditions. Nothing is saved yet.'
    if (!(await confirm({ title: 'Convert to SQL', what, verb: 'Convert to SQL' }))) return
    const { ids_sql: sql } = await call('POST /segments/sql', { body: { body: toAsked(draft) as never } })
    change({ sql })
  }
  return (
    <Button variant="subtle" color="gray" disabled={!isReady} onClick={() => void convert().catch(saidProblem)}>
      Convert to SQL
    </Button>
  )
}
