import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shown } from './case.ts'
import { type RecordedRun, recordedValue } from './recorded.ts'

const root = join(import.meta.dirname, '..')

/** What the README tells of the figures. */
const summary: readonly (readonly [key: string, what: string])[] = [
  ['delivery.users_per_second', 'People a second while delivering without limits, every outcome read'],
  ['delivery.share_of_posts', 'The same as a share of bare POSTs of the same bodies, whose outcomes nobody reads'],
  ['delivery.whole_command', 'People a second of the whole command, from start to exit'],
  ['delivery.cpu_s', 'CPU seconds per 1,000 people, all processes'],
  ['delivery.peak_rss_mib', 'Peak memory of all processes, MiB'],
  ['limits.utilisation', 'Of a limit of 100 people a second, used (%)'],
  ['limits.requests', 'Requests that write or ask for results, per 1,000 people, at that limit'],
  ['plan.1M.parquet.wall_s', 'Plan of 1,000,000 rows, 1 % changed, seconds'],
  ['plan.10M.parquet.wall_s', 'Plan of 10,000,000 rows, 1 % changed, seconds'],
  [
    'plan.10M.parquet.ratio',
    'The same as a multiple of a bare CREATE TABLE AS and a bare join with what was delivered',
  ],
  ['plan.10M.parquet.peak_rss_mib', 'Its peak memory, MiB'],
  ['segments.1M.p95', 'Counting one of 50 different segments of 1,000,000 people, the slowest but 5 %, ms'],
  [
    'peers.by_script',
    'Whole command beside a script with node-zendesk that sends one batch after the other (times as fast)',
  ],
]

/** Fills the tables of README.md and docs/design/performance.md from what is recorded. */
export function writeTables(recorded: readonly RecordedRun[]): void {
  for (const { path, text } of tablesOf(recorded)) writeFileSync(path, text)
}

/** The files that show recorded figures, as they must read. */
export function tablesOf(recorded: readonly RecordedRun[]): { path: string; text: string }[] {
  const brief = summary.flatMap(([key, what]) => {
    const value = recordedValue(recorded, key)
    return value === undefined ? [] : [{ what, value }]
  })
  // Figures are recorded case by case: each run that one of them comes from is named.
  const sources = recorded.filter(({ figures }) => summary.some(([key]) => key in figures)).map(sourceLine)
  const whole = recorded.flatMap((run) => [...tableLines(Object.values(run.figures)), sourceLine(run), ''])
  const readme = join(root, 'README.md')
  const performance = join(root, 'docs', 'design', 'performance.md')
  const none = ['', 'Nothing has been recorded.', '']
  return [
    {
      path: readme,
      text: replaceMarked(readme, brief.length === 0 ? none : [...tableLines(brief), ...sources, '']),
    },
    { path: performance, text: replaceMarked(performance, recorded.length === 0 ? none : whole) },
  ]
}

function tableLines(figures: readonly { what: string; value: number }[]): string[] {
  return [
    '',
    '| What | Figure |',
    '| --- | --- |',
    ...figures.map(({ what, value }) => `| ${what} | ${shown(value)} |`),
    '',
  ]
}

function sourceLine(run: RecordedRun): string {
  return `Measured ${run.measuredAt.slice(0, 10)} at commit ${run.commit}, medians of ${run.runs}: ${run.machine}, Node ${run.versions.node}.`
}

/** The text of a Markdown file with other lines between its marks. */
function replaceMarked(path: string, lines: readonly string[]): string {
  const text = readFileSync(path, 'utf8')
  const [begin, end] = ['<!-- figures: written by `npm run bench -- --record` -->', '<!-- /figures -->']
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${path} lacks the marks of its figures.`)
  return `${text.slice(0, from + begin.length)}\n${lines.join('\n')}\n${text.slice(to)}`
}
