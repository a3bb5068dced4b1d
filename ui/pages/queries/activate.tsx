import { Button, Group, List, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { DiffText } from '../../parts/diff-text.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import type { EditedDraft } from './use-draft.ts'

interface Props {
  draft: EditedDraft
  /** The draft is no more, so that it is not read again. */
  onGone: () => void
}

/** Makes the draft the query, after a look at what that changes and feeds. */
export function Activate({ draft, onGone }: Props) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button
        disabled={draft.theirs !== null}
        onClick={() => void draft.save().then((saved) => saved !== null && setOpen(true))}
      >
        Activate
      </Button>
      <Dialog opened={isOpen} onClose={() => setOpen(false)} size="lg" title="Activate the draft">
        <ActivateForm draft={draft} onGone={onGone} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

function ActivateForm({ draft, onGone, onClose }: Props & { onClose: () => void }) {
  const { key, version } = draft.stored
  const navigate = useNavigate()
  const changes = useGet('GET /query-drafts/{key}/changes', { params: { key } })
  const activate = useCall('POST /query-drafts/{key}/activate', { stale: ['/queries'] })
  const present = changes.data?.version ?? null
  // Somebody has changed the query since the draft was begun; what the draft would undo of it is in the difference above.
  const isBehind = activate.error?.code === 'store.conflict' && present !== (draft.body.based_on ?? null)
  const send = () =>
    activate.mutate(
      { params: { key }, ifVersion: version },
      {
        onSuccess: () => {
          draft.forget()
          onGone()
          said('The draft is the query now.')
          void navigate({ to: '/queries/$key', params: { key } })
        },
      },
    )
  return (
    <Stack gap="sm">
      <WithAnswer of={changes} loading="Comparing the draft with the query" rows={3}>
        {({ diff, version: present, used_by: feeds }) => (
          <>
            <Text size="sm">
              {present === null
                ? 'A new query is made. Nothing sends it yet.'
                : `The query becomes what the draft is. Its version ${present} stays among its versions.`}
            </Text>
            {present !== null && <DiffText diff={diff} label="What the draft changes" />}
            {feeds.length > 0 && (
              <>
                <Text size="sm">It feeds these from their next run on:</Text>
                <List size="sm">
                  {feeds.map((name) => (
                    <List.Item key={name}>{name.replace('/', ' ').replaceAll('_', ' ')}</List.Item>
                  ))}
                </List>
              </>
            )}
          </>
        )}
      </WithAnswer>
      {activate.error !== null && (
        <ProblemCard
          problem={activate.error.problem}
          actions={
            isBehind && (
              <Button
                variant="default"
                onClick={() => {
                  draft.change({ based_on: present })
                  void draft.save().then((saved) => saved !== null && activate.reset())
                }}
              >
                Go on from version {present}
              </Button>
            )
          }
        />
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button data-autofocus loading={activate.isPending} onClick={send}>
          Activate
        </Button>
      </Group>
    </Stack>
  )
}

export function Discard({ draft, onGone }: Props) {
  const navigate = useNavigate()
  const remove = useCall('DELETE /query-drafts/{key}', { stale: ['/queries'] })
  const { key, version } = draft.stored
  const ask = async () => {
    const isSure = await confirm({
      title: 'Discard the draft',
      what: 'The draft and its text are deleted. The query itself stays as it is.',
      verb: 'Discard draft',
      hurts: true,
    })
    if (!isSure) return
    remove.mutate(
      { params: { key }, ifVersion: version },
      {
        onSuccess: () => {
          draft.forget()
          onGone()
          said('The draft is discarded.')
          void navigate({ to: '/queries' })
        },
        onError: saidProblem,
      },
    )
  }
  return (
    <Button variant="subtle" color="red" c="var(--deskside-bad)" loading={remove.isPending} onClick={() => void ask()}>
      Discard
    </Button>
  )
}
