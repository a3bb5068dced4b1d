import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reached } from '../moment.ts'
import { Problem } from '../problem.ts'
import type { ChildReply, ChildRequest } from './duckdb-child.ts'
import { type CopiesNeeded, mayRead, withCopies } from './duckdb-copies.ts'
import { memoryProblem } from './duckdb-problem.ts'
import type { Dialect, Engine, QueryRequest, SnapshotEngine } from './engine.ts'
import { makePrivateFolder } from './private-folder.ts'
import { sourceState } from './source-files.ts'

/** The child beside this file, in whichever form this file runs: `.ts` from source, `.js` when published. */
const childPath = fileURLToPath(new URL(`./duckdb-child${extname(new URL(import.meta.url).pathname)}`, import.meta.url))

/** Enough of stderr to tell a crash by, and no more than a log line should hold. */
const maxStderrChars = 2_000

/**
 * The embedded engine: DuckDB over local files, and over copies of tables of databases. Each call runs in a process of its own, which is
 * locked down before the user's SQL is bound, killed when the time is over or the signal aborts, and ends by itself when this process dies.
 * The SQL is composed of the users' texts unchanged, so problems name the place in the user's own file.
 */
export function duckdbEngine(): Engine & SnapshotEngine {
  return {
    async extract(request) {
      const { stagePath, signal } = request
      if (existsSync(stagePath))
        throw new Problem('internal.bug', { message: `The stage file ${stagePath} exists already.` })
      const temporaryDir = `${stagePath}.tmp`
      let done = false
      try {
        await rm(temporaryDir, { recursive: true, force: true })
        await mkdir(temporaryDir, { recursive: true, mode: 0o700 })
        const stage = { path: stagePath, temporaryDir }
        const reply = await local(request, { rows: 'all', dir: temporaryDir, signal }, (query) =>
          runChild({ work: 'extract', query, stage }, dirname(stagePath), signal),
        )
        if (!('extract' in reply)) throw unexpected(request.file, JSON.stringify(Object.keys(reply)))
        if (existsSync(`${stagePath}.wal`)) throw unexpected(request.file, 'the stage was left with a write-ahead log')
        done = true
        return reply.extract
      } finally {
        await rm(temporaryDir, { recursive: true, force: true })
        if (!done) for (const path of [stagePath, `${stagePath}.wal`]) await rm(path, { force: true })
      }
    },
    async bind(request, signal) {
      const reply = await local(request, { rows: 'none', dir: null, signal }, (query) =>
        runChild({ work: 'bind', query }, '/', signal),
      )
      if (!('bound' in reply)) throw unexpected(request.file, JSON.stringify(Object.keys(reply)))
      return reply.bound
    },
    async rows(request) {
      const { limit, signal, isOurs = false } = request
      const temporaryDir = await makePrivateFolder()
      try {
        const needed = {
          rows: 'all',
          dir: temporaryDir,
          signal,
          ...(isOurs && { dialect: 'duckdb' as const }),
        } as const
        const reply = await local(request, needed, (query) =>
          runChild({ work: 'rows', query, limit, isOurs, temporaryDir }, temporaryDir, signal),
        )
        if (!('rows' in reply)) throw unexpected(request.file, JSON.stringify(Object.keys(reply)))
        return reply.rows
      } finally {
        await rm(temporaryDir, { recursive: true, force: true })
      }
    },
    async snapshot(request) {
      const { path, signal } = request
      const temporaryDir = await mkdtemp(`${path}.tmp-`)
      try {
        // Under its name stands a whole file or none, whoever else writes the same one.
        const part = join(temporaryDir, 'part.parquet')
        const reply = await local(request, { rows: 'all', dir: temporaryDir, signal }, (query) =>
          runChild({ work: 'snapshot', query, path: part, temporaryDir }, temporaryDir, signal),
        )
        if (!('columns' in reply)) throw unexpected(request.file, JSON.stringify(Object.keys(reply)))
        await rename(part, path)
        return reply.columns
      } finally {
        await rm(temporaryDir, { recursive: true, force: true })
      }
    },
    stateOf({ tables, sql }) {
      const states = tables.map((table) => {
        if (table.kind === 'sql' || (table.kind === 'postgres' && !mayRead({ tables, sql }, table.name))) return null
        return sourceState(table)
      })
      return JSON.stringify(states)
    },
    async figures(request) {
      const { sampleRows: rows = 'all' } = request
      const needed = { rows, dir: null, signal: undefined, dialect: 'duckdb' } as const
      const reply = await local(request, needed, (query) => runChild({ work: 'figures', query }, '/', undefined))
      if (!('figures' in reply)) throw unexpected(request.file, JSON.stringify(Object.keys(reply)))
      return reply.figures
    },
    async lineage(request) {
      const { leaves = [] } = request
      const reply = await local(request, { rows: 'none', dir: null, signal: undefined }, (query) =>
        runChild({ work: 'lineage', query, leaves }, '/', undefined),
      )
      if (!('lineage' in reply)) throw unexpected(request.file, JSON.stringify(Object.keys(reply)))
      return reply.lineage
    },
    async reads({ tables: named, texts, dialect, limits }) {
      const tables = named.map(({ name }) => ({ kind: 'sql' as const, name, sql: '', file: name }))
      const query = { tables, sql: '', file: 'what reads tables', dialect, timeZone: 'UTC', limits }
      const reply = await runChild({ work: 'reads', query, texts }, '/', undefined)
      if (!('reads' in reply)) throw unexpected(query.file, JSON.stringify(Object.keys(reply)))
      return reply.reads
    },
  }
}

/** Runs `work` with what of a request the child needs, and with copies of the tables that are elsewhere. */
async function local<T>(
  request: QueryRequest,
  { rows, dir, signal, dialect }: Omit<CopiesNeeded, 'reads'> & { dialect?: Dialect },
  work: (query: QueryRequest) => Promise<T>,
): Promise<T> {
  const query = queryOf(request)
  const reads = async () => {
    const reply = await runChild({ work: 'needs', query, dialect: dialect ?? query.dialect }, '/', signal)
    if (!('needs' in reply)) throw unexpected(request.file, JSON.stringify(Object.keys(reply)))
    return reply.needs
  }
  return await withCopies(query, { rows, dir, signal, reads }, work)
}

/** What of a request the child needs, and nothing that a caller may have put beside it. */
function queryOf({ tables, sql, file, dialect, timeZone, limits }: QueryRequest): QueryRequest {
  return { tables, sql, file, dialect, timeZone, limits }
}

function unexpected(file: string, text: string): Problem {
  return new Problem('internal.bug', { message: `The process of the query ${file} ended without an answer: ${text}` })
}

function stopped(signal: AbortSignal, file: string): Problem {
  if (signal.reason instanceof Problem) return signal.reason
  return new Problem('workflow.stopped', { message: `The query ${file} was stopped.`, data: { file } })
}

/** Runs one request in a child and waits until the child is gone, whatever the end. */
async function runChild(request: ChildRequest, cwd: string, signal: AbortSignal | undefined): Promise<ChildReply> {
  const { file, limits } = request.query
  if (signal?.aborted) throw stopped(signal, file)
  const child = spawn(process.execPath, [childPath], { cwd, env: childEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] })
  reached('query.running')
  let problem: Problem | null = null
  const kill = (why: Problem) => {
    problem ??= why
    child.kill('SIGKILL')
  }
  const onAbort = () => kill(stopped(signal!, file))
  signal?.addEventListener('abort', onAbort)
  const timer = setTimeout(() => {
    const message = `${file}: the query took longer than ${limits.timeoutMs / 1000} s.`
    kill(new Problem('query.timed_out', { message, data: { file } }))
  }, limits.timeoutMs)
  try {
    const end = await converse(child, JSON.stringify(request))
    if (problem) throw problem
    return readReply(end, file)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/**
 * Windows cannot start a process without SystemRoot. With the folder of compiled code, where this process has one, a child needs a
 * third of the CPU to start; it forgets the folder before it reads its request. Everything else stays here.
 */
function childEnvironment(): NodeJS.ProcessEnv {
  const { NODE_COMPILE_CACHE, SystemRoot } = process.env
  return {
    ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
    ...(process.platform === 'win32' && { SystemRoot }),
  }
}

interface ChildEnd {
  stdout: string
  stderr: string
  exitCode: number | null
  killedBy: NodeJS.Signals | null
}

function converse(child: ChildProcess, line: string): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-maxStderrChars)
    })
    child.on('error', reject)
    child.on('close', (exitCode, killedBy) => resolve({ stdout, stderr, exitCode, killedBy }))
    // A child that dies before it has read everything is told by its end, not by the broken pipe. The pipe stays open: its end
    // is how the child notices that this process is gone.
    child.stdin!.on('error', () => {})
    child.stdin!.write(`${line}\n`)
  })
}

function readReply(end: ChildEnd, file: string): ChildReply {
  if (end.stdout.endsWith('\n')) {
    const reply = JSON.parse(end.stdout) as ChildReply
    if (!('problem' in reply)) return reply
    const { code, ...rest } = reply.problem
    throw new Problem(code, rest)
  }
  // Nobody of ours killed it, so the system did, which it does when memory runs out.
  if (end.killedBy === 'SIGKILL') throw memoryProblem(file)
  throw unexpected(file, `exit ${end.killedBy ?? end.exitCode}. ${end.stderr.trim()}`)
}
