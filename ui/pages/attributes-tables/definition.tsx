import { Box, Button, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { isChangedMeanwhile } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import type { Definition as Defined } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { ChangedMeanwhile } from '../../parts/changed-meanwhile.tsx'
import { said } from '../../parts/dialogs.tsx'
import { DiffText } from '../../parts/diff-text.tsx'
import { Facts } from '../../parts/facts.tsx'
import { SqlText } from '../../parts/sql/sql.tsx'
import { AttributesForm } from './editor.tsx'
import { bodyOf, type Draft, draftOf, isChanged } from './form-state.ts'

/** What it is: to edit where it was made here, to read where it comes from deskside.yml. */
export function Definition({ definition }: { definition: Defined }) {
  const mayWrite = useMay('query:write')
  if (definition.source === 'git' || !mayWrite) return <ReadOnly definition={definition} />
  return <Editing definition={definition} />
}

function ReadOnly({ definition }: { definition: Defined }) {
  const { id, segments, text, mapping, database } = draftOf(definition)
  return (
    <Stack gap="md" maw={1_100}>
      {definition.source === 'git' && (
        <Text size="sm">
          It comes from deskside.yml: change it there, in {String(definition.body.sql)}, and run{' '}
          <code>deskside apply</code>. A copy of it can be changed here.
        </Text>
      )}
      <Facts
        of={[
          ['Name in SQL', <code key="key">{definition.key}</code>],
          database === null ? null : ['Database', database],
          ['Customer id', <code key="id">{id}</code>],
          ['Segment editor', segments ? 'available' : 'not offered'],
          ...mapping.map(
            ({ column, attribute }) => [`Column ${column}`, <code key={column}>{attribute}</code>] as const,
          ),
        ]}
      />
      <SqlText sql={text} label="SQL" />
    </Stack>
  )
}

function Editing({ definition }: { definition: Defined }) {
  const { key } = definition
  /** What the person began from; another version is not taken over what was entered. */
  const [base, setBase] = useState(definition)
  const [draft, setDraft] = useState<Draft>(() => draftOf(definition))
  const save = useCall('PUT /attributes-tables/{key}', {
    stale: ['/attributes-tables', '/tables'],
    onDone: (now) => {
      begin(now)
      said(`${key} was saved as version ${now.version}.`)
    },
  })
  const begin = (from: Defined) => {
    setBase(from)
    setDraft(draftOf(from))
    save.reset()
  }
  const hasChanges = isChanged(draft, base)
  useLeaving(hasChanges)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a version of others is taken, and only where nothing was entered
  useEffect(() => {
    if (definition.version !== base.version && !hasChanges) begin(definition)
  }, [definition.version])
  const saveFrom = (version: number) =>
    save.mutate({ params: { key }, body: { body: bodyOf(draft) }, ifVersion: version })
  const isConflict = isChangedMeanwhile(save.error) || (hasChanges && definition.version !== base.version)
  return (
    <>
      {isConflict && (
        <Conflict
          of={key}
          mine={base.version}
          onTake={begin}
          onOverwrite={(version) => saveFrom(version)}
          isSaving={save.isPending}
        />
      )}
      <AttributesForm
        draft={draft}
        onChange={setDraft}
        onSave={() => saveFrom(base.version)}
        problem={save.error}
        beside={
          <>
            <Button type="submit" loading={save.isPending} disabled={!hasChanges}>
              Save
            </Button>
            {hasChanges && (
              <Button variant="default" onClick={() => begin(base)}>
                Discard changes
              </Button>
            )}
            <Text size="sm" c="dimmed">
              {hasChanges ? 'Not saved yet.' : `Version ${base.version}`}
            </Text>
          </>
        }
      />
    </>
  )
}

/** The browser asks before a page with unsaved changes is closed. */
function useLeaving(hasChanges: boolean): void {
  useEffect(() => {
    if (!hasChanges) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [hasChanges])
}

interface ConflictProps {
  of: string
  /** The version that was begun from. */
  mine: number
  onTake: (theirs: Defined) => void
  onOverwrite: (version: number) => void
  isSaving: boolean
}

/** Somebody else has saved meanwhile: what they changed, and what to do with it. What was entered stays. */
function Conflict({ of: key, mine, onTake, onOverwrite, isSaving }: ConflictProps) {
  const theirs = useGet('GET /attributes-tables/{key}', { params: { key } }, { everyMs: 15_000 })
  const version = theirs.data?.version ?? mine
  const changed = useGet(
    'GET /attributes-tables/{key}/versions/{version}',
    { params: { key, version }, query: { against: mine } },
    { enabled: version !== mine },
  )
  return (
    <Box mb="lg" maw={1_100}>
      <ChangedMeanwhile
        changed={
          <WithAnswer of={changed} loading="Reading what they changed" rows={2}>
            {({ diff }) => <DiffText diff={diff ?? ''} label="What they changed" />}
          </WithAnswer>
        }
        onTake={() => theirs.data !== undefined && onTake(theirs.data)}
        onSaveOver={() => onOverwrite(version)}
        isSaving={isSaving}
        isReading={theirs.data === undefined || version === mine}
      />
    </Box>
  )
}
