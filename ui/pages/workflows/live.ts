import { duration } from '../../parts/values.tsx'

export interface Delivery {
  settled: number
  total: number
  rate: number
  etaMs: number | null
  jobs: number
  parked: number
  why: string | null
  untilMs: number | null
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** The figures of `progress`, whose shape the API leaves open. */
export function deliveryOf(progress: { [name: string]: unknown } | null): Delivery {
  const { settled, total, why } = progress ?? {}
  const eta = progress?.eta_ms
  const until = progress?.until_ms
  return {
    settled: number(settled),
    total: number(total),
    rate: number(progress?.users_per_second),
    etaMs: typeof eta === 'number' ? eta : null,
    jobs: number(progress?.jobs_in_flight),
    parked: number(progress?.parked),
    why: typeof why === 'string' ? why : null,
    untilMs: typeof until === 'number' ? until : null,
  }
}

/** `Waits 12 s: Zendesk asks for it`; null when it waits for nothing. */
export function waitWords({ why, untilMs }: Delivery, now: Date): string | null {
  if (why === null) return null
  const leftMs = untilMs === null ? 0 : untilMs - now.getTime()
  return leftMs > 0 ? `Waits ${duration(Math.ceil(leftMs / 1_000) * 1_000)}: ${why}` : `Waits: ${why}`
}
