import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useMay } from '../../api/me.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import { newDraft } from './draft.ts'
import { SegmentEditor } from './editor.tsx'

export function NewSegment() {
  const [search] = useSearchState()
  const navigate = useNavigate()
  const isSql = search.kind === 'sql'
  const begun = useMemo(() => ({ ...newDraft(isSql), attributes: search.attributes ?? '' }), [isSql, search.attributes])
  const may = [useMay('segment:write'), useMay('query:run')]
  const title = isSql ? 'New segment by SQL' : 'New segment'
  if (!may[0] || (isSql && !may[1]))
    return (
      <>
        <PageHead title={title} />
        <EmptyState
          why={`This needs the right ${may[0] ? 'query:run' : 'segment:write'}, which you do not have. An administrator can give it.`}
        />
      </>
    )
  return (
    <>
      <PageHead title={title} about="Some of the people of an attributes table: nothing is sent by saving it." />
      <SegmentEditor
        key={search.kind ?? 'visual'}
        begun={begun}
        of={null}
        onSaved={({ key }) => void navigate({ to: '/segments/$key', params: { key } })}
        onLeave={() => void navigate({ to: '/segments' })}
      />
    </>
  )
}
