import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { children } from '../../test/children.ts'
import { Problem } from '../problem.ts'
import { duckdbEngine } from './duckdb.ts'
import { leftOf, openBench } from './engine-contract.ts'
import { type Ending, type HostileClass, hostileClasses } from './hostile-statements.ts'

const fileCanary = 'canary-in-a-file-7d1f'
const environmentCanary = 'canary-in-the-environment-7d1f'
/** Bombs are to meet the limit, all others to end long before it. */
const limitsFor = (endings: readonly Ending[]) => ({
  memoryMib: 200,
  timeoutMs: endings.includes('limits') ? 2_000 : 10_000,
})

const codes: Record<Exclude<Ending, 'rows'>, string[]> = {
  not_one_select: ['query.not_one_select'],
  forbidden: ['query.forbidden'],
  invalid: ['query.invalid'],
  failed: ['query.failed'],
  limits: ['query.timed_out', 'query.out_of_memory'],
}

/** Folders of this machine, which no problem may name. Names of the data's own are in the statements. */
const placesOfOurs = [process.cwd(), process.execPath, 'node_modules', 'deskside_stage', 'run.duckdb']

interface Outcome {
  code: string
  /** Everything that somebody could read of it. */
  told: string
}

/** Runs one statement in a folder of its own, and looks at everything that it could have done. */
async function suffer(statement: string, endings: readonly Ending[]): Promise<Outcome> {
  const bench = openBench(duckdbEngine())
  const env = bench.file('.env', `${fileCanary}\n`)
  bench.file('schema.sql', `${fileCanary};\n`)
  bench.file('load.sql', `${fileCanary};\n`)
  symlinkSync(env, join(bench.dir, 'link.csv'))
  const before = readdirSync(bench.dir).map((name) => [name, readFileSync(join(bench.dir, name), 'utf8')])
  const sql = statement.replaceAll('$DIR', bench.dir)
  try {
    const outcome = await bench.rows(sql, { limits: limitsFor(endings) }).then(
      ({ extract, rows }) => ({ code: 'rows', told: JSON.stringify([extract, rows.slice(0, 100)]) }),
      (error: unknown) => {
        expect(error, String(error)).toBeInstanceOf(Problem)
        return { code: (error as Problem).code, told: JSON.stringify(error) }
      },
    )
    expect(leftOf(bench.dir)).toEqual([])
    const names = readdirSync(bench.dir).filter((name) => name !== 'stage')
    expect(names.map((name) => [name, readFileSync(join(bench.dir, name), 'utf8')])).toEqual(before)
    if (!statement.includes('$DIR')) expect(outcome.told).not.toContain(bench.dir)
    return outcome
  } finally {
    bench.close()
  }
}

describe('hostile SQL', () => {
  let ticks = 0
  let ticking: NodeJS.Timeout
  let others: string[]
  beforeAll(() => {
    process.env.DESKSIDE_CANARY = environmentCanary
    ticking = setInterval(() => ticks++, 20)
    others = children()
  })
  afterAll(() => {
    clearInterval(ticking)
    delete process.env.DESKSIDE_CANARY
  })

  it.each(hostileClasses)(
    'I9: does no harm by $name',
    async ({ statements, endings }: HostileClass) => {
      const allowed = endings.flatMap((ending) => (ending === 'rows' ? ['rows'] : codes[ending]))
      const left = statements.values()
      const wrong: string[] = []
      ticks = 0
      const worker = async () => {
        for (const statement of left) {
          const { code, told } = await suffer(statement, endings)
          const start = statement.slice(0, 100)
          if (!allowed.includes(code)) wrong.push(`${start}: ${told.slice(0, 300)}`)
          expect(told, start).not.toContain(fileCanary)
          expect(told, start).not.toContain(environmentCanary)
          for (const place of placesOfOurs.filter((one) => !statement.includes(one))) {
            expect(told.includes(place), `${start} tells ${place}`).toBe(false)
          }
        }
      }
      // Each statement starts a process; a few at once keep the suite short without crowding the machine.
      await Promise.all([worker(), worker(), worker()])
      expect(wrong).toEqual([])
      // Who asked could do other things all the while, and nothing runs on.
      expect(ticks).toBeGreaterThan(statements.length)
      expect(children().filter((pid) => !others.includes(pid))).toEqual([])
      expect(existsSync(join(tmpdir(), 'deskside-out.csv'))).toBe(false)
    },
    300_000,
  )

  it('is tried by at least eight statements of each class, and not fewer than a hundred', () => {
    for (const { name, statements } of hostileClasses) expect(statements.length, name).toBeGreaterThanOrEqual(8)
    expect(hostileClasses.flatMap(({ statements }) => statements).length).toBeGreaterThan(200)
  })
})
