import { type Figure, shown } from './case.ts'
import { type RecordedRun, recordedValue } from './recorded.ts'
import type { Measured, Report } from './report.ts'

/** A ratio this much worse than the recorded one is marked. */
const regression = 0.2

/** Whether a target is met; null: there is none. */
function isMet({ value, target }: Figure): boolean | null {
  if (target === undefined) return null
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
}

/** By which share a ratio is worse than recorded; negative: better. */
function worseBy({ value, better }: Figure, recorded: number): number {
  if (recorded === 0) return better === 'lower' && value > 0 ? 1 : 0
  return better === 'higher' ? 1 - value / recorded : value / recorded - 1
}

/** The whole report as Markdown. */
export function markdownOf(report: Report, recorded: readonly RecordedRun[]): string {
  const { machine, versions, measuredAt, commit, scale, runs, cases } = report
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const head = [
    `# Deskside, measured ${measuredAt.slice(0, 16).replace('T', ' ')} UTC`,
    '',
    `${machine}; ${named.join(', ')}; commit ${commit}; scale ${scale}; medians of ${runs} runs.`,
    'Emulator and Deskside share the machine.',
    ...recorded
      .slice(0, 1)
      .map((run) => `Recorded last: ${run.measuredAt.slice(0, 10)}, commit ${run.commit}, ${run.machine}.`),
  ]
  return `${[...head, ...cases.flatMap((one) => caseLines(one, recorded)), ...judgement(cases, recorded)].join('\n')}\n`
}

function caseLines({ case: { title, method }, figures, problem, tookMs }: Measured, recorded: readonly RecordedRun[]) {
  const heading = ['', `## ${title}`, '', `${method} Took ${Math.round(tookMs / 1000)} s.`, '']
  if (problem !== null) return [...heading, `**Could not be measured: ${problem}**`]
  return [
    ...heading,
    '| What | Figure | Target | | Recorded |',
    '| --- | ---: | --- | --- | --- |',
    ...figures.map((figure) => {
      const met = isMet(figure)
      const verdict = met === null ? '' : met ? 'met' : '**missed**'
      return `| ${figure.what} | ${shown(figure.value)} | ${targetText(figure)} | ${verdict} | ${recordedText(figure, recorded)} |`
    }),
  ]
}

function recordedText(figure: Figure, recorded: readonly RecordedRun[]): string {
  const before = recordedValue(recorded, figure.key)
  if (before === undefined) return ''
  if (figure.better === undefined) return shown(before)
  const worse = worseBy(figure, before)
  return worse > regression ? `${shown(before)} **(${Math.round(worse * 100)} % worse)**` : shown(before)
}

function judgement(cases: readonly Measured[], recorded: readonly RecordedRun[]): string[] {
  const figures = cases.flatMap((one) => one.figures)
  const judged = figures.filter((figure) => figure.target !== undefined)
  const missed = judged.filter((figure) => isMet(figure) === false)
  const worse = figures.filter((figure) => {
    const before = figure.better === undefined ? undefined : recordedValue(recorded, figure.key)
    return before !== undefined && worseBy(figure, before) > regression
  })
  const list = (some: readonly Figure[]) => some.map(({ what, value }) => `- ${what}: ${shown(value)}`)
  return [
    '',
    '## In short',
    '',
    `${judged.length - missed.length} of ${judged.length} targets met.`,
    ...(missed.length === 0 ? [] : ['', 'Missed:', '', ...list(missed)]),
    ...(worse.length === 0 ? [] : ['', 'More than 20 % worse than recorded:', '', ...list(worse)]),
  ]
}

function targetText({ target }: Figure): string {
  if (target === undefined) return ''
  return 'atLeast' in target ? `≥ ${shown(target.atLeast)}` : `≤ ${shown(target.atMost)}`
}
