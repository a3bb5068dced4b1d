import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { assertRight, type Case, type Figure, rowsOf, type Settings } from '../case.ts'
import { EmulatedAccount } from '../emulated-account.ts'

const formats = ['csv', 'json'] as const
/** Lines beside those of the rows: a header; brackets. */
const furtherLines = { csv: 1, json: 2 }

export const recordsCase: Case = {
  key: 'records',
  title: 'Listing a million rejected rows',
  method: '`deskside records <run> --outcome rejected` of a run in which no row had a name, written to a pipe, once.',
  async run(settings) {
    const sizes = ([100_000, 1_000_000] as const).filter((rows) => rows <= rowsOf[settings.scale])
    const figures: Figure[] = []
    const peaks = new Map<number, number>()
    for (const rows of sizes) {
      const { peakRssMib, ...measured } = await measureSize(rows, settings)
      peaks.set(rows, peakRssMib)
      figures.push(...measured.figures)
    }
    const [small, large] = [peaks.get(100_000), peaks.get(1_000_000)]
    if (small === undefined || large === undefined) return figures
    const what = 'peak RSS at 1,000,000 rows as a multiple of that at 100,000'
    return [...figures, { key: 'records.flat', what, value: large / small, target: { atMost: 1.25 }, better: 'lower' }]
  },
}

async function measureSize(rows: number, { say }: Settings): Promise<{ figures: Figure[]; peakRssMib: number }> {
  const account = await EmulatedAccount.open({
    emulator: ['--fast', '--plan', 'unlimited'],
    tables: { nameless: { path: 'nameless.parquet' } },
    queries: { nameless: 'SELECT * FROM nameless' },
  })
  try {
    await writeNameless(join(account.dir, 'nameless.parquet'), rows)
    const { summary } = await account.run('nameless')
    assertRight(summary.rows.rejected === rows, `rows ${JSON.stringify(summary.rows)}`)
    const figures: Figure[] = []
    let peakRssMib = 0
    for (const format of formats) {
      const args = ['records', summary.run_id, '--outcome', 'rejected', '--format', format]
      const measured = await account.command(args, { stdout: 'count' })
      const lines = measured.countedLines - furtherLines[format]
      assertRight(measured.exitCode === 0 && lines === rows, `${lines} rows of ${rows} were listed`)
      peakRssMib = Math.max(peakRssMib, measured.usage.peakRssMib)
      const value = (rows / measured.wallMs) * 1000
      say(`records, ${rows} rows as ${format}: ${Math.round(value)} rows/s, ${peakRssMib} MiB`)
      figures.push({
        key: `records.${rows}.${format}`,
        what: `${rows.toLocaleString('en-US')} rows as ${format}, rows a second`,
        value,
      })
    }
    const what = `${rows.toLocaleString('en-US')} rows: peak RSS, MiB`
    return {
      figures: [...figures, { key: `records.${rows}.peak_rss_mib`, what, value: peakRssMib, better: 'lower' }],
      peakRssMib,
    }
  } finally {
    await account.close()
  }
}

async function writeNameless(path: string, rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(
    `COPY (SELECT 'c-' || n AS external_id, 'person' || n || '@example.com' AS email, NULL::VARCHAR AS name FROM range(${rows}) r(n)) TO '${path}' (FORMAT parquet)`,
  )
  connection.closeSync()
  instance.closeSync()
}
