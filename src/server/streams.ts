import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'

/** A client that takes nothing for so long is given up: what it reads may hold back a run that waits for its turn. */
const STALLED_MS = 30_000

/** Rows written at a time. */
const ROWS = 200

/** Reads the first item, so that what is wrong with the whole list is known before the answer begins. */
export async function begun<T>(items: AsyncIterable<T>): Promise<AsyncGenerator<T>> {
  const iterator = items[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* () {
    try {
      if (first.done) return
      yield first.value
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  })()
}

/** One line of JSON for each item. */
export async function* ndjson(items: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const some of chunks(items)) yield some.map((item) => `${JSON.stringify(item)}\n`).join('')
}

/** What `work` tells, as it tells it, then what it gives or throws. It goes to its end whether or not anybody hears it. */
export async function* toldBy<T, R>(work: (tell: (item: T) => void) => Promise<R>): AsyncGenerator<T, R> {
  const told: T[] = []
  let news = Promise.withResolvers<void>()
  let isOver = false
  const end = work((item) => {
    told.push(item)
    news.resolve()
  }).finally(() => {
    isOver = true
    news.resolve()
  })
  // Where nobody hears of it, it is no rejection that nobody handles.
  end.catch(() => undefined)
  while (!isOver || told.length > 0) {
    if (told.length > 0) yield told.shift()!
    else {
      news = Promise.withResolvers()
      await news.promise
    }
  }
  return await end
}

/** CSV with a header line (RFC 4180). */
export async function* csv<T extends object>(
  columns: readonly (keyof T & string)[],
  items: AsyncIterable<T>,
): AsyncGenerator<string> {
  yield stringify([[...columns]], asCsv)
  for await (const some of chunks(items))
    yield stringify(
      some.map((item) => columns.map((column) => item[column])),
      asCsv,
    )
}

/** As {@link csv}, of rows that are there already. */
export async function* csvOfRows(
  columns: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): AsyncGenerator<string> {
  yield stringify([[...columns]], asCsv)
  for (let from = 0; from < rows.length; from += ROWS) yield stringify(rows.slice(from, from + ROWS) as never[], asCsv)
}

/** Spreadsheets take some beginnings for formulas, and these are people's own values. */
const asCsv = { record_delimiter: '\r\n', escape_formulas: true } as const

async function* chunks<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let some: T[] = []
  for await (const item of items) {
    some.push(item)
    if (some.length < ROWS) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

/**
 * A stream of texts that ends when the client has gone or stops reading. An error in the middle cuts the answer off, so that a part is never
 * taken for the whole.
 */
export function textStream(texts: AsyncGenerator<string>, stalledMs = STALLED_MS): Readable {
  let timer: NodeJS.Timeout | undefined
  const stream = new Readable({
    read() {
      clearTimeout(timer)
      texts.next().then(
        ({ done, value }) => {
          if (done) {
            stream.push(null)
          } else {
            timer = setTimeout(() => stream.destroy(new Error('The client has stopped reading.')), stalledMs)
            stream.push(value)
          }
        },
        (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))),
      )
    },
    destroy(error, done) {
      clearTimeout(timer)
      texts.return(undefined).then(
        () => done(error),
        (second: unknown) => done(error ?? (second instanceof Error ? second : new Error(String(second)))),
      )
    },
  })
  return stream
}
