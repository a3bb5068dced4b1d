/** How many requests came in each of the latest minutes, by what became of them. */

/** `no_answer`: the connection broke or hung, by a fault. */
export const answerClasses = ['2xx', '3xx', '4xx', '429', '5xx', 'no_answer'] as const
type AnswerClass = (typeof answerClasses)[number]

export type RequestMinute = { started_at: string } & Record<AnswerClass, number>

const minuteMs = 60_000
const keptMinutes = 30

export class RequestMinutes {
  private readonly counts = new Map<number, Record<AnswerClass, number>>()

  /** `status` null: no answer. */
  count(status: number | null, atMs: number): void {
    const minute = Math.floor(atMs / minuteMs)
    let counts = this.counts.get(minute)
    if (!counts) {
      counts = noRequests()
      this.counts.set(minute, counts)
      // By the order of arrival, since a test's clock may be set back.
      if (this.counts.size > keptMinutes + 1) this.counts.delete(this.counts.keys().next().value!)
    }
    counts[classOf(status)]++
  }

  /** The latest 30 minutes, the oldest first; the last one is not over yet. */
  latest(nowMs: number): RequestMinute[] {
    const last = Math.floor(nowMs / minuteMs)
    return Array.from({ length: keptMinutes }, (_, index) => {
      const minute = last - keptMinutes + 1 + index
      return { started_at: new Date(minute * minuteMs).toISOString(), ...(this.counts.get(minute) ?? noRequests()) }
    })
  }

  clear(): void {
    this.counts.clear()
  }
}

function noRequests(): Record<AnswerClass, number> {
  return Object.fromEntries(answerClasses.map((name) => [name, 0])) as Record<AnswerClass, number>
}

function classOf(status: number | null): AnswerClass {
  if (status === null) return 'no_answer'
  if (status === 429) return '429'
  return status < 300 ? '2xx' : status < 400 ? '3xx' : status < 500 ? '4xx' : '5xx'
}
