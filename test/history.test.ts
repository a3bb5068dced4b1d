import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Ledger } from '../src/sync/ledger/ledger.ts'
import { type Bench, openBench } from './project-bench.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
  await bench.write([{ external_id: '1', email: 'one@example.com', name: 'Ann' }])
})
afterEach(() => bench.close())

const runFiles = () => readdir(join(bench.dir, '.deskside', 'runs'))

it('the materialised result goes when a run has settled, its plan after the history period; its counts stay', async () => {
  const first = await bench.run()
  expect(await runFiles()).toEqual([`${first.run_id}.duckdb`])
  const ledger = await Ledger.open(join(bench.dir, '.deskside'))
  await ledger.db.run('UPDATE workflows SET started_at = started_at - INTERVAL 31 DAY WHERE run = $1', [first.run_id])
  await ledger.close()
  const second = await bench.run()
  expect(await runFiles()).toEqual([`${second.run_id}.duckdb`])
  const workflows = await bench.withApp((app) => app.workflows())
  expect(workflows.map((workflow) => [workflow.run_id, workflow.rows.created, workflow.rows.unchanged])).toEqual([
    [second.run_id, 0, 1],
    [first.run_id, 1, 0],
  ])
  await expect(bench.records(first.run_id)).rejects.toMatchObject({ code: 'records.gone' })
})

it('only its owner can read the state of a project, and git never sees it', async () => {
  await bench.run()
  const state = join(bench.dir, '.deskside')
  expect((await stat(state)).mode & 0o777).toBe(0o700)
  expect(await readdir(state)).toContain('.gitignore')
})
