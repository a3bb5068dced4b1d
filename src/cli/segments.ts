import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Preview, PreviewRequest } from '../app.ts'
import { Problem } from '../problem.ts'
import { databaseOf } from '../project/databases.ts'
import { type Project, type Sent, sentKinds } from '../project/project.ts'
import { decodeUtf8 } from '../project/references.ts'
import { type Context, withApp } from './context.ts'
import { previewCsv, previewTable } from './records-text.ts'
import { stopSignals } from './stop.ts'
import { tableLayout } from './table.ts'
import { counted, visible } from './text.ts'

export async function segmentListCommand(context: Context): Promise<number> {
  return await withApp(context, { isOffline: true }, async (app) => {
    const segments = await app.segments()
    if (context.isJson) await context.stdout.json(segments)
    else if (segments.length === 0) await context.stdout.lines(['There are no segments.'])
    else {
      const cells = segments.map((one) =>
        [one.key, one.name, one.attributes, one.made_of, (one.fields ?? ['all']).join(', ')].map(visible),
      )
      const columns = [
        { title: 'segment' },
        { title: 'name', shrinkTo: 10, spare: 2 },
        { title: 'attributes table' },
        { title: 'made of', spare: 1 },
        { title: 'fields', shrinkTo: 10, spare: 3 },
      ]
      const { heading, print } = tableLayout(columns, cells, context.stdout.style(context.env))
      await context.stdout.lines([heading, ...cells.map(print)])
    }
    return 0
  })
}

export async function segmentCountCommand(context: Context, key: string): Promise<number> {
  return await withSignals(context, async (app, control) => {
    const found = await app.count({ key }, control)
    if (context.isJson) await context.stdout.json({ segment: key, ...found })
    else {
      const share = found.total === 0 ? '' : ` (${((100 * found.count) / found.total).toFixed(1)} %)`
      await context.stdout.lines([
        `${counted(found.count, 'person', 'people')} of ${found.total.toLocaleString('en-US')}${share}`,
      ])
    }
  })
}

export async function segmentSqlCommand(context: Context, key: string): Promise<number> {
  return await withApp(context, { isOffline: true }, async (app) => {
    const { sql } = await app.segmentSql({ key })
    if (context.isJson) await context.stdout.json({ segment: key, sql })
    else await context.stdout.lines([sql.trimEnd()])
    return 0
  })
}

/** Lines of a text, counted from 1, both included. */
export interface Lines {
  from: number
  to: number
}

export interface PreviewOptions {
  limit: number
  isCsv: boolean
  /** Null: all of them. */
  lines: Lines | null
  /** Of SQL that has no key; null: the only one there is. */
  database: string | null
}

/**
 * The first rows of a query, a segment or an attributes table, by its key, or `<kind>:<key>` where several have it; or those of the SQL in a
 * file, or on stdin.
 */
export async function previewCommand(context: Context, name: string, options: PreviewOptions): Promise<number> {
  const { loadProject } = await import('../project/load.ts')
  const project = await loadProject(context.projectDir, context.env, { allowMissingVariables: true })
  return await withSignals(context, async (app, control) => {
    const asked = await previewed(context, name, { ...options, project })
    const found = await app.preview(asked, { limit: options.limit }, control)
    const { stdout } = context
    if (context.isJson) await stdout.json(found)
    else if (options.isCsv) await stdout.pump(previewCsv(found))
    else {
      await stdout.pump(previewTable(found, stdout.style(context.env)))
      await stdout.lines(['', endOf(found)])
    }
  })
}

async function previewed(
  context: Context,
  name: string,
  { project, lines, database }: { project: Project } & Pick<PreviewOptions, 'lines' | 'database'>,
): Promise<PreviewRequest> {
  const part = lines === null ? null : { lines }
  if (name === '-') return { sql: await text(process.stdin), file: 'stdin', part, database }
  if (name.toLowerCase().endsWith('.sql'))
    return { sql: await sqlIn(resolve(context.cwd, name)), file: name, part, database }
  const sent = sentNamed(name, project)
  if (database !== null)
    throw new Problem('usage.invalid', {
      message: `${name} says itself which database it reads.`,
      fix: 'Leave out --database, or name a .sql file.',
    })
  if (part === null) return sent
  const query = sent.kind === 'query' ? project.queries.get(sent.key) : project.attributesTables.get(sent.key)
  if (query !== undefined && sent.kind !== 'segment')
    return { sql: query.sql, file: query.file, part, database: databaseOf(project, sent).key }
  throw new Problem('usage.invalid', {
    message: `${name} has no lines of SQL in deskside.yml.`,
    fix: 'Leave out --lines, or name a query, an attributes table or a .sql file.',
  })
}

async function sqlIn(path: string): Promise<string> {
  try {
    return decodeUtf8(await readFile(path))
  } catch (cause) {
    throw new Problem('usage.invalid', {
      message: `${path} cannot be read as UTF-8 text (${(cause as NodeJS.ErrnoException).code ?? 'not UTF-8'}).`,
      fix: 'Name a .sql file that is there, or a key in deskside.yml.',
      cause,
    })
  }
}

function endOf({ rows, has_more }: Preview): string {
  return has_more ? `The first ${counted(rows.length, 'row')}; there are more.` : counted(rows.length, 'row')
}

async function withSignals(
  context: Context,
  work: (
    app: Parameters<Parameters<typeof withApp>[2]>[0],
    control: ReturnType<typeof stopSignals>['control'],
  ) => Promise<void>,
): Promise<number> {
  const signals = stopSignals()
  try {
    return await withApp(context, { isOffline: true }, async (app) => {
      await work(app, signals.control)
      return 0
    })
  } finally {
    signals.dispose()
  }
}

/** What a name stands for. A server may have segments that deskside.yml lacks: those are named with their kind. */
export function sentNamed(name: string, project: Project): Sent {
  const { queries, visualQueries, segments, attributesTables } = project
  const prefix = sentKinds.find((kind) => name.startsWith(`${kind}:`))
  if (prefix !== undefined) return { kind: prefix, key: name.slice(prefix.length + 1) }
  const having: Record<Sent['kind'], boolean> = {
    query: queries.has(name) || visualQueries.has(name),
    segment: segments.has(name),
    attributes_table: attributesTables.has(name),
  }
  const kinds = sentKinds.filter((kind) => having[kind])
  if (kinds.length === 1) return { kind: kinds[0]!, key: name }
  if (kinds.length > 1) {
    throw new Problem('usage.invalid', {
      message: `${name} is the key of more than one thing.`,
      fix: `Say which: ${kinds.map((kind) => `${kind}:${name}`).join(' or ')}.`,
    })
  }
  const known = [...queries.keys(), ...visualQueries.keys(), ...segments.keys(), ...attributesTables.keys()]
  throw new Problem('config.unknown_object', {
    message: `deskside.yml defines no query, segment or attributes table "${name}".`,
    fix: `${known.length === 0 ? 'Define one' : `Use one of: ${known.join(', ')}`}; a segment that only the server has is named segment:<key>.`,
  })
}
