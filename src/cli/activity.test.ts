import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Bench, openBench } from '../../test/project-bench.ts'
import { openStore } from '../store/open.ts'
import { entry } from '../store/test-objects.ts'
import { adminCommand } from './admin.ts'
import { makeContext } from './context.ts'
import { main } from './main.ts'
import { captured, runCli } from './test-run.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench()
})
afterEach(() => bench.close())

async function activity(...options: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCli(['activity', ...options], bench.dir, { env: {} })
  expect([exitCode, stdout, stderr]).toEqual([0, expect.anything(), ''])
  return stdout
}

async function fill(count: number): Promise<void> {
  const store = await openStore({ url: null, path: join(bench.dir, '.deskside', 'control.sqlite') })
  for (let n = 0; n < count; n++)
    await store.activity.add(
      entry({
        ...{ id: `A-${n}`, at: new Date(Date.UTC(2026, 0, 1, 0, n)), allowed: n % 2 === 0 },
        ...{ actor: `user/${n % 2}`, actorName: '=cmd|calc', action: n === 0 ? 'key:write' : 'user:write' },
      }),
    )
  await store.close()
}

test('a project without a server has nothing to show, and nothing is made', async () => {
  expect(await activity()).toBe('Nothing that fits is in the activity log.\n')
  expect(await activity('--json')).toBe('[]\n')
  expect(await activity('--csv')).toMatch(/^event_id,time_utc,[^\n]+\r\n$/)
})

test('the newest lines are shown, and that there are more', async () => {
  await fill(130)
  const shown = await activity()
  expect(shown).toContain('2026-01-01 02:09')
  expect(shown.split('\n').filter((line) => line.includes('user:write'))).toHaveLength(100)
  expect(shown.split('\n').filter((line) => line.includes('denied'))).toHaveLength(50)
  expect(shown).toContain('These are the newest 100.')
  const [first] = JSON.parse(await activity('--json'))
  expect(first).toMatchObject({ id: 'A-129', at: '2026-01-01T02:09:00.000Z', actor_name: '=cmd|calc', allowed: false })
})

test('making the administrator and a backup without a server are lines of the command line', async () => {
  const { parts } = captured(bench.dir, { env: {} })
  const input = Readable.from(['a long enough password\n']) as unknown as Parameters<typeof adminCommand>[3]
  await adminCommand(makeContext(parts, {}), 'ann@example.com', { fromStdin: true }, input)
  expect(await main(['backup', join(bench.dir, 'backup')], parts)).toBe(0)
  const lines = JSON.parse(await activity('--json'))
  expect(lines).toMatchObject([
    { actor: 'cli', action: 'server:maintain', object: 'server', detail: { call: 'backup', with_key: false } },
    { actor: 'cli', action: 'server:maintain', object: expect.stringMatching(/^user\/./), detail: { call: 'admin' } },
  ])
  expect(lines).toHaveLength(2)
})

test('it can be narrowed', async () => {
  await fill(10)
  const ids = async (...options: string[]) =>
    (JSON.parse(await activity('--json', ...options)) as { id: string }[]).map(({ id }) => id)
  expect(await ids('--since', '2026-01-01T00:08Z')).toEqual(['A-9', 'A-8'])
  expect(await ids('--since', '2026-01-02')).toEqual([])
  expect(await ids('--actor', 'user/1', '--since', '2026-01-01T00:06Z')).toEqual(['A-9', 'A-7'])
  expect(await ids('--action', 'key:*')).toEqual(['A-0'])
})

test('as CSV every line comes, no cell is a formula, and taking it away is a line itself', async () => {
  await fill(130)
  const csv = (await activity('--csv', '--action', 'user:*')).split('\r\n')
  expect(csv).toHaveLength(131)
  expect(csv[1]).toContain(",'=cmd|calc,")
  const [last] = JSON.parse(await activity('--json'))
  expect(last).toMatchObject({ actor: 'cli', action: 'data:download', object: 'activity', allowed: true })
})
