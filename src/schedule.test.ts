import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CronDays, CronLine } from './cron-line.ts'
import { Problem } from './problem.ts'
import { inWords, latestDue, nextAfter, parseSchedule, timesAfter } from './schedule.ts'

const iso = (dates: readonly Date[]) => dates.map((date) => date.toISOString().slice(0, 16))

/** Every tick in (from, to), in UTC without seconds. */
function ticksBetween(cron: string, timeZone: string, from: string, to: string): string[] {
  const schedule = parseSchedule(cron, timeZone)
  const ticks: Date[] = []
  for (let at = nextAfter(schedule, new Date(from)); at !== null && at < new Date(to); at = nextAfter(schedule, at))
    ticks.push(at)
  return iso(ticks)
}

describe('what is due, and when', () => {
  test.each<[cron: string, timeZone: string, from: string, ticks: string[]]>([
    ['30 8 * * *', 'UTC', '2026-12-30T08:30:00Z', ['2026-12-31T08:30', '2027-01-01T08:30']],
    ['0 0 1 1 *', 'UTC', '2026-12-31T23:59:59.999Z', ['2027-01-01T00:00', '2028-01-01T00:00']],
    ['59 23 31 12 *', 'America/New_York', '2026-06-01T00:00:00Z', ['2027-01-01T04:59', '2028-01-01T04:59']],
    ['0 0 29 2 *', 'UTC', '2026-03-01T00:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['0 0 29 2 *', 'UTC', '2096-03-01T00:00:00Z', ['2104-02-29T00:00', '2108-02-29T00:00']],
    ['0 12 31 * *', 'UTC', '2026-01-31T12:00:00Z', ['2026-03-31T12:00', '2026-05-31T12:00']],
    ['*/20 * * * *', 'UTC', '2026-01-01T00:40:00Z', ['2026-01-01T01:00', '2026-01-01T01:20']],
    ['0 8 * * sun', 'UTC', '2026-01-01T00:00:00Z', ['2026-01-04T08:00', '2026-01-11T08:00']],
    ['0 8 * * 7', 'UTC', '2026-01-01T00:00:00Z', ['2026-01-04T08:00', '2026-01-11T08:00']],
    ['0 8 * * sat-sun', 'UTC', '2026-01-05T00:00:00Z', ['2026-01-10T08:00', '2026-01-11T08:00']],
    ['0 3 * * *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', ['2018-11-04T05:00', '2018-11-05T05:00']],
    ['0 3 * * *', 'America/Sao_Paulo', '2026-11-01T12:00:00Z', ['2026-11-02T06:00', '2026-11-03T06:00']],
  ])('%s in %s after %s', (cron, timeZone, from, ticks) => {
    expect(iso(timesAfter(parseSchedule(cron, timeZone), new Date(from), 2))).toEqual(ticks)
  })

  test.each<[cron: string, days: string[]]>([
    // January 2026 begins on a Thursday.
    ['0 0 13 1 fri', ['02', '09', '13', '16', '23', '30']],
    ['0 0 13 1 *', ['13']],
    ['0 0 * 1 fri', ['02', '09', '16', '23', '30']],
    // One of the fields begins with *, so both must fit.
    ['0 0 */2 1 fri', ['09', '23']],
    ['0 0 1-14 1 */5', ['02', '04', '09', '11']],
    // Every day of the month, but not written with *: either is enough.
    ['0 0 1-31 1 fri', Array.from({ length: 31 }, (_, index) => String(index + 1).padStart(2, '0'))],
  ])('days of month and days of week of %s are put together as in Vixie cron', (cron, days) => {
    expect(
      ticksBetween(cron, 'UTC', '2025-12-31T23:00:00Z', '2026-02-01T00:00:00Z').map((at) => at.slice(8, 10)),
    ).toEqual(days)
  })
})

describe('when clocks change', () => {
  test.each<[promise: string, cron: string, timeZone: string, from: string, to: string, ticks: string[]]>([
    // Berlin: 2026-03-29 02:00 -> 03:00 at 01:00Z, and 2026-10-25 03:00 -> 02:00 at 01:00Z.
    [
      'skipped: at the end of the gap',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      '2026-03-30T12:00Z',
      ['2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    [
      'several skipped: once',
      '*/15 2 * * *',
      'Europe/Berlin',
      '2026-03-29T00:00Z',
      '2026-03-29T12:00Z',
      ['2026-03-29T01:00'],
    ],
    [
      'skipped, and the end of the gap named too: once',
      '0 2,3 * * *',
      'Europe/Berlin',
      '2026-03-29T00:00Z',
      '2026-03-29T12:00Z',
      ['2026-03-29T01:00'],
    ],
    [
      'every second hour: the skipped one at the end of the gap',
      '0 */2 * * *',
      'Europe/Berlin',
      '2026-03-28T22:30Z',
      '2026-03-29T03:00Z',
      ['2026-03-28T23:00', '2026-03-29T01:00', '2026-03-29T02:00'],
    ],
    [
      'doubled: at the first of both',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T12:00Z',
      '2026-10-26T12:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'doubled hour in a range: in its first pass',
      '0,30 1-3 * * *',
      'Europe/Berlin',
      '2026-10-24T22:00Z',
      '2026-10-25T12:00Z',
      [
        '2026-10-24T23:00',
        '2026-10-24T23:30',
        '2026-10-25T00:00',
        '2026-10-25T00:30',
        '2026-10-25T02:00',
        '2026-10-25T02:30',
      ],
    ],
    [
      'every quarter of an hour: without a pause through the gap',
      '*/15 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:40Z',
      '2026-03-29T01:20Z',
      ['2026-03-29T00:45', '2026-03-29T01:00', '2026-03-29T01:15'],
    ],
    [
      'every half hour: on through both passes',
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:59Z',
      '2026-10-25T02:10Z',
      ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30', '2026-10-25T02:00'],
    ],
    [
      'every hour: an hour apart through the gap',
      '30 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:00Z',
      '2026-03-29T02:00Z',
      ['2026-03-29T00:30', '2026-03-29T01:30'],
    ],
    [
      'every hour, named as a range: the same',
      '30 0-23 * * *',
      'Europe/Berlin',
      '2026-10-25T00:00Z',
      '2026-10-25T02:00Z',
      ['2026-10-25T00:30', '2026-10-25T01:30'],
    ],
    // New York: 2026-03-08 02:00 -> 03:00 at 07:00Z, and 2026-11-01 02:00 -> 01:00 at 06:00Z.
    [
      'skipped',
      '15 2 * * *',
      'America/New_York',
      '2026-03-08T00:00Z',
      '2026-03-09T12:00Z',
      ['2026-03-08T07:00', '2026-03-09T06:15'],
    ],
    [
      'doubled',
      '15 1 * * *',
      'America/New_York',
      '2026-11-01T00:00Z',
      '2026-11-02T12:00Z',
      ['2026-11-01T05:15', '2026-11-02T06:15'],
    ],
    [
      'every half hour',
      '*/30 * * * *',
      'America/New_York',
      '2026-11-01T05:10Z',
      '2026-11-01T07:10Z',
      ['2026-11-01T05:30', '2026-11-01T06:00', '2026-11-01T06:30', '2026-11-01T07:00'],
    ],
    // Lord Howe: 2026-10-04 02:00 -> 02:30 at 2026-10-03T15:30Z, and 2026-04-05 02:00 -> 01:30 at 2026-04-04T15:00Z.
    [
      'half an hour skipped',
      '10 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00Z',
      '2026-10-05T00:00Z',
      ['2026-10-03T15:30', '2026-10-04T15:10'],
    ],
    [
      'just behind the half hour',
      '40 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00Z',
      '2026-10-04T00:00Z',
      ['2026-10-03T15:40'],
    ],
    [
      'half an hour doubled',
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-04T00:00Z',
      '2026-04-06T00:00Z',
      ['2026-04-04T14:45', '2026-04-05T15:15'],
    ],
    [
      'every quarter of an hour',
      '*/15 * * * *',
      'Australia/Lord_Howe',
      '2026-04-04T14:40Z',
      '2026-04-04T15:40Z',
      ['2026-04-04T14:45', '2026-04-04T15:00', '2026-04-04T15:15', '2026-04-04T15:30'],
    ],
    [
      'every full hour that the clock shows',
      '0 * * * *',
      'Australia/Lord_Howe',
      '2026-10-03T14:00Z',
      '2026-10-03T17:00Z',
      ['2026-10-03T14:30', '2026-10-03T16:00'],
    ],
    // The gap is at midnight: 2026-09-06 00:00 -> 01:00 at 04:00Z.
    [
      'midnight skipped',
      '0 0 * * *',
      'America/Santiago',
      '2026-09-05T12:00Z',
      '2026-09-07T12:00Z',
      ['2026-09-06T04:00', '2026-09-07T03:00'],
    ],
    // Samoa left out the whole of 2011-12-30.
    [
      'a day skipped',
      '30 12 * * *',
      'Pacific/Apia',
      '2011-12-29T12:00Z',
      '2012-01-01T12:00Z',
      ['2011-12-29T22:30', '2011-12-30T10:00', '2011-12-30T22:30', '2011-12-31T22:30'],
    ],
    [
      'clocks that do not change',
      '30 2 * * *',
      'America/Sao_Paulo',
      '2026-10-17T12:00Z',
      '2026-10-19T12:00Z',
      ['2026-10-18T05:30', '2026-10-19T05:30'],
    ],
    ['UTC', '30 2 * * *', 'UTC', '2026-03-28T12:00Z', '2026-03-30T12:00Z', ['2026-03-29T02:30', '2026-03-30T02:30']],
  ])('%s (%s in %s)', (_, cron, timeZone, from, to, ticks) => {
    expect(ticksBetween(cron, timeZone, from, to)).toEqual(ticks)
  })
})

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'America/Santiago',
  'Asia/Kathmandu',
]

/** Moments at which these zones change their clocks, and the end of a leap day. */
const changes = [
  '2026-03-29T01:00Z',
  '2026-10-25T01:00Z',
  '2026-03-08T07:00Z',
  '2026-11-01T06:00Z',
  '2026-10-03T15:30Z',
  '2026-04-04T15:00Z',
  '2026-09-06T04:00Z',
  '2026-04-05T03:00Z',
  '2028-03-01T00:00Z',
  '2027-01-01T00:00Z',
]

const someOf = (min: number, max: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: 2, max: Math.min(20, max - min) }).map((step) => `*/${step}`),
    fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 5 }).map((values) => values.join(',')),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  )

const cronLines = fc
  .tuple(someOf(0, 59), someOf(0, 23), someOf(1, 31), fc.constantFrom('*', '3,9-11', '2'), someOf(0, 6))
  .map((fields) => fields.join(' '))
  .filter((cron) => {
    try {
      parseSchedule(cron, 'UTC')
      return true
    } catch {
      return false
    }
  })

/** A moment around a change of clocks, to the second. */
const moments = fc
  .tuple(fc.constantFrom(...changes), fc.integer({ min: -20 * 3600, max: 12 * 3600 }))
  .map(([change, seconds]) => new Date(Date.parse(change) + seconds * 1000))

function fits(line: CronLine, shown: Date): boolean {
  return (
    line.minutes.includes(shown.getUTCMinutes()) &&
    line.hours.includes(shown.getUTCHours()) &&
    line.months.includes(shown.getUTCMonth() + 1) &&
    dayFits(line.days, shown)
  )
}

function dayFits(days: CronDays, shown: Date): boolean {
  const ofMonth = 'ofMonth' in days && days.ofMonth.includes(shown.getUTCDate())
  const ofWeek = 'ofWeek' in days && days.ofWeek.includes(shown.getUTCDay())
  if (days.by === 'every') return true
  return days.by === 'both' ? ofMonth && ofWeek : ofMonth || ofWeek
}

/** Reads the clock of a zone minute by minute and does what the guide says about it: slow, and with nothing of schedule.ts. */
function readTheClock(line: CronLine, timeZone: string, fromMs: number, toMs: number): number[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  const shownAt = (atMs: number) => Date.parse(`${format.format(atMs).replace(' ', 'T')}Z`)
  const ticks: number[] = []
  const start = Math.floor(fromMs / 60_000) * 60_000 - 120 * 60_000
  let furthest = shownAt(start)
  for (let atMs = start + 60_000; atMs <= toMs; atMs += 60_000) {
    const shown = shownAt(atMs)
    let due = fits(line, new Date(shown))
    if (line.hours.length < 24) {
      if (shown <= furthest) due = false
      for (let skipped = furthest + 60_000; skipped < shown; skipped += 60_000)
        if (fits(line, new Date(skipped))) due = true
      furthest = Math.max(furthest, shown)
    }
    if (due && atMs > fromMs) ticks.push(atMs)
  }
  return ticks
}

describe('for any line, zone and moment', () => {
  test('ticks are those of a clock that is read minute by minute', () => {
    fc.assert(
      fc.property(cronLines, fc.constantFrom(...zones), moments, (cron, timeZone, from) => {
        const schedule = parseSchedule(cron, timeZone)
        const toMs = from.getTime() + 12 * 3_600_000
        const wanted = readTheClock(schedule.line, timeZone, from.getTime(), toMs)
        const ticks = timesAfter(schedule, from, wanted.length + 1).map((tick) => tick.getTime())
        expect(ticks.filter((tick) => tick <= toMs)).toEqual(wanted)
      }),
      { numRuns: 150 },
    )
  })

  test('the next tick is later, and never earlier for a later moment', () => {
    fc.assert(
      fc.property(cronLines, fc.constantFrom(...zones), moments, fc.nat(7200), (cron, timeZone, at, laterSeconds) => {
        const schedule = parseSchedule(cron, timeZone)
        const next = nextAfter(schedule, at)!
        const ofLater = nextAfter(schedule, new Date(at.getTime() + laterSeconds * 1000))!
        expect(next.getTime()).toBeGreaterThan(at.getTime())
        expect(ofLater.getTime()).toBeGreaterThanOrEqual(next.getTime())
        expect(nextAfter(schedule, new Date(next.getTime() - 1))).toEqual(next)
      }),
    )
  })

  test('what is due latest is the last of the ticks one by one', () => {
    fc.assert(
      fc.property(
        cronLines,
        fc.constantFrom(...zones),
        moments,
        fc.nat(36 * 3600),
        (cron, timeZone, after, seconds) => {
          const schedule = parseSchedule(cron, timeZone)
          const upTo = new Date(after.getTime() + seconds * 1000)
          let last: Date | null = null
          for (let tick = nextAfter(schedule, after); tick !== null && tick <= upTo; tick = nextAfter(schedule, tick))
            last = tick
          expect(latestDue(schedule, after, upTo)).toEqual(last)
        },
      ),
    )
  })

  test('lines that read alike have the same times', () => {
    const told = new Map<string, string>()
    fc.assert(
      fc.property(cronLines, (cron) => {
        const schedule = parseSchedule(cron, 'UTC')
        const words = inWords(schedule)
        const times = JSON.stringify(schedule.line)
        expect(told.get(words) ?? times).toBe(times)
        told.set(words, times)
      }),
      { numRuns: 3000 },
    )
  })
})

test('years of missed minutes are found as fast as one', () => {
  const schedule = parseSchedule('* * * * *', 'Europe/Berlin')
  let asked = 0
  const counted = {
    ...schedule,
    next: (atMs: number) => {
      asked += 1
      return schedule.next(atMs)
    },
  }
  expect(latestDue(counted, new Date('2006-01-01T00:00Z'), new Date('2026-01-01T00:00:59Z'))).toEqual(
    new Date('2026-01-01T00:00Z'),
  )
  expect(asked).toBeLessThan(100)
})

test.each<[cron: string, words: string]>([
  ['30 8 * * *', 'at 08:30 every day'],
  ['30 8 * * 1', 'at 08:30 on Monday'],
  ['30 8 * * mon-fri', 'at 08:30 from Monday to Friday'],
  ['0 8,12 * * 0,6', 'at 08:00 and 12:00 on Saturday and Sunday'],
  ['*/15 * * * *', 'every 15 minutes'],
  ['* * * * *', 'every minute'],
  ['0 * * * *', 'at minute 0 of every hour'],
  ['*/25 * * * 1', 'at minutes 0, 25 and 50 of every hour on Monday'],
  ['*/30 * * 1-3 *', 'every 30 minutes from January to March'],
  ['*/15 8-17 * * mon-fri', 'every 15 minutes from 08:00 to 17:45, from Monday to Friday'],
  ['0 */2 * * *', 'every 2 hours from 00:00 to 22:00, every day'],
  ['5 8-17 * * *', 'every hour from 08:05 to 17:05, every day'],
  ['1-20 3,4,5,9 * * *', 'at minutes 1 to 20 of hours 3 to 5 and 9, every day'],
  ['0 6 1 * *', 'at 06:00 on day 1 of the month'],
  ['0 6 1,15 * *', 'at 06:00 on days 1 and 15 of the month'],
  ['0 6 29 2 *', 'at 06:00 on day 29 of February'],
  ['0 6 * 12 *', 'at 06:00 every day in December'],
  ['0 6 13 * fri', 'at 06:00 on day 13 of the month and also on Friday'],
  ['0 6 13 1,7 fri', 'at 06:00 on day 13 of January and July and also on Friday in January and July'],
  ['0 6 */10 * fri', 'at 06:00 on Friday when that is days 1, 11, 21 and 31 of the month'],
])('%s reads: %s', (cron, words) => {
  expect(inWords(parseSchedule(cron, 'UTC'))).toBe(words)
})

function mistakesOf(cron: string, timeZone = 'UTC'): string[] {
  try {
    parseSchedule(cron, timeZone)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(Problem)
    expect((error as Problem).code).toBe('definition.invalid')
    return (error as Problem).data.mistakes as string[]
  }
}

test.each<[cron: string, mistakes: RegExp[]]>([
  ['', [/five fields .*, not 0$/]],
  ['0 8 * *', [/five fields \(minute, hour, day of month, month, day of week\), not 4$/]],
  ['0 0 8 * * *', [/five fields .*, not 6: seconds and years/]],
  ['@daily', [/not a nickname; write `0 0 \* \* \*`$/]],
  ['@Hourly', [/write `0 \* \* \* \*`$/]],
  ['@reboot', [/not a nickname$/]],
  [
    '60 24 0 13 8',
    [
      /from 0 to 59 in its minute, not `60`/,
      /from 0 to 23 in its hour, not `24`/,
      /from 1 to 31 in its day of month, not `0`/,
      /from 1 to 12 in its month, not `13`/,
      /from 0 to 7 in its day of week, not `8`/,
    ],
  ],
  ['1,x,70 * * * *', [/in its minute, not `x`/, /not `70`/]],
  ['0 17-8 * * *', [/ranges that rise in its hour, not `17-8`/]],
  ['*/0 * * * *', [/step from 1 to 59 in its minute, not `\*\/0`/]],
  ['*/60 * * * *', [/step from 1 to 59/]],
  ['5/15 * * * *', [/step after \* or a range in its minute, such as `5-59\/15`/]],
  ['0 8 L * *', [/day of month, not `L`/]],
  ['0 8 15W * *', [/not `15W`/]],
  ['0 8 * * mon#2', [/not `mon#2`/]],
  ['0 8 ? * +1', [/not `\?`/, /not `\+1`/]],
  ['0 8 * * monday', [/did you mean mon\?/]],
  ['0 8 * * 1-', [/not `1-`/]],
  ['0 8,, * * *', [/in its hour, not ``/, /in its hour, not ``/]],
  ['0 8 * jan-mar/1/2 *', [/not `jan-mar\/1\/2`/]],
  ['0 8 30,31 2 *', [/a day that there is/]],
  ['0 8 31 4,6 *', [/a day that there is/]],
])('the mistakes of "%s" are named', (cron, wanted) => {
  const mistakes = mistakesOf(cron)
  expect(mistakes).toHaveLength(wanted.length)
  for (const [index, mistake] of mistakes.entries()) expect(mistake).toMatch(wanted[index]!)
})

test('the mistakes of the zone are named beside those of the line, with what was meant', () => {
  expect(mistakesOf('0 25 * * *', 'Europe/Berlni')).toEqual([
    'cron must have values from 0 to 23 in its hour, not `25`',
    'time_zone must be the name of an IANA time zone such as Europe/Berlin; did you mean Europe/Berlin?',
  ])
  expect(mistakesOf('0 5 * * *', '+02:00')).toHaveLength(1)
  expect(mistakesOf('0 5 * * *', 'europe/berlin')).toEqual([])
})
