import { Box, Stack, Text } from '@mantine/core'
import { useBlocker, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { ChangedMeanwhile } from '../../parts/changed-meanwhile.tsx'
import { confirm } from '../../parts/dialogs.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { Activate, Discard } from './activate.tsx'
import { DraftSettings } from './draft-settings.tsx'
import { bodyOf, isSql } from './model.ts'
import { Saved } from './saved.tsx'
import { type EditedDraft, useDraft } from './use-draft.ts'
import { VisualEditor } from './visual-editor.tsx'
import { VisualBadge, VisualSql, VisualSummary } from './visual-summary.tsx'
import { Workbench } from './workbench.tsx'

/** Where SQL is written: the draft of a query, which saves itself and which nothing is sent by. */
export function Draft() {
  const { key = '' } = useParams({ strict: false })
  const [isGone, setGone] = useState(false)
  const draft = useGet('GET /query-drafts/{key}', { params: { key } }, { enabled: !isGone })
  return (
    <WithAnswer of={draft} loading="Reading the draft" page={`Draft of ${key}`}>
      {(first) => <EditDraft key={first.key} first={first} onGone={() => setGone(true)} />}
    </WithAnswer>
  )
}

function EditDraft({ first, onGone }: { first: Definition; onGone: () => void }) {
  const draft = useDraft(first)
  const mayWrite = useMay('query:write')
  const name = draft.body.name ?? first.key
  useBlocker({
    // Leaving saves first; only what cannot be saved is asked about.
    shouldBlockFn: async () => {
      if (!draft.isDirty || (await draft.save()) !== null) return false
      return !(await confirm({
        title: 'Leave without saving',
        what: 'What you changed last could not be saved. It is lost when you leave.',
        verb: 'Leave',
        hurts: true,
      }))
    },
    enableBeforeUnload: () => draft.isDirty,
  })
  return (
    <>
      <PageHead
        title={name}
        beside={
          <>
            <StateBadge state="draft" />
            {!isSql(first) && <VisualBadge />}
          </>
        }
        about={<Saved draft={draft} />}
        actions={
          mayWrite && (
            <>
              <Activate draft={draft} onGone={onGone} />
              <DraftSettings draft={draft} />
              <Discard draft={draft} onGone={onGone} />
            </>
          )
        }
      />
      <Conflict draft={draft} />
      {isSql(first) ? <Workbench draft={draft} mayWrite={mayWrite} /> : <Visual draft={draft} mayWrite={mayWrite} />}
    </>
  )
}

/** Whoever may not write reads it. */
function Visual({ draft, mayWrite }: { draft: EditedDraft; mayWrite: boolean }) {
  if (mayWrite) return <VisualEditor draft={draft} />
  return (
    <Stack gap="md">
      <VisualSummary of={draft.body} />
      <VisualSql of={draft.body} />
    </Stack>
  )
}

/** Why it could not be saved; what was written stays in the editor. */
function Conflict({ draft }: { draft: EditedDraft }) {
  if (draft.theirs === null)
    return draft.problem === null ? null : <ProblemCard problem={draft.problem} onRetry={() => void draft.save()} />
  return (
    <Box mb="sm">
      <ChangedMeanwhile
        changed={
          isSql(draft.theirs) ? (
            <Text
              component="pre"
              size="xs"
              ff="monospace"
              mah={160}
              style={{ overflow: 'auto', whiteSpace: 'pre-wrap' }}
            >
              {String(draft.theirs.body.text ?? '')}
            </Text>
          ) : (
            <VisualSummary of={bodyOf(draft.theirs)} />
          )
        }
        onTake={draft.takeTheirs}
        onSaveOver={draft.saveOverTheirs}
        isSaving={draft.isSaving}
      />
    </Box>
  )
}
