import { Button, Group, Stack } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { nameOf } from '../../api/definition.ts'
import { useCall } from '../../api/use.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { FilingFields } from './filing-fields.tsx'
import { mistakesOf } from './mistakes.ts'
import { keyOf, type QueryBody, type Row } from './model.ts'
import { TableSelect } from './table-select.tsx'

/** Makes a draft, under a key of its name, and opens it. */
function useNewDraft() {
  const navigate = useNavigate()
  const create = useCall('POST /query-drafts', { stale: ['/query-drafts'] })
  return {
    problem: create.error?.problem ?? null,
    isBusy: create.isPending,
    send: (key: string, body: QueryBody) =>
      create.mutate(
        { body: { key, body: { ...body } } },
        { onSuccess: ({ key }) => void navigate({ to: '/query-drafts/$key', params: { key } }) },
      ),
  }
}

/** Begins a query as a draft. */
export function NewQuery({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { send, ...creating } = useNewDraft()
  return (
    <NamingDialog
      {...{ isOpen, onClose, ...creating }}
      title="Create SQL query"
      verb="Create draft"
      first={{}}
      onSend={(body) => {
        const key = keyOf(body.name ?? '')
        send(key, { ...body, sql: `${key}.sql`, text: '' })
      }}
    />
  )
}

/** Begins a query by rules as a draft: all columns of all records of a table. */
export function NewVisualQuery({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { send, ...creating } = useNewDraft()
  return (
    <NamingDialog
      {...{ isOpen, onClose, ...creating }}
      title="Create visual query"
      verb="Create draft"
      isNameOnly
      hasTable
      first={{}}
      onSend={(body) => send(keyOf(body.name ?? ''), body)}
    />
  )
}

/** Copies a query, also one from git, into one of the server. */
export function CopyQuery({ of, onClose }: { of: Pick<Row, 'key' | 'query'>; onClose: () => void }) {
  const navigate = useNavigate()
  const clone = useCall('POST /queries/{key}/clone', { stale: ['/queries'] })
  return (
    <NamingDialog
      isOpen
      onClose={onClose}
      title="Copy query"
      verb="Copy query"
      isNameOnly
      first={{ name: `Copy of ${of.query === null ? of.key : nameOf(of.query)}` }}
      problem={clone.error?.problem ?? null}
      isBusy={clone.isPending}
      onSend={({ name = '' }) =>
        clone.mutate(
          { params: { key: of.key }, body: { name } },
          {
            onSuccess: ({ key }) => {
              onClose()
              void navigate({ to: '/queries/$key', params: { key } })
            },
          },
        )
      }
    />
  )
}

interface NamingDialogProps {
  isOpen: boolean
  onClose: () => void
  title: string
  verb: string
  first: QueryBody
  isNameOnly?: boolean
  /** Asks for the table, too. */
  hasTable?: boolean
  problem: React.ComponentProps<typeof ProblemCard>['problem'] | null
  isBusy: boolean
  onSend: (body: QueryBody) => void
}

function NamingDialog({ isOpen, onClose, title, verb, first, problem, isBusy, onSend, ...more }: NamingDialogProps) {
  const { isNameOnly = false, hasTable = false } = more
  const [body, setBody] = useState(first)
  const [missing, setMissing] = useState<{ name?: string; from?: string }>({})
  const mistakes = { ...mistakesOf(problem as never), ...missing }
  const change = (changes: Partial<QueryBody>) => setBody({ ...body, ...changes })
  return (
    <Dialog opened={isOpen} onClose={onClose} title={title}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          const found = {
            ...((body.name ?? '').trim() === '' && { name: 'Give it a name.' }),
            ...(hasTable && body.from === undefined && { from: 'Choose a table.' }),
          }
          setMissing(found)
          const fields = event.currentTarget.querySelectorAll('input:not([type=hidden])')
          if (Object.keys(found).length === 0) onSend(body)
          else (fields[found.name === undefined ? 1 : 0] as HTMLInputElement | undefined)?.focus()
        }}
      >
        <Stack gap="sm">
          <FilingFields of={body} isNameOnly={isNameOnly} onChange={change} mistakes={mistakes} />
          {hasTable && <TableSelect of={body} onChange={change} error={mistakes.from} />}
          {problem !== null && <ProblemCard problem={problem} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isBusy}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
