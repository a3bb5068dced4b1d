import { Alert, Badge } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { toDraft } from './draft.ts'
import { SegmentEditor } from './editor.tsx'
import { Actions } from './segment-actions.tsx'
import { SegmentTabs } from './segment-tabs.tsx'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

export function Segment() {
  const { key } = useParams({ strict: false }) as { key: string }
  const segment = useGet('GET /segments/{key}', { params: { key } })
  return (
    <WithAnswer of={segment} loading="Reading the segment" page={`Segment ${key}`}>
      {(of) => <Shown of={of} />}
    </WithAnswer>
  )
}

function Shown({ of }: { of: Definition }) {
  const [search, setSearch] = useSearchState()
  const isGit = of.source === 'git'
  const mayEdit = useMay('segment:write') && !isGit
  const name = text(of.body.name) || of.key
  const isEditing = search.tab === 'edit' && mayEdit
  return (
    <>
      <PageHead
        title={name}
        about={text(of.body.description) || undefined}
        beside={
          <Badge variant="default" tt="none">
            {'sql' in of.body ? 'SQL' : 'Visual'}
          </Badge>
        }
        actions={!isEditing && <Actions of={of} name={name} mayEdit={mayEdit} />}
      />
      {isGit && (
        <Alert variant="light" color="gray" mb="md">
          It comes from deskside.yml: change it there, and bring it here with deskside apply. A copy can be edited here.
        </Alert>
      )}
      {isEditing ? (
        <Editing of={of} onDone={() => setSearch({ tab: undefined })} />
      ) : (
        <SegmentTabs of={of} mayEdit={mayEdit} />
      )}
    </>
  )
}

/** What was begun stays what it was, whoever else saves meanwhile, until theirs is taken. */
function Editing({ of, onDone }: { of: Definition; onDone: () => void }) {
  const [begun, setBegun] = useState(() => ({ of, draft: toDraft(of.body) }))
  return (
    <SegmentEditor
      key={begun.of.version}
      begun={begun.draft}
      of={begun.of}
      onSaved={onDone}
      onLeave={onDone}
      onTake={(theirs) => setBegun({ of: theirs, draft: toDraft(theirs.body) })}
    />
  )
}
