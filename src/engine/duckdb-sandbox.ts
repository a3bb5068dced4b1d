import { availableParallelism } from 'node:os'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { Problem } from '../problem.ts'
import { literal } from '../sql-text.ts'
import { asPattern, createView } from './duckdb-source.ts'
import { stageCatalog, stageFormat } from './duckdb-stage.ts'
import type { FileTable, QueryRequest } from './engine.ts'
import { openSource, type Source } from './source-files.ts'
import { macroStatement } from './trino.ts'

/** Sources up to this size are read whole by `bind` too, so that it sees the very types that `extract` will see. */
const wholeSniffBytes = 100 * 1024 * 1024

/** More threads than this cost memory without making a query of this kind faster. */
const maxThreads = 4

/** Where an extract may write; a bind writes nowhere. */
export interface StagePlace {
  path: string
  /** A private folder for what does not fit into memory. */
  temporaryDir: string
}

/** Where a query may write: into a stage that is attached, into one file, or only what does not fit into memory. */
export type Place = (StagePlace & { kind: 'stage' | 'file' }) | { kind: 'nothing'; path: null; temporaryDir: string }

/** A connection to an empty database in memory. */
export async function openConnection(query: QueryRequest, temporaryDir: string | null): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${query.limits.memoryMib}MiB`,
    threads: String(Math.min(maxThreads, availableParallelism())),
    // Without a folder of its own DuckDB would spill into the working directory.
    temp_directory: temporaryDir ?? '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    preserve_insertion_order: 'true',
  })
  const connection = await instance.connect()
  await connection.run('SET errors_as_json = true')
  try {
    await connection.run(`SET TimeZone = ${literal(query.timeZone)}`)
  } catch (error) {
    throw new Problem('config.invalid', { message: `There is no time zone "${query.timeZone}".`, cause: error })
  }
  return connection
}

/** Opens the tables as views, makes the macros, attaches the stage, and shuts the door: from here on nothing else can be read. */
export async function openSandbox(
  connection: DuckDBConnection,
  tables: readonly FileTable[],
  place: Place | null,
  macros: ReadonlySet<string> = new Set(),
): Promise<Source[]> {
  const sources = tables.map(openSource)
  const files = sources.flatMap((source) => source.files)
  const paths = files.map((file) => file.path)
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  const writes = place !== null && place.kind !== 'nothing'
  const sniff = writes || bytes <= wholeSniffBytes ? 'whole' : 'sample'
  for (const source of sources) await createView(connection, source, sniff)
  for (const macro of macros) await connection.run(macroStatement(macro))
  if (place?.kind === 'stage')
    await connection.run(`ATTACH ${literal(place.path)} AS ${stageCatalog} (STORAGE_VERSION '${stageFormat}')`)
  // DuckDB itself adds the attached file and its write-ahead log. It looks up the path as the view writes it, too.
  const allowed = new Set(paths.flatMap((path) => [path, asPattern(path)]))
  if (place?.kind === 'file') allowed.add(place.path)
  await connection.run(`SET allowed_paths = [${[...allowed].map(literal).join(', ')}]`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
  return sources
}
