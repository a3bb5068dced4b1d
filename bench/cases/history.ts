import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../src/store/open.ts'
import { type Store, type WorkflowFilter, type WorkflowHeader, workflowStates } from '../../src/store/store.ts'
import { assertRight, type Case, type Figure, median } from '../case.ts'

const workflows = 10_000
const page = 50
const times = 20

const startedAtMs = Date.UTC(2026, 0, 1)

/** A header as a server writes it: its tasks and what it was launched with are most of it. */
function header(n: number): WorkflowHeader {
  const at = new Date(startedAtMs + n * 60_000)
  const problem = n % 7 === 0 ? { code: 'zendesk.unreachable', message: 'x'.repeat(200), fix: 'y'.repeat(100) } : null
  return {
    id: `w-${String(n).padStart(6, '0')}`,
    orchestration: `orchestration_${n % 20}`,
    state: workflowStates[n % workflowStates.length]!,
    trigger: n % 3 === 0 ? 'manual' : 'schedule',
    startedBy: n % 3 === 0 ? 'user/1' : null,
    groupRun: null,
    request: { sample: null },
    launched: { query: { body: { text: 'SELECT '.repeat(300) } } },
    tasks: Array.from({ length: 6 }, (_, task) => ({ task, output: { notes: ['z'.repeat(300)] } })),
    rows: { total: n },
    problem,
    runId: `r-${n}`,
    attempt: 1,
    requestedAt: at,
    startedAt: at,
    endedAt: at,
  }
}

const filters: readonly [key: string, what: string, filter: WorkflowFilter][] = [
  ['all', 'the newest', {}],
  ['state', 'with one state', { states: ['error'] }],
  ['orchestration', 'of one orchestration', { orchestrations: ['orchestration_7'] }],
  ['text', 'by a text', { text: 'UNREACH' }],
  ['nothing', 'by a text that none has', { text: 'nothing like it' }],
]

export const historyCase: Case = {
  key: 'history',
  title: 'Workflows of a server',
  method: `Pages of ${page} of ${workflows.toLocaleString('en-US')} workflows in the control store (SQLite), median of ${times}, and the slowest of all.`,
  async run({ say }) {
    const dir = await mkdtemp(join(tmpdir(), 'deskside-bench-'))
    const store = await openStore({ url: null, path: join(dir, 'control.sqlite') })
    try {
      for (let n = 0; n < workflows; n += 1) await store.workflows.add(header(n))
      return await measure(store, say)
    } finally {
      await store.close()
      await rm(dir, { recursive: true })
    }
  },
}

async function measure(store: Store, say: (text: string) => void): Promise<Figure[]> {
  const figures: Figure[] = []
  let slowestMs = 0
  for (const [key, what, filter] of filters) {
    const took: number[] = []
    for (let n = 0; n < times; n += 1) {
      const beforeMs = performance.now()
      const { items } = await store.workflows.list(filter, { limit: page, cursor: null })
      took.push(performance.now() - beforeMs)
      assertRight(items.length === (key === 'nothing' ? 0 : page), `${items.length} workflows ${what}`)
    }
    slowestMs = Math.max(slowestMs, ...took)
    const value = median(took)
    say(`history, ${what}: ${value.toFixed(1)} ms`)
    figures.push({ key: `history.${key}_ms`, what: `a page ${what}, ms`, value })
  }
  const what = 'the slowest page of all, ms'
  return [...figures, { key: 'history.slowest_ms', what, value: slowestMs, target: { atMost: 100 } }]
}
