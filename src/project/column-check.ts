import type { CheckedColumn, CheckedColumns, Connection } from '../destination/destination.ts'
import { checkColumns } from '../destination/zendesk/column-check.ts'
import { isPersonalColumn } from '../destination/zendesk/personal.ts'
import type { ZendeskSettings } from '../destination/zendesk/settings.ts'
import { asProblem, type Problem, type ProblemCode } from '../problem.ts'
import type { Looked, Looking } from './looking.ts'
import type { Sent } from './project.ts'

/** What keeps columns from being sent; without columns, the whole. */
export interface ColumnProblem {
  code: ProblemCode
  message: string
  fix: string
  columns: string[]
}

/** What would become of each column of something that can be sent, at one destination. */
export interface ColumnCheck {
  /** Null: SQL that need not be saved. */
  sent: Sent | null
  destination: string
  /** The account's user fields and settings were read; otherwise user fields are taken as they are named. */
  live: boolean
  /** Nothing keeps it from being planned. */
  ok: boolean
  columns: (CheckedColumn & { personal: boolean })[]
  /** The first is what a plan would end with. */
  problems: ColumnProblem[]
  /** Of the destination: whether people with restricted access to personal values may send it there. */
  limited_pii: boolean
  /** Whether whoever asks may send personal values there. */
  may_send: boolean
}

interface CheckRequest {
  sent: Looked
  destination: string
  settings: ZendeskSettings
  looking: Looking
  signal: AbortSignal
  /** Null: the account is not to be asked. */
  connect: (() => Promise<Connection>) | null
}

/**
 * Binds what is to be sent, and holds its columns against the destination: nothing is run, and the account is asked by GETs alone. An account that
 * cannot be read is one more problem, and the rest is told without it. Throws what binding throws.
 */
export async function checkSentColumns(request: CheckRequest): Promise<ColumnCheck> {
  const { sent, destination, settings, looking, signal } = request
  const columns = await looking.columnsOf(sent, signal)
  const { checked, isLive, problems } = await judged(request, columns)
  const pii = await looking.piiOf(sent)
  return {
    sent: 'sql' in sent ? null : { kind: sent.kind, key: sent.key },
    destination,
    live: isLive,
    ok: problems.length === 0,
    columns: checked.columns.map((one, index) => ({
      ...one,
      // In doubt it is.
      personal: isPersonalColumn(one.column) || pii[index]?.pii !== false,
    })),
    problems,
    limited_pii: settings.limited_pii,
    may_send: true,
  }
}

async function judged(
  { settings, connect, signal }: CheckRequest,
  columns: readonly { name: string; type: string }[],
): Promise<{ checked: CheckedColumns; isLive: boolean; problems: ColumnProblem[] }> {
  const lacking: ColumnProblem[] = []
  let checked: CheckedColumns | null = null
  if (connect !== null) {
    try {
      checked = await asked(connect, columns)
    } catch (error) {
      const problem = asProblem(error)
      if (signal.aborted || problem.code === 'internal.bug') throw problem
      lacking.push(shown(problem, []))
    }
  }
  const isLive = checked !== null
  checked ??= checkColumns(columns, settings, null)
  const problems = checked.problems.map(({ problem, columns: named }) => shown(problem, named))
  return { checked, isLive, problems: [...lacking, ...problems] }
}

async function asked(
  connect: () => Promise<Connection>,
  columns: readonly { name: string; type: string }[],
): Promise<CheckedColumns> {
  const connection = await connect()
  try {
    return await connection.checkColumns(columns)
  } finally {
    await connection.close()
  }
}

function shown({ code, message, fix }: Problem, columns: readonly string[]): ColumnProblem {
  return { code, message, fix, columns: [...columns] }
}
