/**
 * Loaded into a measured `deskside run` by NODE_OPTIONS: watches how long its event loop is kept from turning, from the first bulk request
 * to the last answer about jobs, and writes that to the file in EVENT_LOOP_DELAY_FILE when the process ends. Nothing is subtracted: a loop
 * that is never held up shows the resolution.
 */
import { subscribe } from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds. */
export interface EventLoopDelay {
  p50: number
  p99: number
  p999: number
  max: number
}

interface RequestMessage {
  request: { method: string; path: string }
}

const histogram = monitorEventLoopDelay({ resolution: 2 })
let isOn = false
let seen: EventLoopDelay | null = null

// undici tells of every request: https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
subscribe('undici:request:create', (message) => {
  const { request } = message as RequestMessage
  if (isOn || request.method !== 'POST' || !request.path.includes('_many')) return
  isOn = true
  histogram.enable()
})

subscribe('undici:request:trailers', (message) => {
  const { request } = message as RequestMessage
  if (!isOn || !request.path.includes('job_statuses')) return
  const at = (percentile: number) => histogram.percentile(percentile) / 1e6
  seen = { p50: at(50), p99: at(99), p999: at(99.9), max: histogram.max / 1e6 }
})

process.on('exit', () => {
  const path = process.env.EVENT_LOOP_DELAY_FILE
  if (path !== undefined && seen !== null) writeFileSync(path, JSON.stringify(seen))
})
