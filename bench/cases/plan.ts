import { join } from 'node:path'
import type { PlanSummary, WorkflowEvent } from '../../src/sync/report.ts'
import type { BarePlan } from '../bare-plan.ts'
import { assertRight, type Case, type Figure, median, rowsOf, type Scale, type Settings } from '../case.ts'
import { type MeasuredCommand, measureProgram } from '../command.ts'
import { customerFields, customerQuery, expectedChanges, writeCustomers } from '../customers.ts'
import { takeForDelivered } from '../delivered-state.ts'
import { EmulatedAccount } from '../emulated-account.ts'

const formats = ['parquet', 'csv'] as const
type Format = (typeof formats)[number]

/** People of the first load who are really delivered. */
const firstPeople = 50_000

interface Sizes {
  wallMs: number
  peakRssMib: number
  cpuSeconds: number
}

export const planCase: Case = {
  key: 'plan',
  title: 'Planning what differs',
  method:
    '`deskside plan` of a query over one file of 12 columns, 1 % of the people changed, 0.1 % new, 0.1 % gone since everybody was delivered. ' +
    'Beside it, in the same run and with the same memory and threads: a bare CREATE TABLE AS of the same result into a file, plus a bare join ' +
    'of its digests with those delivered.',
  async run(settings) {
    const scales = (['100k', '1M', '10M'] as const).filter((scale) => rowsOf[scale] <= rowsOf[settings.scale])
    const figures: Figure[] = []
    for (const scale of scales) figures.push(...(await measureScale(scale, settings)))
    return [...figures, ...growth(figures)]
  },
}

/** Ten million rows beside a million. From 100,000 on nothing can be concluded: starting two processes weighs as much as so few rows. */
function growth(figures: readonly Figure[]): Figure[] {
  const byKey = (key: string) => figures.find((one) => one.key === key)?.value
  const ratio = (key: string, what: string, of: string, tenfold: number, atMost: number): Figure[] => {
    const [small, large] = [byKey(`plan.1M.${of}`), byKey(`plan.10M.${of}`)]
    if (small === undefined || large === undefined) return []
    return [{ key, what, value: large / small / tenfold, better: 'lower', target: { atMost } }]
  }
  return [
    ...ratio(
      'plan.linear',
      'Parquet: time for a row at 10 M rows, as a multiple of that at 1 M',
      'parquet.wall_s',
      10,
      1.2,
    ),
    ...ratio(
      'plan.flat',
      'first load: peak RSS at 10 M rows, as a multiple of that at 1 M',
      'first_load.peak_rss_mib',
      1,
      1.2,
    ),
  ]
}

async function measureScale(scale: Scale, settings: Settings): Promise<Figure[]> {
  const rows = rowsOf[scale]
  const account = await EmulatedAccount.open({
    emulator: ['--fast', '--plan', 'unlimited'],
    destination: { limits: { users_per_second: 'none', api_budget: 'none' } },
    tables: {
      before: { path: 'before.parquet' },
      parquet: { path: 'after.parquet' },
      csv: { path: 'after.csv', types: 'text' },
    },
    queries: { before: customerQuery('before'), parquet: customerQuery('parquet'), csv: customerQuery('csv') },
    userFields: customerFields,
  })
  try {
    await writeCustomers(join(account.dir, 'before.parquet'), rows, 'before')
    for (const format of formats) await writeCustomers(join(account.dir, `after.${format}`), rows, 'after')
    const figures = await loadFirst(account, scale, settings)
    figures.push(...(await measureUnchanged(account, scale, settings)))
    for (const format of formats) figures.push(...(await measureFormat(account, scale, format, settings)))
    return figures
  } finally {
    await account.close()
  }
}

/**
 * The first load: all rows planned, the first people delivered, then stopped. The rest is taken for delivered, so that the plans after it find
 * everybody in the ledger.
 */
async function loadFirst(account: EmulatedAccount, scale: Scale, { say }: Settings): Promise<Figure[]> {
  const rows = rowsOf[scale]
  let plan: PlanSummary | null = null
  let plannedMs = 0
  let isStopped = false
  const startedAtMs = performance.now()
  const measured = await account.run('before', {
    onLine(text, child) {
      const event = JSON.parse(text) as WorkflowEvent
      if (event.type === 'planned') {
        plan = event.plan
        plannedMs = performance.now() - startedAtMs
      }
      if (event.type !== 'progress' || event.progress.settled < firstPeople || isStopped) return
      // A second signal would not wait for the jobs in flight.
      isStopped = true
      child.kill('SIGINT')
    },
  })
  const { people, warnings, plan_id: run } = plan as unknown as PlanSummary
  assertRight(people.create === rows && warnings.length === 0, `first load ${JSON.stringify({ people, warnings })}`)
  const { created } = measured.summary.rows
  assertRight(created >= firstPeople && measured.summary.status === 'stopped', JSON.stringify(measured.summary))
  const { peakRssMib } = measured.usage
  say(
    `plan ${scale}: first load planned in ${(plannedMs / 1000).toFixed(1)} s, then ${created} people delivered: ${describe(sizesOf(measured))}`,
  )
  await takeForDelivered(account.dir, run)
  return [
    figure(scale, 'first_load.plan_s', 'first load: planning everybody, s', plannedMs / 1000),
    rssFigure(scale, 'first_load', `first load planned and ${firstPeople} people delivered`, peakRssMib),
  ]
}

async function measureFormat(
  account: EmulatedAccount,
  scale: Scale,
  format: Format,
  { runs, say }: Settings,
): Promise<Figure[]> {
  const rows = rowsOf[scale]
  const plans: Sizes[] = []
  const bare: (BarePlan & Sizes)[] = []
  for (let run = 1; run <= runs; run += 1) {
    const measured = await account.plan(format)
    assertExpected(measured.plan, rows)
    plans.push(sizesOf(measured))
    const beside = await barePlan(account, format)
    assertRight(
      JSON.stringify(expectedChanges(rows)) ===
        JSON.stringify({ changed: beside.changed, created: beside.created, gone: beside.gone }),
      `the bare join counts ${JSON.stringify(beside)}`,
    )
    bare.push(beside)
    say(
      `plan ${scale} ${format} ${run}/${runs}: ${describe(plans.at(-1)!)}; bare CREATE ${Math.round(beside.createMs)} ms + join ${Math.round(beside.joinMs)} ms, ${beside.cpuSeconds.toFixed(1)} CPU s, ${beside.peakRssMib} MiB`,
    )
  }
  const wallMs = median(plans.map((plan) => plan.wallMs))
  const floorMs = median(bare.map(({ createMs, joinMs }) => createMs + joinMs))
  const cpuSeconds = median(plans.map((plan) => plan.cpuSeconds))
  const cpuRatio = cpuSeconds / median(bare.map((beside) => beside.cpuSeconds))
  const key = (name: string) => `${format}.${name}`
  const of = `${format === 'csv' ? 'CSV' : 'Parquet'}, 1 % changed`
  const ratio = figure(scale, key('ratio'), `${of}: time as a multiple of the bare statements`, wallMs / floorMs)
  // At 100,000 rows the start of two processes weighs more than the rows.
  const isJudged = rows >= 1_000_000
  return [
    figure(scale, key('wall_s'), `${of}, s`, wallMs / 1000),
    figure(scale, key('bare_s'), `${of}: the bare statements, s`, floorMs / 1000),
    { ...ratio, ...(isJudged ? { target: { atMost: 2 }, better: 'lower' } : {}) },
    figure(scale, key('cpu_s'), `${of}: CPU s`, cpuSeconds),
    figure(scale, key('cpu_ratio'), `${of}: CPU as a multiple of the bare statements`, cpuRatio),
    rssFigure(scale, format, of, median(plans.map((plan) => plan.peakRssMib))),
  ]
}

/** The same source again, as a plan and as a run. */
async function measureUnchanged(account: EmulatedAccount, scale: Scale, { runs, say }: Settings): Promise<Figure[]> {
  const plans: Sizes[] = []
  const wholes: Sizes[] = []
  for (let run = 1; run <= runs; run += 1) {
    const measured = await account.plan('before')
    const { plan } = measured
    assertRight(plan.people.unchanged === rowsOf[scale], `unchanged people changed: ${JSON.stringify(plan.people)}`)
    plans.push(sizesOf(measured))
    await account.forgetCalls()
    const whole = await account.run('before')
    const writes = (await account.calls()).filter(({ method, path }) => method !== 'GET' && !path.startsWith('/oauth/'))
    assertRight(writes.length === 0, `a run without changes wrote ${writes.length} times`)
    assertRight(whole.summary.rows.unchanged === rowsOf[scale], `rows ${JSON.stringify(whole.summary.rows)}`)
    wholes.push(sizesOf(whole))
    say(
      `plan ${scale} nothing changed ${run}/${runs}: plan ${describe(plans.at(-1)!)}; run ${describe(wholes.at(-1)!)}`,
    )
  }
  const planMs = median(plans.map(({ wallMs }) => wallMs))
  const wholeMs = median(wholes.map(({ wallMs }) => wallMs))
  const ratio = figure(
    scale,
    'unchanged.run_by_plan',
    'nothing changed: the run as a multiple of its plan',
    wholeMs / planMs,
  )
  return [
    figure(scale, 'unchanged.plan_s', 'nothing changed: the plan, s', planMs / 1000),
    figure(scale, 'unchanged.run_s', 'nothing changed: the run, which writes nothing, s', wholeMs / 1000),
    { ...ratio, better: 'lower', target: { atMost: 1.1 } },
    rssFigure(scale, 'unchanged', 'nothing changed: the run', median(wholes.map((one) => one.peakRssMib))),
  ]
}

async function barePlan(account: EmulatedAccount, format: Format): Promise<BarePlan & Sizes> {
  const before = `read_parquet('${join(account.dir, 'before.parquet')}')`
  const path = join(account.dir, `after.${format}`)
  // The digests delivered are those of typed values; of a CSV file they are those of its texts, as they are to Deskside.
  const [from, against] =
    format === 'parquet'
      ? [`read_parquet('${path}')`, before]
      : [`read_csv('${path}', all_varchar = true)`, `(SELECT COLUMNS(*)::VARCHAR FROM ${before})`]
  const args = [join(import.meta.dirname, '..', 'bare-plan.ts'), against, from, join(account.dir, 'bare.duckdb')]
  const measured = await measureProgram(process.execPath, args)
  if (measured.exitCode !== 0) throw new Error(measured.stderr.map(({ text }) => text).join('\n'))
  const bare = JSON.parse(measured.stdout.at(-1)?.text ?? '') as BarePlan
  return { ...sizesOf(measured), ...bare }
}

function assertExpected({ people, warnings, rows }: PlanSummary, size: number): void {
  const { changed, created, gone } = expectedChanges(size)
  assertRight(
    people.create === created &&
      people.update === changed &&
      people.unchanged === size - changed - gone &&
      rows.rejected === 0 &&
      warnings.length === 0,
    `the plan ${JSON.stringify({ people, rows, warnings })}`,
  )
}

function figure(scale: Scale, key: string, what: string, value: number): Figure {
  return { key: `plan.${scale}.${key}`, what: `${scale} rows, ${what}`, value }
}

function rssFigure(scale: Scale, key: string, what: string, value: number): Figure {
  const target = scale === '10M' ? { target: { atMost: 1536 } } : {}
  return { ...figure(scale, `${key}.peak_rss_mib`, `${what}: peak RSS, MiB`, value), better: 'lower', ...target }
}

function sizesOf({ wallMs, usage }: MeasuredCommand): Sizes {
  return { wallMs, ...usage }
}

function describe({ wallMs, cpuSeconds, peakRssMib }: Sizes): string {
  return `${(wallMs / 1000).toFixed(1)} s, ${cpuSeconds.toFixed(1)} CPU s, ${peakRssMib} MiB`
}
