import { ApiProblem, pathOf } from '../../api/call.ts'
import type { Operations } from '../../api/operations.ts'

type Query = NonNullable<Operations['GET /workflows/{id}/records']['query']>

/** Saves the whole list as CSV, not only what was read. Rejects with {@link ApiProblem}. */
export async function downloadRecords(id: string, { limit: _, cursor: __, ...query }: Query): Promise<void> {
  const path = pathOf('GET /workflows/{id}/records', { params: { id }, query })
  const answer = await fetch(path, { headers: { accept: 'text/csv' } }).catch(() => null)
  if (answer === null)
    throw new ApiProblem({
      type: 'urn:deskside:problem:ui.unreachable',
      title: 'No answer',
      status: 0,
      detail: 'The server does not answer.',
      code: 'ui.unreachable',
      fix: 'Check the connection, and that Deskside runs; then try again.',
      who: 'you',
      request_id: '',
    })
  if (!answer.ok) throw new ApiProblem(await answer.json())
  const address = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = `records-${id}.csv`
  link.click()
  URL.revokeObjectURL(address)
}
