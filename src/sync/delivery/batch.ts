import type { Attribute, BatchKind, Connection, PreparedWrite, Write } from '../../destination/destination.ts'
import type { Attempt } from './attempt.ts'
import { settlesAlone } from './parked.ts'

/** Attempts that go out together. */
export interface Batch {
  /** Number in the journal. */
  batch: number
  kind: BatchKind
  attempts: Attempt[]
  /** How often Zendesk lost its job. */
  lost: number
}

/** A batch before it is in the journal. */
export interface ReadyBatch {
  kind: BatchKind
  attempts: Attempt[]
  prepared: PreparedWrite[]
}

/** Cuts the first batch off: writes of one endpoint, at most the destination's size. Order within an endpoint is kept. */
export function cutBatch(
  attempts: readonly Attempt[],
  connection: Pick<Connection, 'batchKind' | 'prepare' | 'limits'>,
  attributes: ReadonlyMap<string, Attribute>,
): { batch: ReadyBatch; rest: Attempt[] } {
  const kind = connection.batchKind((attempts[0] as Attempt).write)
  const maxWrites = settlesAlone(kind) ? 1 : connection.limits.maxBatchWrites
  const taken: Attempt[] = []
  const prepared: PreparedWrite[] = []
  const passedOver: Attempt[] = []
  let bytes = 0
  let index = 0
  for (; index < attempts.length && taken.length < maxWrites; index += 1) {
    const attempt = attempts[index] as Attempt
    if (connection.batchKind(attempt.write) !== kind) {
      passedOver.push(attempt)
      continue
    }
    const write = connection.prepare(attempt.write, attributes)
    const size = Buffer.byteLength(write.json) + 1
    if (taken.length > 0 && bytes + size > connection.limits.maxBatchBytes) {
      passedOver.push(attempt)
      continue
    }
    bytes += size
    taken.push(attempt)
    prepared.push(write)
  }
  return { batch: { kind, attempts: taken, prepared }, rest: [...passedOver, ...attempts.slice(index)] }
}

export function writesOf({ attempts }: Batch): Write[] {
  return attempts.map((attempt) => attempt.write)
}

export function halves(attempts: readonly Attempt[]): Attempt[][] {
  const middle = Math.ceil(attempts.length / 2)
  return [attempts.slice(0, middle), attempts.slice(middle)].filter((half) => half.length > 0)
}
