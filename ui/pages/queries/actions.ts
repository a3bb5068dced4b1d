import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ApiProblem, call } from '../../api/call.ts'
import type { Definition } from '../../api/operations.ts'
import { markStale } from '../../api/use.ts'
import { confirm, said, saidProblem } from '../../parts/dialogs.tsx'
import { counted } from '../../parts/values.tsx'
import { bodyOf, type Row } from './model.ts'

/** What is done with queries and their drafts, from the list and from a page of one. */
export function useQueryActions() {
  const navigate = useNavigate()
  const client = useQueryClient()
  const refresh = () => markStale(client, ['/queries', '/query-drafts'])
  const told = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      saidProblem(error)
    }
  }
  const open = (key: string) => navigate({ to: '/query-drafts/$key', params: { key } })
  return {
    /** Opens the draft, which is begun from the query where there is none. */
    edit: ({ key, query, draft }: Pick<Row, 'key' | 'query' | 'draft'>) =>
      told(async () => {
        if (draft === null && query !== null) {
          const body = { ...bodyOf(query), based_on: query.version }
          await call('POST /query-drafts', { body: { key, body } }).catch((error: unknown) => {
            // It was begun meanwhile, in another window or by somebody else.
            if (!(error instanceof ApiProblem && error.code === 'store.conflict')) throw error
          })
          await refresh()
        }
        await open(key)
      }),
    file: (rows: readonly Row[], changes: { folder?: string | undefined; labels?: string[] }) =>
      told(async () => {
        for (const { query, draft } of rows) {
          if (query?.source === 'ui') await filed('queries', query, changes)
          if (draft !== null) await filed('query-drafts', draft, changes)
        }
        await refresh()
        said(`${counted(rows.length, 'query', 'queries')} changed.`)
      }),
    remove: (rows: readonly Row[]) =>
      told(async () => {
        if (!(await isSureToDelete(rows))) return
        try {
          for (const { query, draft } of rows) {
            if (query !== null) await removed('queries', query)
            if (draft !== null) await removed('query-drafts', draft)
          }
          said(`${counted(rows.length, 'query', 'queries')} deleted.`)
        } finally {
          await refresh()
        }
        await navigate({ to: '/queries' })
      }),
  }
}

export type QueryActions = ReturnType<typeof useQueryActions>

async function filed(path: 'queries' | 'query-drafts', one: Definition, changes: object): Promise<void> {
  const body = { ...bodyOf(one), ...changes }
  await call(`PUT /${path}/{key}`, { params: { key: one.key }, body: { body }, ifVersion: one.version })
}

async function removed(path: 'queries' | 'query-drafts', one: Definition): Promise<void> {
  await call(`DELETE /${path}/{key}`, { params: { key: one.key }, ifVersion: one.version })
}

async function isSureToDelete(rows: readonly Row[]): Promise<boolean> {
  const used = rows.flatMap(({ name, query }) =>
    query !== null && query.used_by.length > 0 ? [`${name} is used by ${query.used_by.join(', ')}.`] : [],
  )
  const what = counted(rows.length, 'query', 'queries')
  return await confirm({
    title: rows.length === 1 ? `Delete ${rows[0]?.name}` : `Delete ${what}`,
    what:
      used.length > 0
        ? `${used.join(' ')} What is used cannot be deleted; take it out of there first.`
        : 'Its draft goes too. The versions of a query are kept, so that it can be brought back over the API.',
    verb: rows.length === 1 ? 'Delete query' : `Delete ${what}`,
    hurts: true,
  })
}
