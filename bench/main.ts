/**
 * `npm run bench`: what Deskside costs on this machine, beside baselines measured in the same run. Timings are no tests: nothing fails because
 * a machine is slow; a wrong result does. The report goes to stdout and to bench/report/; see docs/design/performance.md.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Case, rowsOf, type Scale, type Settings } from './case.ts'
import { deliveryCase } from './cases/delivery.ts'
import { emulatorCase } from './cases/emulator.ts'
import { historyCase } from './cases/history.ts'
import { limitsCase } from './cases/limits.ts'
import { mappingCase } from './cases/mapping.ts'
import { pageCase } from './cases/page.ts'
import { peersCase } from './cases/peers.ts'
import { planCase } from './cases/plan.ts'
import { progressCase } from './cases/progress.ts'
import { recordsCase } from './cases/records.ts'
import { segmentsCase } from './cases/segments.ts'
import { startUpCase } from './cases/start-up.ts'
import { markdownOf } from './markdown.ts'
import { readRecorded, recordReport } from './recorded.ts'
import { writeTables } from './recorded-tables.ts'
import { type Measured, reportOf } from './report.ts'

const cases: readonly Case[] = [
  deliveryCase,
  limitsCase,
  planCase,
  mappingCase,
  startUpCase,
  recordsCase,
  historyCase,
  progressCase,
  segmentsCase,
  peersCase,
  emulatorCase,
  pageCase,
]

const { values } = parseArgs({
  options: {
    /** Keys of cases, separated by commas. */
    only: { type: 'string' },
    scale: { type: 'string', default: '1M' },
    runs: { type: 'string', default: '3' },
    /** People of a delivery; fewer are for work on the benchmark itself. */
    people: { type: 'string', default: '100000' },
    json: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
})

/** What the command line asks for, or a sentence about what is wrong with it. */
function readSettings(): { settings: Settings; chosen: readonly Case[] } {
  const legal = (given: string, names: readonly string[]) => {
    if (!names.includes(given)) throw new Error(`"${given}" is none of: ${names.join(', ')}.`)
  }
  const count = (text: string, option: string) => {
    if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${option} takes a whole number, not "${text}".`)
    return Number(text)
  }
  legal(values.scale, Object.keys(rowsOf))
  const keys = values.only?.split(',')
  for (const key of keys ?? [])
    legal(
      key,
      cases.map((one) => one.key),
    )
  const settings: Settings = {
    scale: values.scale as Scale,
    runs: count(values.runs, 'runs'),
    people: count(values.people, 'people'),
    say: (text) => process.stderr.write(`  ${text}\n`),
  }
  return { settings, chosen: cases.filter(({ key }) => keys === undefined || keys.includes(key)) }
}

async function measure(one: Case, settings: Settings): Promise<Measured> {
  const { key, title, method } = one
  process.stderr.write(`${title}\n`)
  const startedAtMs = performance.now()
  const end = (figures: Measured['figures'], problem: string | null): Measured => ({
    case: { key, title, method },
    figures,
    problem,
    tookMs: performance.now() - startedAtMs,
  })
  try {
    return end(await one.run(settings), null)
  } catch (error) {
    // The other cases are still worth measuring; the exit code tells.
    const problem = error instanceof Error ? error.message : String(error)
    process.stderr.write(`  ${problem}\n`)
    return end([], problem)
  }
}

// As bin/deskside does for the processes that a server starts: queries start in a third of the CPU.
const compiled = mkdtempSync(join(tmpdir(), 'deskside-bench-code-'))
process.env.NODE_COMPILE_CACHE = compiled
process.once('exit', () => rmSync(compiled, { recursive: true, force: true }))

// An orderly exit ends children and removes what is in the temporary folder.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const { settings, chosen } = readSettings()
const measured: Measured[] = []
for (const one of chosen) measured.push(await measure(one, settings))
const report = reportOf(measured, settings)
const markdown = markdownOf(report, readRecorded())
const json = `${JSON.stringify(report, null, 2)}\n`
const folder = join(import.meta.dirname, 'report')
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'report.md'), markdown)
writeFileSync(join(folder, 'report.json'), json)
process.stdout.write(values.json ? json : markdown)
if (measured.some(({ problem }) => problem !== null)) process.exitCode = 1
else if (values.record) writeTables(recordReport(report))
