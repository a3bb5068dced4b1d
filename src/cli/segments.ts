import type { Preview } from '../app.ts'
import { Problem } from '../problem.ts'
import { type Project, type Sent, sentKinds } from '../project/project.ts'
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

export interface PreviewOptions {
  limit: number
  isCsv: boolean
}

/** The first rows of a query, a segment or an attributes table, by its key, or `<kind>:<key>` where several have it. */
export async function previewCommand(context: Context, name: string, options: PreviewOptions): Promise<number> {
  const { loadProject } = await import('../project/load.ts')
  const project = await loadProject(context.projectDir, context.env, { allowMissingVariables: true })
  return await withSignals(context, async (app, control) => {
    const found = await app.preview(sentNamed(name, project), { limit: options.limit }, control)
    const { stdout } = context
    if (context.isJson) await stdout.json(found)
    else if (options.isCsv) await stdout.pump(previewCsv(found))
    else {
      await stdout.pump(previewTable(found, stdout.style(context.env)))
      await stdout.lines(['', endOf(found)])
    }
  })
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
