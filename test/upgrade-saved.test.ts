import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RunSummary } from '../src/sync/report.ts'
import { answersOf } from './upgrade/answers.ts'
import { type SavedProject, unpackSaved } from './upgrade/saved-project.ts'

// Several runs each; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000 })

// Format 1 is older than the script that saves; `upgrade.test.ts` has it.
const folder = fileURLToPath(new URL('upgrade/', import.meta.url))
const saved = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'answers.json')))

const open: SavedProject[] = []
afterEach(async () => {
  for (const project of open.splice(0)) await project.close()
})

async function unpack(name: string): Promise<SavedProject> {
  const project = await unpackSaved(join(folder, name))
  open.push(project)
  return project
}

/** Times move with the test. */
function timeless<T extends object>(answers: { workflows: T[]; runs: object }) {
  const workflows = answers.workflows.map((workflow) => ({
    ...workflow,
    started_at: expect.any(String),
    ended_at: expect.toBeOneOf([null, expect.any(String)]),
  }))
  return { ...answers, workflows }
}

const sum = ({ total: _, ...rows }: RunSummary['rows']) => Object.values(rows).reduce((all, n) => all + n, 0)

it('there is the state of every format since the second', () => expect(saved).toContain('format-2'))

describe.each(saved)('the state saved in %s', (name) => {
  it('says of its runs what the release that left it said (I12)', async () => {
    const project = await unpack(name)
    const { workflows, runs } = project.answers
    expect(new Set(workflows.map(({ status }) => status))).toEqual(
      new Set(['running', 'waiting', 'stopped', 'error', 'completed', 'completed_with_alerts']),
    )
    expect(workflows.map(({ origin }) => origin)).toContain('undo')
    for (const list of ['warnings', 'alerts', 'exits', 'changes'])
      expect(Object.values(runs).some((run) => Array.isArray(run[list]) && run[list].length > 0)).toBe(true)
    expect(await project.withApp(answersOf)).toMatchObject(timeless(project.answers))
    for (const emulator of [project.north, project.south]) expect(emulator.calls({})).toEqual([])
  })

  it('goes on where it was killed: what was in flight is found out, and nothing is sent twice (I3, I5, I12)', async () => {
    const project = await unpack(name)
    const summary = await project.run('north')
    expect(summary).toMatchObject({ status: 'completed_with_alerts', problem: null })
    expect([sum(summary.rows), summary.rows.pending]).toEqual([summary.rows.total, 0])
    const emails = (key: string) => project.north.state({ external_id: key }).users[0]?.emails
    expect(emails('N-1')).toEqual(['ann@example.com', 'ann.two@example.com', 'ann.three@example.com'])
    expect(emails('N-10')).toEqual(['kim@example.com', 'kim.two@example.com', 'kim.three@example.com'])
    const [killed] = project.answers.workflows.filter(({ status }) => status === 'running')
    const after = (await project.withApp((app) => app.workflows())).find(({ run_id }) => run_id === killed?.run_id)
    expect(after?.status).toBe('stopped')
    const sent = project.north.calls({ method: 'POST', path: 'users/create_or_update_many' }).flatMap((call) => {
      const { users } = call.body as { users: { email?: string }[] }
      return users.map(({ email }) => email)
    })
    // Of what the killed run had sent, only what Zendesk refused comes again.
    expect(new Set(sent)).toEqual(new Set(['ann.three@example.com', 'kim.three@example.com', 'taken@example.com']))
    project.north.clearCalls()
    const again = await project.run('north')
    expect(again.rows).toMatchObject({ created: 0, updated: 0, failed: summary.rows.failed, pending: 0 })
  })

  it('its waiting plan is sent exactly as it was shown, or refused as stale with nothing sent (I7, I12)', async () => {
    const project = await unpack(name)
    const plans = project.answers.workflows.filter(({ status }) => status === 'waiting')
    expect(plans.map(({ orchestration }) => orchestration)).toEqual(['west', 'west'])
    const [valid, outOfDate] = plans as [(typeof plans)[0], (typeof plans)[0]]
    const isStale = { code: 'plan.stale', effect: 'none' }
    await expect(project.run('west', outOfDate.run_id)).rejects.toMatchObject(isStale)
    const executed = await project.run('west', valid.run_id).catch((problem: unknown) => {
      expect(problem).toMatchObject(isStale)
      expect(project.south.calls({ path: 'create_or_update' })).toEqual([])
      return null
    })
    if (executed === null) await project.run('west')
    else expect(executed).toMatchObject({ status: 'completed', rows: { created: 1, updated: 2, unchanged: 1 } })
    const users = project.south.state({ role: 'end-user' }).users
    const west = (key: string) => users.find(({ external_id }) => external_id === key)
    expect([west('W-1')?.name, west('W-4')?.email]).toEqual(['West One', 'west4@example.com'])
    expect(west('W-2')).toMatchObject({ emails: ['west2@example.com', 'west2.new@example.com'], phone: null })
    project.south.clearCalls()
    expect((await project.run('west')).rows).toMatchObject({ total: 4, unchanged: 4 })
    expect(project.south.calls({ path: 'create_or_update' })).toEqual([])
  })

  it('a paused orchestration is paused still; resumed, it knows whom it held and who left (I12)', async () => {
    const project = await unpack(name)
    await expect(project.run('south')).rejects.toMatchObject({ code: 'orchestration.paused' })
    expect(await project.withApp((app) => app.resume('south'))).toBe(true)
    expect(await project.run('south')).toMatchObject({ problem: null, exited: 0, rows: { total: 5, pending: 0 } })
    await writeFile(join(project.dir, 'south.sql'), "SELECT * FROM south WHERE external_id <> 'S-1' ORDER BY _row")
    expect(await project.run('south')).toMatchObject({ problem: null, exited: 1, rows: { total: 4, unchanged: 4 } })
  })

  it('a run of it can be taken back, and one person can be explained (I12)', async () => {
    const project = await unpack(name)
    const first = project.answers.workflows.find(
      ({ orchestration, status }) => orchestration === 'north' && status === 'completed_with_alerts',
    )
    const undo = await project.withApp((app) => app.undo(first?.run_id ?? ''))
    expect(undo).toMatchObject({ undone_run: first?.run_id, orchestration: 'north' })
    const { people } = await project.withApp((app) => app.why('S-3', null))
    expect(people.map(({ external_id, history }) => [external_id, history.length > 0])).toEqual([['S-3', true]])
  })
})
