import { reached } from '../../moment.ts'
import type { Json } from '../../problem.ts'
import type { Submission, Write, WriteResult } from '../destination.ts'
import type { Api } from './api.ts'
import { idText, objects, textOf } from './json.ts'
import { notSigned, refusedRow } from './send.ts'
import { listOf } from './shapes.ts'
import type { TagSetting } from './tags.ts'
import { wantedTags } from './tags.ts'

/**
 * The rows of one batch of tag changes. Zendesk takes whole sets only, so the people are read right before, with one request of at
 * most 100 ids: https://developer.zendesk.com/api-reference/ticketing/users/users/#show-many-users
 *
 * When something has to be sent, everybody of the batch has a row, so that results stay at their places: who has the tags already, or
 * is gone, has one that changes nothing, to which Zendesk gives its own word. When nothing has to be sent, the batch is settled.
 */
export async function planTagRows(
  api: Api,
  writes: readonly Write[],
  setting: TagSetting,
): Promise<{ rows: string[] } | Submission> {
  const ids = writes.map((write) => write.zendeskId ?? '')
  let users: Map<string, Record<string, Json>>
  try {
    const body = await api.get(`/api/v2/users/show_many?ids=${ids.join(',')}`, 'reading tags', listOf('users'))
    users = new Map(objects(body.users).map((user) => [idText(user.id) ?? '', user]))
  } catch (error) {
    return notSigned(error)
  }
  reached('tags.read')
  const results: WriteResult[] = []
  const rows: string[] = []
  let changes = 0
  for (const [index, write] of writes.entries()) {
    const id = ids[index]!
    const user = users.get(id)
    const isThere = user !== undefined && user.active !== false
    const tags = isThere && Array.isArray(user.tags) ? user.tags.map(textOf).filter((tag) => tag !== null) : null
    if (tags === null) results.push(refusedRow(isThere ? noTags : gone))
    else results.push({ status: 'updated', zendeskId: id })
    const wanted = tags === null ? null : wantedTags(tags, write, setting)
    if (wanted !== null) changes++
    rows.push(wanted === null ? `{"id":${id}}` : `{"id":${id},"tags":${JSON.stringify(wanted)}}`)
  }
  // Of people whose tags Zendesk does not show, a row that changes nothing would be called updated.
  const isBlind = results.some((result) => result.status === 'failed' && result.reason === noTags)
  if (changes === 0 || isBlind) return { end: 'settled', results: isBlind ? results.map(onlyRefusals) : results }
  return { rows }
}

const gone = 'The person is not in the account any more.'
const noTags = 'Zendesk shows no tags of the person: tags of users are switched off in the account.'

/** The others are sent without those who were refused. */
function onlyRefusals(result: WriteResult): WriteResult {
  return result.status === 'failed' ? result : { status: 'unknown' }
}
