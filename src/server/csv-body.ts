import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Content } from '../control/upload-file.ts'
import { Problem } from '../problem.ts'
import type { Parts } from './parts.ts'

export const csvType = 'text/csv'

/** Routes of this scope take CSV, which nobody reads before they do, and nothing else. */
export function takeCsv(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(csvType, (_request, payload, done) => done(null, payload))
}

/** The body of a request that was let in, as it arrives. */
export function contentOf({ body, headers }: FastifyRequest): Content {
  if (!(body instanceof Readable))
    throw new Problem('internal.bug', { message: 'A route takes CSV and does not say so.' })
  const length = Number(headers['content-length'] ?? Number.NaN)
  // Who stops reading says why: the connection is needed for that.
  return { bytes: body.iterator({ destroyOnReturn: false }), length: Number.isSafeInteger(length) ? length : null }
}

/** Lets a body take its time while it is read. What is not read, because it was refused, is thrown away until the client hears of that. */
export async function whileArriving<T>(
  { parts, request }: { parts: Pick<Parts, 'arrivals'>; request: FastifyRequest },
  work: () => Promise<T>,
): Promise<T> {
  parts.arrivals.relax(request.raw)
  try {
    return await work()
  } finally {
    parts.arrivals.hurry(request.raw)
    request.raw.resume()
  }
}
