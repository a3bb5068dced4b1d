/** One measured figure. */
export interface Figure {
  /** Stable name, by which recorded figures are compared. */
  key: string
  /** What a reader sees. */
  what: string
  value: number
  /** What the design promises of it. */
  target?: { atLeast: number } | { atMost: number }
  /** Set for what hardly depends on the machine (ratios, counts, memory): it is recorded and compared. */
  better?: 'higher' | 'lower'
}

export type Scale = '100k' | '1M' | '10M'

export const rowsOf: Record<Scale, number> = { '100k': 100_000, '1M': 1_000_000, '10M': 10_000_000 }

/** What the command line asks of a case. */
export interface Settings {
  scale: Scale
  /** People of a delivery. */
  people: number
  /** Repeated measurements, of which the median counts. */
  runs: number
  /** One line about what has just been measured. */
  say: (text: string) => void
}

/** One thing that is measured. A slow machine fails nothing; a wrong result throws. */
export interface Case {
  key: string
  /** What it shows, as a heading. */
  title: string
  /** How it is measured. */
  method: string
  run(settings: Settings): Promise<Figure[]>
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Three digits that matter. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}

/** What has just been measured must also be right. */
export function assertRight(isRight: boolean, message: string): asserts isRight {
  if (!isRight) throw new Error(`Measured something wrong: ${message}`)
}

/** A figure as people read it. */
export function shown(value: number): string {
  return rounded(value).toLocaleString('en-US', { maximumFractionDigits: 4 })
}
