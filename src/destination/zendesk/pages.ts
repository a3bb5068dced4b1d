import type { Json } from '../../problem.ts'
import type { Api } from './api.ts'
import { object, objects, textOf } from './json.ts'
import { unexpectedAnswer } from './problems.ts'
import { listOf, pageOf } from './shapes.ts'

/** Nothing that we list is longer than a hundred million records; a list that never ends must not hold us for ever. */
const maxPages = 1_000_000

/**
 * Reads the pages of a list, one body at a time. `key` names the list in it. Cursors are taken out of the bodies; urls in them are
 * never followed. A list that knows no cursors is read by page number. `path` has no page parameters. Throws Problem.
 */
export async function* readPages(
  api: Api,
  path: string,
  key: string,
  asked: string,
): AsyncGenerator<Record<string, Json>> {
  const shape = pageOf(key)
  const joined = `${path}${path.includes('?') ? '&' : '?'}`
  let after: string | null = null
  for (let page = 1; page <= maxPages; page++) {
    const cursor: string = after === null ? '' : `&page%5Bafter%5D=${encodeURIComponent(after)}`
    const pagePath: string = `${joined}page%5Bsize%5D=100${cursor}`
    const body: Record<string, Json> | null =
      after === null ? await api.find(pagePath, asked, shape) : await api.get(pagePath, asked, shape)
    if (body === null) {
      yield* readNumberedPages(api, joined, key, 1, asked)
      return
    }
    yield body
    const meta = object(body.meta)
    if (meta === undefined) {
      if (textOf(body.next_page) !== null) yield* readNumberedPages(api, joined, key, 2, asked)
      return
    }
    const next = textOf(meta.after_cursor)
    if (meta.has_more !== true || next === null) return
    if (next === after) throw unexpectedAnswer(asked, 'a cursor leads to itself', 200)
    after = next
  }
  throw unexpectedAnswer(asked, 'the list does not end', 200)
}

/** Pages by number, from `first` on; Zendesk shows 10,000 records so. `joined` ends with `?` or `&`. Throws Problem. */
export async function* readNumberedPages(
  api: Api,
  joined: string,
  key: string,
  first: number,
  asked: string,
): AsyncGenerator<Record<string, Json>> {
  for (let page = first; page <= maxPages; page++) {
    const body = await api.get(`${joined}per_page=100&page=${page}`, asked, listOf(key))
    yield body
    if (textOf(body.next_page) === null) return
  }
  throw unexpectedAnswer(asked, 'the list does not end', 200)
}

/** All records of a list in the order of its pages. */
export async function readAll(api: Api, path: string, key: string, asked: string): Promise<Record<string, Json>[]> {
  const records: Record<string, Json>[] = []
  for await (const body of readPages(api, path, key, asked)) records.push(...objects(body[key]))
  return records
}
