import { Cron } from 'croner'
import { type CronLine, cronInWords, readCronLine } from './cron-line.ts'
import { Problem } from './problem.ts'
import { timeZoneMistake } from './project/time-zone.ts'

/**
 * When something is due: a cron line in a time zone. A line that names every hour runs in real time, at each moment whose local clock
 * fits: it goes on through an hour that comes twice, and has nothing to do in one that does not come. A line that names some hours runs
 * once for each local time that it names: at the first of two, and at the first moment after a gap that swallows it.
 */
export interface Schedule {
  readonly cron: string
  readonly timeZone: string
  readonly line: CronLine
  /** The first moment of the line after this one, both as {@link nextAfter} has them; null at the end of the calendar. */
  readonly next: (atMs: number) => number | null
}

/** Reads a cron line of five fields and the IANA name of its zone. Throws `definition.invalid` with every mistake of both. */
export function parseSchedule(cron: string, timeZone: string): Schedule {
  const { line, mistakes } = readCronLine(cron)
  const zoneMistake = timeZoneMistake(timeZone)
  if (line === null || zoneMistake !== null) {
    const all = mistakes
      .map((mistake) => `cron ${mistake}`)
      .concat(zoneMistake === null ? [] : `time_zone ${zoneMistake}`)
    const message = `The schedule has ${all.length === 1 ? 'a mistake' : 'mistakes'}: ${all.join('. ')}.`
    throw new Problem('definition.invalid', { message, data: { mistakes: all } })
  }
  const next = line.hours.length === 24 ? inRealTime(line, timeZone) : byTheClock(line, timeZone)
  return { cron, timeZone, line, next }
}

/** The first tick after a moment, always later than it; null when there is none before the year 10000. */
export function nextAfter(schedule: Schedule, at: Date): Date | null {
  const nextMs = schedule.next(at.getTime())
  return nextMs === null ? null : new Date(nextMs)
}

/** The last tick that is later than `after` and not later than `upTo`; null: none. Ticks that were missed are one. */
export function latestDue(schedule: Schedule, after: Date, upTo: Date): Date | null {
  let latestMs: number | null = null
  let fromMs = after.getTime()
  let endMs = upTo.getTime()
  // Halves what is left, so that a year of missed minutes takes as long as an hour of them.
  for (;;) {
    const nextMs = schedule.next(fromMs)
    if (nextMs === null || nextMs > endMs) return latestMs === null ? null : new Date(latestMs)
    const middleMs = nextMs + Math.floor((endMs - nextMs) / 2)
    const laterMs = schedule.next(middleMs)
    if (laterMs === null || laterMs > endMs) endMs = middleMs
    latestMs = laterMs === null || laterMs > endMs ? nextMs : laterMs
    fromMs = latestMs
  }
}

/** The next `count` ticks after a moment, in their order; fewer at the end of the calendar. */
export function timesAfter(schedule: Schedule, at: Date, count: number): Date[] {
  const times: Date[] = []
  for (let next = nextAfter(schedule, at); next !== null && times.length < count; next = nextAfter(schedule, next))
    times.push(next)
  return times
}

/** The schedule in plain English, such as `at 08:30 on Monday`; the zone is not said. */
export function inWords(schedule: Schedule): string {
  return cronInWords(schedule.line)
}

/** Croner finds the days. It gets every value spelt out, so that what a line means is decided in one place, which is not croner. */
function calendar({ minutes, hours, months, days }: CronLine, timeZone: string): Cron {
  const ofMonth = 'ofMonth' in days ? days.ofMonth.join(',') : '*'
  const ofWeek = 'ofWeek' in days ? days.ofWeek.join(',') : '*'
  const line = `${minutes.join(',')} ${hours.join(',')} ${ofMonth} ${months.join(',')} ${ofWeek}`
  return new Cron(line, { mode: '5-part', timezone: timeZone, domAndDow: days.by !== 'either', paused: true })
}

function inRealTime(line: CronLine, timeZone: string): Schedule['next'] {
  const times = calendar(line, timeZone)
  return (atMs) => times.nextRun(new Date(atMs))?.getTime() ?? null
}

/**
 * Croner leaves out what a gap swallows unless minute and hour are single numbers, and takes a whole day that is left out (Samoa, 2011)
 * for the day before. So the times of the clock are found where no clock is ever changed, in UTC, and then looked up in the zone.
 */
function byTheClock(line: CronLine, timeZone: string): Schedule['next'] {
  const clockTimes = calendar(line, 'UTC')
  const zone = zoneOf(timeZone)
  return (atMs) => {
    let clockMs = atMs + zone.offsetMs(atMs)
    // Until it is later: in the second pass through a doubled hour, what the clock will still show has been the first time.
    for (;;) {
      const next = clockTimes.nextRun(new Date(clockMs))
      if (next === null) return null
      clockMs = next.getTime()
      const momentMs = zone.firstMomentOf(clockMs)
      if (momentMs > atMs) return momentMs
    }
  }
}

const HOUR_MS = 3_600_000

interface Zone {
  /** What the zone's clock shows beyond UTC at a moment. */
  offsetMs(atMs: number): number
  /** The first moment at which the clock shows this time, written as if it were UTC; for one that it leaves out, the moment at which it leaps. */
  firstMomentOf(clockMs: number): number
}

function zoneOf(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const offsetMs = (atMs: number): number => {
    const wholeMs = Math.floor(atMs / 1000) * 1000
    const shown = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 }
    for (const { type, value } of format.formatToParts(wholeMs))
      if (type in shown) shown[type as 'year'] = Number(value)
    return Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second) - wholeMs
  }
  return {
    offsetMs,
    firstMomentOf(clockMs) {
      // Clocks are at most 14 hours before UTC and 12 behind it: the moment lies between these two.
      let beforeMs = clockMs - 15 * HOUR_MS
      let afterMs = clockMs + 13 * HOUR_MS
      const before = offsetMs(beforeMs)
      const after = offsetMs(afterMs)
      if (before === after) return clockMs - before
      while (afterMs - beforeMs > 1) {
        const middleMs = Math.floor((beforeMs + afterMs) / 2)
        if (offsetMs(middleMs) === before) beforeMs = middleMs
        else afterMs = middleMs
      }
      if (clockMs - before < afterMs) return clockMs - before
      return Math.max(clockMs - after, afterMs)
    },
  }
}
