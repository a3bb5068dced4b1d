import { Tooltip } from '@mantine/core'
import { useEffect, useState } from 'react'

const grouped = new Intl.NumberFormat('en')
const percentages = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })
const short = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const shortOfYear = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' })
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'long' })
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** `12,345` */
export const figure = (value: number): string => grouped.format(value)
/** `12.3%` of a share between 0 and 1 */
export const percent = (share: number): string => percentages.format(share)
/** `3 rows`, `1 row` */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${figure(count)} ${count === 1 ? noun : plural}`

/** `1 min 5 s` */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  const hours = Math.floor(minutes / 60)
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}

/** `3 minutes ago`, or the date once it is longer ago (or ahead) than a day. */
export function whenText(at: Date, now: Date = new Date()): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1_000)
  const distance = Math.abs(seconds)
  if (distance < 45) return seconds <= 0 ? 'just now' : 'in a moment'
  if (distance < 3_600) return relative.format(Math.round(seconds / 60), 'minute')
  if (distance < 86_400) return relative.format(Math.round(seconds / 3_600), 'hour')
  return at.getFullYear() === now.getFullYear() ? short.format(at) : shortOfYear.format(at)
}

/** A time in the person's zone; the exact one, with its zone and in UTC, once somebody points at it. */
export function Moment({ at }: { at: string | null }) {
  useNow(30_000)
  // A list has a hundred of them, and few are ever pointed at: a tooltip costs more than the row that it stands in.
  const [isAsked, setAsked] = useState(false)
  if (at === null) return <span>—</span>
  const date = new Date(at)
  const time = (
    <time dateTime={at} onPointerEnter={() => setAsked(true)}>
      {/* Told as of this very moment: what has just happened is not ahead. */}
      {whenText(date)}
    </time>
  )
  return isAsked ? (
    <Tooltip label={`${exact.format(date)} (${date.toISOString()})`} defaultOpened>
      {time}
    </Tooltip>
  ) : (
    time
  )
}

/** Digits of one width, grouped. */
export function Figure({ value }: { value: number }) {
  return <span style={{ fontVariantNumeric: 'tabular-nums' }}>{figure(value)}</span>
}

/** The present, renewed so often. */
export function useNow(everyMs: number): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
