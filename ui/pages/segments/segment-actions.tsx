import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { useDeletion } from '../../parts/deletion.tsx'
import { saidProblem } from '../../parts/dialogs.tsx'
import { useSaveFile } from '../../parts/save-file.ts'
import { useSearchState } from '../../parts/search-state.ts'

/** What can be done with a segment, as far as one may. */
export function Actions({ of, name, mayEdit }: { of: Definition; name: string; mayEdit: boolean }) {
  const navigate = useNavigate()
  const mayWrite = useMay('segment:write')
  const mayDownload = [useMay('data:download'), useMay('query:run')].every(Boolean)
  const [, setSearch] = useSearchState()
  const { save, isBusy } = useSaveFile()
  const copying = useCall('POST /segments/{key}/clone', {
    stale: ['/segments'],
    onDone: ({ key }) => void navigate({ to: '/segments/$key', params: { key }, search: { tab: 'edit' } }),
  })
  const deletion = useDeletion('/segments', {
    noun: 'segment',
    what: 'Nothing uses it. Its versions stay.',
    onDeleted: () => navigate({ to: '/segments' }),
  })
  return (
    <>
      {mayEdit && <Button onClick={() => setSearch({ tab: 'edit' }, true)}>Edit</Button>}
      {mayWrite && (
        <Button
          variant="default"
          loading={copying.isPending}
          onClick={() =>
            copying.mutate({ params: { key: of.key }, body: { name: `${name} (copy)` } }, { onError: saidProblem })
          }
        >
          Copy
        </Button>
      )}
      {mayDownload && (
        <Button
          variant="default"
          loading={isBusy}
          onClick={() => void save('GET /segments/{key}/download', { params: { key: of.key } }, `${of.key}.csv`)}
        >
          Download
        </Button>
      )}
      {mayEdit && (
        <Button variant="subtle" color="red" c="var(--deskside-bad)" onClick={() => void deletion.ask(of)}>
          Delete
        </Button>
      )}
    </>
  )
}
