import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertDeclared } from '../audience/tags.ts'
import { mapColumns } from '../destination/zendesk/columns.ts'
import type { ZendeskSettings } from '../destination/zendesk/settings.ts'
import type { Engine } from '../engine/engine.ts'
import { asProblem, type Problem } from '../problem.ts'
import { identifier } from '../sql-text.ts'
import { keyOfTable } from './databases.ts'
import { envFileRisks } from './env-file.ts'
import { schemaFileName } from './init.ts'
import { projectJsonSchema } from './json-schema.ts'
import type { Project, Sent } from './project.ts'
import { projectFileName } from './project-file.ts'
import { SentSql } from './sent.ts'
import type { SourceProblem } from './source-tree.ts'

/** One thing that `deskside validate` found. */
export interface ValidateFinding {
  level: 'error' | 'note'
  /** `orchestration zendesk_users`, `queries/x.sql:3:9`, `.env`. */
  where: string
  /** A sentence. */
  message: string
  /** Of errors; carries code and fix. */
  problem?: Problem
}

export interface ValidateReport {
  /** Whether there is no error. */
  ok: boolean
  findings: ValidateFinding[]
  /** Columns of each query that binds, by its key. */
  queries: Map<string, { name: string; type: string }[]>
  /** Columns of each segment and attributes table that binds, by its key. */
  segments: Map<string, { name: string; type: string }[]>
  attributesTables: Map<string, { name: string; type: string }[]>
}

/**
 * The columns against Zendesk's attributes; which user fields the account has is known only when it is asked. Throws `mapping.*`.
 * Returns a sentence for each column that is not sent.
 */
function columnNotes(columns: readonly string[], settings: ZendeskSettings): string[] {
  const ignored = mapColumns(columns, settings, null).columns.filter((use) => use.use === 'ignored')
  return ignored.map(({ column, didYouMean }) => {
    const hint = didYouMean === null ? '' : ` Did you mean ${didYouMean}?`
    return `Column ${column} is not sent: it is no attribute of Zendesk.${hint}`
  })
}

/**
 * Checks a loaded project without network: every query is bound (not run) and its columns are held against the attributes of the
 * destinations that it is sent to. All problems of all queries come together; nothing is thrown for what the project's author wrote.
 */
export async function validateProject(
  project: Project & { notes?: readonly SourceProblem[] },
  engine: Engine,
): Promise<ValidateReport> {
  const findings: ValidateFinding[] = []
  for (const { file, line, column, message } of project.notes ?? []) {
    findings.push({ level: 'note', where: `${file}:${line}:${column}`, message: sentence(message) })
  }
  for (const risk of await envFileRisks(project.dir)) findings.push({ level: 'note', where: '.env', message: risk })
  findings.push(...(await staleSchema(project.dir)))
  const sent = new SentSql(project, engine)
  const columns: Columns = { query: new Map(), segment: new Map(), attributes_table: new Map() }
  for (const { kind, key } of everythingOf(project)) {
    try {
      columns[kind].set(key, await sent.columns({ kind, key }))
    } catch (error) {
      const finding = failed(`${noun(kind)} ${key}`, asProblem(error))
      // A broken table breaks each query alike; said once is enough.
      if (
        !findings.some((other) => other.message === finding.message && other.problem?.code === finding.problem?.code)
      ) {
        findings.push(finding)
      }
    }
  }
  findings.push(...(await wrongTags(project, engine)))
  findings.push(...unused(project), ...checkMappings(project, columns))
  const ok = findings.every((finding) => finding.level !== 'error')
  return {
    ok,
    findings,
    queries: columns.query,
    segments: columns.segment,
    attributesTables: columns.attributes_table,
  }
}

type Columns = Record<Sent['kind'], Map<string, { name: string; type: string }[]>>

/** Attributes tables before the segments of them, whose problems are the same then. */
function everythingOf(project: Project): Sent[] {
  return [
    ...[...project.queries.keys(), ...project.visualQueries.keys()].map((key): Sent => ({ kind: 'query', key })),
    ...[...project.attributesTables.keys()].map((key): Sent => ({ kind: 'attributes_table', key })),
    ...[...project.segments.keys()].map((key): Sent => ({ kind: 'segment', key })),
  ]
}

function noun(kind: Sent['kind']): string {
  return kind.replace('_', ' ')
}

/** Tags of columns that are not there. A table that cannot be read is told by the queries over it. */
async function wrongTags(project: Project, engine: Engine): Promise<ValidateFinding[]> {
  const findings: ValidateFinding[] = []
  for (const { key: database, tables, pii, dialect, timeZone, limits } of project.databases.values())
    for (const [table, declared] of pii) {
      const where = `table ${keyOfTable({ database, table })}`
      try {
        const query = { file: where, sql: `SELECT * FROM ${identifier(table)}` }
        const { columns } = await engine.bind({ ...query, tables, dialect, timeZone, limits })
        assertDeclared(
          table,
          declared,
          columns.map((column) => column.name),
        )
      } catch (error) {
        findings.push(failed(where, asProblem(error)))
      }
    }
  return findings
}

function failed(subject: string, problem: Problem): ValidateFinding {
  const { file, line, column } = problem.data
  const place = typeof file !== 'string' ? subject : [file, line, column].filter((part) => part != null).join(':')
  return { level: 'error', where: place, message: problem.message, problem }
}

function checkMappings(project: Project, known: Columns): ValidateFinding[] {
  const findings: ValidateFinding[] = []
  for (const orchestration of project.orchestrations.values()) {
    const { kind, key } = orchestration.sends
    const columns = known[kind].get(key)
    const settings = project.destinations.get(orchestration.destination)
    if (columns === undefined || settings === undefined) continue
    const where = `orchestration ${orchestration.key}`
    try {
      const names = columns.map((column) => column.name)
      for (const message of columnNotes(names, settings)) findings.push({ level: 'note', where, message })
    } catch (error) {
      findings.push(failed(where, asProblem(error)))
    }
  }
  return findings
}

function unused(project: Project): ValidateFinding[] {
  const sent = new Set([...project.orchestrations.values()].map(({ sends }) => `${sends.kind} ${sends.key}`))
  // Attributes tables are there for segments and queries, and segments for each other and for whoever looks at them.
  const notes = everythingOf(project)
    .filter(({ kind, key }) => kind === 'query' && !sent.has(`${kind} ${key}`))
    .map(
      ({ key }): ValidateFinding => ({
        level: 'note',
        where: `query ${key}`,
        message: 'No orchestration sends it.',
      }),
    )
  if (project.orchestrations.size > 0) return notes
  const message = 'There is no orchestration, so there is nothing to run.'
  return [...notes, { level: 'note', where: projectFileName, message }]
}

/** The copy that `deskside init` wrote for editors grows old when Deskside is upgraded. */
async function staleSchema(dir: string): Promise<ValidateFinding[]> {
  const text = await readFile(join(dir, schemaFileName), 'utf8').catch(() => null)
  if (text === null || text === projectJsonSchema()) return []
  const current = fileURLToPath(new URL('../../schema/deskside.schema.json', import.meta.url))
  const message = `It is of another release, so that an editor may mark what is right: copy ${current} over it.`
  return [{ level: 'note', where: schemaFileName, message }]
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
