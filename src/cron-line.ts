/** The days that a line names. As in Vixie cron: named by both fields, either is enough, unless one of them begins with `*`. */
export type CronDays =
  | { by: 'every' }
  | { by: 'month'; ofMonth: readonly number[] }
  | { by: 'week'; ofWeek: readonly number[] }
  | { by: 'either' | 'both'; ofMonth: readonly number[]; ofWeek: readonly number[] }

/** What a cron line of five fields says: the values it names, each list rising and without repetition. */
export interface CronLine {
  /** 0 to 59. */
  minutes: readonly number[]
  /** 0 to 23. */
  hours: readonly number[]
  /** 1 to 12. */
  months: readonly number[]
  /** Of the month 1 to 31, of the week 0 (Sunday) to 6. */
  days: CronDays
}

const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

interface Field {
  name: string
  min: number
  max: number
  /** In lower case, three letters each; the first one stands for `min`. */
  names: readonly string[]
}

const short = (names: readonly string[]) => names.map((name) => name.slice(0, 3).toLowerCase())

const fields = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of month', min: 1, max: 31, names: [] },
  { name: 'month', min: 1, max: 12, names: short(monthNames) },
  // 7 is Sunday, as 0 is.
  { name: 'day of week', min: 0, max: 7, names: short(dayNames) },
] as const satisfies Field[]

const fieldList = 'minute, hour, day of month, month, day of week'

const nicknames: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** Reads a cron line. Where it has mistakes, all of them are named, each as `must ...`, and there is no line. */
export function readCronLine(text: string): { line: CronLine; mistakes: [] } | { line: null; mistakes: string[] } {
  const written = text.trim()
  if (written.startsWith('@')) return { line: null, mistakes: [nicknameMistake(written)] }
  const parts = written === '' ? [] : written.split(/\s+/)
  if (parts.length !== fields.length) {
    const more = parts.length > fields.length ? ': seconds and years are no part of it' : ''
    return { line: null, mistakes: [`must have five fields (${fieldList}), not ${parts.length}${more}`] }
  }
  const mistakes: string[] = []
  const [minutes, hours, ofMonth, months, ofWeek] = fields.map((field, index) =>
    readField(field, parts[index]!, (mistake) => mistakes.push(mistake)),
  ) as [number[], number[], number[], number[], number[]]
  if (mistakes.length > 0) return { line: null, mistakes }
  const bothNeeded = parts[2]!.startsWith('*') || parts[4]!.startsWith('*')
  const days = daysOf(ofMonth, [...new Set(ofWeek.map((day) => day % 7))].sort(rising), bothNeeded)
  if (!everComes(months, days)) return { line: null, mistakes: ['must name a day that there is in one of its months'] }
  return { line: { minutes, hours, months, days }, mistakes: [] }
}

function nicknameMistake(nickname: string): string {
  const meant = nicknames[nickname.toLowerCase()]
  const hint = meant === undefined ? '' : `; write \`${meant}\``
  return `must have five fields (${fieldList}), not a nickname${hint}`
}

const rising = (a: number, b: number) => a - b

/** The values of a field, rising; reports each part of it that names none. */
function readField(field: Field, text: string, report: (mistake: string) => void): number[] {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const read = readPart(field, part)
    if (typeof read === 'string') report(read)
    else for (let value = read.from; value <= read.to; value += read.step) values.add(value)
  }
  return [...values].sort(rising)
}

/** One part of a list: `*`, a value or a range, with a step or without. Gives the mistake as text. */
function readPart(field: Field, part: string): { from: number; to: number; step: number } | string {
  const [range, stepText, ...rest] = part.split('/')
  const [fromText, toText, ...more] = range!.split('-')
  if (rest.length > 0 || more.length > 0) return unreadable(field, part)
  const any = range === '*'
  const last = field.max === 7 ? 6 : field.max
  const from = any ? field.min : readValue(field, fromText!)
  let to = any ? last : toText === undefined ? from : readValue(field, toText)
  if (from === null || to === null) return unreadable(field, part)
  if (from > field.max || to > field.max || from < field.min || to < field.min)
    return `must have values from ${field.min} to ${field.max} in its ${field.name}, not \`${part}\``
  // Monday to Sunday, where the name would otherwise mean the day before Monday.
  if (field.max === 7 && to === 0 && from > 0 && toText?.toLowerCase() === 'sun') to = 7
  if (to < from) return `must have ranges that rise in its ${field.name}, not \`${part}\``
  if (stepText === undefined) return { from, to, step: 1 }
  if (!any && toText === undefined)
    return `must have a step after * or a range in its ${field.name}, such as \`${from}-${last}/${stepText}\`, not \`${part}\``
  const step = /^\d{1,4}$/.test(stepText) ? Number(stepText) : 0
  if (step < 1 || step > to - from)
    return `must have a step from 1 to ${Math.max(1, to - from)} in its ${field.name}, not \`${part}\``
  return { from, to, step }
}

function readValue(field: Field, text: string): number | null {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  const place = field.names.indexOf(text.toLowerCase())
  return place === -1 ? null : field.min + place
}

function unreadable(field: Field, part: string): string {
  const long = field.names.find((name) => part.length > 3 && part.toLowerCase().startsWith(name))
  const hint = long === undefined ? '' : `; did you mean ${long}?`
  const legal = field.names.length === 0 ? 'numbers' : `numbers or names (${field.names[1]})`
  return `must have *, ${legal}, ranges (1-5), lists (1,3) and steps (*/2) in its ${field.name}, not \`${part}\`${hint}`
}

function daysOf(ofMonth: number[], ofWeek: number[], bothNeeded: boolean): CronDays {
  const anyOfMonth = ofMonth.length === 31
  const anyOfWeek = ofWeek.length === 7
  if (bothNeeded) {
    if (anyOfMonth && anyOfWeek) return { by: 'every' }
    if (anyOfMonth) return { by: 'week', ofWeek }
    return anyOfWeek ? { by: 'month', ofMonth } : { by: 'both', ofMonth, ofWeek }
  }
  return anyOfMonth || anyOfWeek ? { by: 'every' } : { by: 'either', ofMonth, ofWeek }
}

const longestDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** False for the likes of 30 February. */
function everComes(months: readonly number[], days: CronDays): boolean {
  if (days.by !== 'month' && days.by !== 'both') return true
  return months.some((month) => days.ofMonth[0]! <= longestDays[month - 1]!)
}

/**
 * The line in plain English, such as `at 08:30 on Monday`. Two lines that read alike have the same times: what has no short form is
 * told field by field.
 */
export function cronInWords(line: CronLine): string {
  const time = timeInWords(line)
  const days = daysInWords(line, line.hours.length < 24)
  if (days === '') return time
  return time.includes(' to ') ? `${time}, ${days}` : `${time} ${days}`
}

function timeInWords({ minutes, hours }: CronLine): string {
  const step = evenStep(minutes)
  const everySome = step === 1 ? 'every minute' : step === null ? null : `every ${step} minutes`
  if (hours.length === 24) {
    if (everySome !== null) return everySome
    return `at ${counted('minute', minutes)} of every hour`
  }
  if (minutes.length * hours.length <= 6)
    return `at ${listed(hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute))))}`
  const apart = hours[1]! - hours[0]!
  const spaced = hours.length > 2 && hours.every((hour, index) => hour === hours[0]! + index * apart)
  const span = `from ${clock(hours[0]!, minutes[0]!)} to ${clock(hours.at(-1)!, minutes.at(-1)!)}`
  if (spaced && minutes.length === 1) return `${apart === 1 ? 'every hour' : `every ${apart} hours`} ${span}`
  if (spaced && apart === 1 && everySome !== null) return `${everySome} ${span}`
  const when = everySome ?? `at ${counted('minute', minutes)}`
  return `${when} of ${counted('hour', hours)}`
}

/** Minutes apart, where the minutes are spread evenly over the hour from its beginning. */
function evenStep(minutes: readonly number[]): number | null {
  const step = 60 / minutes.length
  return minutes.length > 1 && minutes.every((minute, index) => minute === index * step) ? step : null
}

function daysInWords({ days, months }: CronLine, sayEvery: boolean): string {
  const someMonths = months.length < 12
  const names = months.map((month) => monthNames[month - 1]!)
  const inMonths = someMonths ? spanned('in', monthNames, names) : ''
  const of = someMonths ? listed(runsOf(monthNames, names)) : 'the month'
  const joined = (text: string, between = ' ') => (inMonths === '' ? text : `${text}${between}${inMonths}`)
  switch (days.by) {
    case 'every':
      return sayEvery ? joined('every day') : inMonths
    case 'week':
      return joined(weekInWords(days.ofWeek))
    case 'month':
      return `on ${counted('day', days.ofMonth)} of ${of}`
    case 'either':
      return `on ${counted('day', days.ofMonth)} of ${of} and also ${joined(weekInWords(days.ofWeek))}`
    case 'both':
      return joined(`${weekInWords(days.ofWeek)} when that is ${counted('day', days.ofMonth)} of the month`)
    default:
      return days satisfies never
  }
}

/** People's weeks begin on Monday. */
const week = [...dayNames.slice(1), dayNames[0]!]

function weekInWords(ofWeek: readonly number[]): string {
  const named = week.filter((name) => ofWeek.includes(dayNames.indexOf(name)))
  return spanned('on', week, named)
}

/** `on Monday`, or `from Monday to Friday` where it is one run. */
function spanned(preposition: string, order: readonly string[], names: readonly string[]): string {
  const runs = runsOf(order, names)
  return runs.length === 1 && names.length > 2 ? `from ${runs[0]}` : `${preposition} ${listed(runs)}`
}

function counted(noun: string, values: readonly number[]): string {
  const all = Array.from({ length: 60 }, (_, index) => String(index))
  const text = listed(runsOf(all, values.map(String)))
  return values.length === 1 ? `${noun} ${text}` : `${noun}s ${text}`
}

/** Names that follow one another in `order`, three or more of them put together as `a to c`. */
function runsOf(order: readonly string[], names: readonly string[]): string[] {
  const runs: string[][] = []
  for (const name of names) {
    const run = runs.at(-1)
    if (run !== undefined && order.indexOf(run.at(-1)!) + 1 === order.indexOf(name)) run.push(name)
    else runs.push([name])
  }
  return runs.flatMap((run) => (run.length > 2 ? [`${run[0]} to ${run.at(-1)}`] : run))
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

function clock(hour: number, minute: number): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}
