type Search = Record<string, string | undefined>

const DAY_MS = 86_400_000

/** The filters of the address as the API takes them: days begin and end in the zone of the person, and the last day is in. */
export function activityQuery(search: Search): Record<string, string> {
  const { q, who, action, object, allowed, domain } = search
  const from = midnight(search.from)
  const to = midnight(search.to)
  const query = {
    text: q,
    actor: who,
    action,
    object,
    domain,
    allowed: allowed === 'true' || allowed === 'false' ? allowed : undefined,
    from: from?.toISOString(),
    // A day has 23 to 25 hours; a day and a half later it is the next one in any case.
    to: to === null ? undefined : midnight(isoDay(new Date(to.getTime() + DAY_MS + DAY_MS / 2)))?.toISOString(),
  }
  return Object.fromEntries(Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1])))
}

function midnight(day: string | undefined): Date | null {
  if (day === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return null
  const at = new Date(`${day}T00:00:00`)
  return Number.isNaN(at.getTime()) ? null : at
}

function isoDay(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}
