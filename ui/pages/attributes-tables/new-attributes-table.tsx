import { Button } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useMay } from '../../api/me.ts'
import { useCall } from '../../api/use.ts'
import { said } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { AttributesForm } from './editor.tsx'
import { bodyOf, type Draft, emptyDraft } from './form-state.ts'

export function NewAttributesTable() {
  const mayWrite = useMay('query:write')
  const navigate = useNavigate()
  const [draft, setDraft] = useState<Draft>(emptyDraft)
  const create = useCall('POST /attributes-tables', {
    stale: ['/attributes-tables', '/tables'],
    onDone: ({ key }) => {
      said(`${key} was created.`)
      void navigate({ to: '/attributes-tables/$key', params: { key } })
    },
  })
  const save = () => create.mutate({ body: { ...(draft.key !== '' && { key: draft.key }), body: bodyOf(draft) } })
  return (
    <>
      <PageHead
        title="New attributes table"
        about="A SELECT with one row for each customer: an id first, then what a destination is to know."
      />
      {mayWrite ? (
        <AttributesForm
          draft={draft}
          onChange={setDraft}
          onSave={save}
          problem={create.error}
          isNew
          beside={
            <>
              <Button type="submit" loading={create.isPending}>
                Create
              </Button>
              <Button variant="default" component={Link} to="/attributes-tables">
                Cancel
              </Button>
            </>
          }
        />
      ) : (
        <EmptyState why="You lack the right to write queries and attributes tables (query:write). An administrator can give it to you." />
      )}
    </>
  )
}
