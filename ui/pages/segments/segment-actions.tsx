import { Button, Group, List, Stack, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useNavigate } from '@tanstack/react-router'
import { pathOf } from '../../api/call.ts'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { useSearchState } from '../../parts/search-state.ts'

/** What can be done with a segment, as far as one may. */
export function Actions({ of, name, mayEdit }: { of: Definition; name: string; mayEdit: boolean }) {
  const navigate = useNavigate()
  const mayWrite = useMay('segment:write')
  const mayDownload = [useMay('data:download'), useMay('query:run')].every(Boolean)
  const [, setSearch] = useSearchState()
  const copying = useCall('POST /segments/{key}/clone', {
    stale: ['/segments'],
    onDone: ({ key }) => void navigate({ to: '/segments/$key', params: { key }, search: { tab: 'edit' } }),
  })
  const deleting = useCall('DELETE /segments/{key}', {
    stale: ['/segments'],
    onDone: () => {
      said('The segment is deleted.')
      void navigate({ to: '/segments' })
    },
  })
  const remove = async () => {
    if (of.used_by.length > 0) {
      modals.open({ title: `${name} cannot be deleted`, children: <StillUsed by={of.used_by} /> })
      return
    }
    const what = 'Nothing uses it. Its versions stay.'
    if (!(await confirm({ title: `Delete ${name}`, what, verb: 'Delete segment', hurts: true }))) return
    deleting.mutate({ params: { key: of.key }, ifVersion: of.version }, { onError: saidProblem })
  }
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
          component="a"
          href={pathOf('GET /segments/{key}/download', { params: { key: of.key } })}
          download
        >
          Download
        </Button>
      )}
      {mayEdit && (
        <Button variant="subtle" color="red" onClick={() => void remove()}>
          Delete
        </Button>
      )}
    </>
  )
}

/** Why there is nothing to confirm: what uses it goes first. */
function StillUsed({ by }: { by: readonly string[] }) {
  return (
    <Stack gap="sm">
      <Text size="sm">These use it. Take it out of them, or delete them, first:</Text>
      <List size="sm">
        {by.map((one) => (
          <List.Item key={one}>{one.replace('/', ' ').replace('_', ' ')}</List.Item>
        ))}
      </List>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => modals.closeAll()}>
          Close
        </Button>
      </Group>
    </Stack>
  )
}
