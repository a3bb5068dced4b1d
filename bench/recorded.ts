import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rounded } from './case.ts'
import type { Report } from './report.ts'

const path = join(import.meta.dirname, 'recorded.json')

/** What one run of the benchmark recorded. */
export interface RecordedRun {
  measuredAt: string
  commit: string
  machine: string
  versions: Record<string, string>
  runs: number
  /** What each key means, and its value. */
  figures: Record<string, { what: string; value: number }>
}

/** Newest first; of a figure that several have, the newest counts. */
export function readRecorded(): RecordedRun[] {
  return JSON.parse(readFileSync(path, 'utf8')) as RecordedRun[]
}

export function recordedValue(recorded: readonly RecordedRun[], key: string): number | undefined {
  return recorded.find(({ figures }) => key in figures)?.figures[key]?.value
}

/** Records a report: what it measured replaces what was recorded before. */
export function recordReport({ measuredAt, commit, machine, versions, runs, cases }: Report): RecordedRun[] {
  const figures = Object.fromEntries(
    cases.flatMap((one) => one.figures).map(({ key, what, value }) => [key, { what, value: rounded(value) }]),
  )
  const older = readRecorded()
    .map((run) => ({ ...run, figures: without(run.figures, figures) }))
    .filter((run) => Object.keys(run.figures).length > 0)
  const recorded = [{ measuredAt, commit, machine, versions, runs, figures }, ...older]
  writeFileSync(path, `${JSON.stringify(recorded, null, 2)}\n`)
  return recorded
}

function without<T>(from: Record<string, T>, taken: Record<string, unknown>): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !(key in taken)))
}
