import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { parse } from 'yaml'
import { Problem } from '../problem.ts'
import { keyOfTable } from '../project/databases.ts'
import { type Context, serverOf } from './context.ts'
import { counted, labelled, paint, visible } from './text.ts'

export interface UploadRequest {
  file: string
  table: string
  /** Null: the only one there is. */
  database: string | null
  name: string | null
  description: string | null
  /** As in deskside.yml; null: not said. */
  types: string | null
  /** The table is there, and gets another content. */
  replace: boolean
}

/** What the server says of a table. */
interface Answer {
  key: string
  version: number
  body: { uploaded: { rows: number; columns: string[] } }
}

/** Uploads a CSV to the server of the project as a table, or as the new content of one. */
export async function uploadCommand(context: Context, request: UploadRequest): Promise<number> {
  const file = resolve(context.cwd, request.file)
  const found = await stat(file).catch(() => null)
  if (found === null || !found.isFile())
    throw new Problem('usage.invalid', { message: `There is no file ${request.file}.`, fix: 'Name a CSV file.' })
  const types = request.types === null ? null : typesOf(request.types)
  const server = await serverOf(context.projectDir)
  if (server === null) throw noServer(request)
  const { ServerClient } = await import('./server-client.ts')
  const client = new ServerClient(server)
  try {
    const answer = await sendUpload(client, request, { types, file, bytes: found.size })
    await say(context, request, answer)
    return 0
  } finally {
    await client.close()
  }
}

/** The file as it is read. Throws what the server answers with. */
export async function sendUpload(
  client: InstanceType<typeof import('./server-client.ts').ServerClient>,
  { table, database, name, description, replace }: Omit<UploadRequest, 'file' | 'types'>,
  { types, file, bytes }: { types: string | null; file: string; bytes: number },
): Promise<Answer> {
  const content = () => ({ type: 'text/csv', bytes, stream: createReadStream(file) })
  const typed: Record<string, string> = types === null ? {} : { types }
  if (!replace) {
    const about = {
      ...(database !== null && { database }),
      ...(name !== null && { name }),
      ...(description !== null && { description }),
    }
    const query = new URLSearchParams({ key: table, ...about, ...typed })
    return await client.send('POST', `/api/v1/tables?${query}`, {}, content())
  }
  const key = database === null ? table : keyOfTable({ database, table })
  const path = `/api/v1/tables/${encodeURIComponent(key)}`
  const { version } = await client.send<Answer>('GET', path)
  const match = { 'if-match': `"${version}"` }
  return await client.send('PUT', `${path}/content?${new URLSearchParams(typed)}`, match, content())
}

async function say(context: Context, { file, replace }: UploadRequest, { key, body }: Answer): Promise<void> {
  const { stdout, env, isJson } = context
  const { rows, columns } = body.uploaded
  if (isJson) return await stdout.json({ table: key, rows, columns })
  const style = stdout.style(env)
  const done = replace ? 'is the content of the table' : 'is the table'
  await stdout.lines([
    `${paint(style, 'green', '✓')} ${visible(basename(file))} ${done} ${paint(style, 'bold', visible(key))}: ${counted(rows, 'row')}, ${counted(columns.length, 'column')}`,
    ...labelled(style, 'columns', columns.map(visible).join(', ')),
  ])
}

/** As deskside.yml has them, as the API takes them. Throws `usage.invalid`. */
function typesOf(text: string): string {
  if (text === 'text') return text
  try {
    const types: unknown = parse(text)
    if (typeof types === 'object' && types !== null && !Array.isArray(types)) return JSON.stringify(types)
  } catch {
    // Said below.
  }
  throw new Problem('usage.invalid', {
    message: '--types is neither `text` nor a map of columns to types.',
    fix: 'Write it as in deskside.yml, such as --types \'{ total: "decimal(12,2)", signed_up: date }\'.',
  })
}

function noServer({ file, table }: UploadRequest): Problem {
  return new Problem('usage.invalid', {
    message: 'No server runs in this project, and a server is what keeps uploaded tables.',
    fix: `Start one with \`deskside serve\`; or add the file to deskside.yml, below the tables of its database: \`${table}: { path: ${file}, types: text }\`.`,
  })
}
