import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { asProblem } from '../problem.ts'
import { type LoadedProject, loadProject } from '../project/load.ts'
import { readServerFile, runningServer } from '../server-file.ts'
import type { Store } from '../store/store.ts'
import { bytes, type Finding, failed, note, ok } from './doctor-machine.ts'
import { counted } from './text.ts'

/** What a check of a project's parts throws is its finding. */
export function findingOf(check: string, error: unknown): Finding {
  const { message, fix } = asProblem(error)
  return failed(check, message, fix)
}

/** deskside.yml, also with variables of credentials unset, which only its commands need. `isThere`: there is a project at all. */
export async function checkProject(
  projectDir: string,
  env: NodeJS.ProcessEnv,
): Promise<{ isThere: boolean; project: LoadedProject | null; findings: Finding[] }> {
  try {
    const project = await loadProject(projectDir, env, { allowMissingVariables: true })
    const unset = project.notes.map(({ line, path, message }) =>
      note('Variables', `deskside.yml:${line} ${path}: ${message}.`, 'Set it in the environment or in .env.'),
    )
    const destinations = counted(project.destinations.size, 'destination')
    const detail = `${project.name}: ${destinations}, ${counted(project.orchestrations.size, 'orchestration')}`
    return { isThere: true, project, findings: [ok('Project', detail), ...unset] }
  } catch (error) {
    const isThere = asProblem(error).code !== 'project.not_found'
    return { isThere, project: null, findings: [findingOf('Project', error)] }
  }
}

/** Whether a server works in the project, and whether what it left says so. */
export async function checkServer(projectDir: string): Promise<{ running: boolean; finding: Finding }> {
  try {
    const file = await readServerFile(projectDir)
    if (file === null) return { running: false, finding: ok('Server', 'none runs') }
    const server = await runningServer(projectDir)
    if (server !== null)
      return { running: true, finding: ok('Server', `process ${server.pid} at ${server.url}, ${server.version}`) }
    const detail = `.deskside/server.json names process ${file.pid}, which is no server of this project any more.`
    return { running: false, finding: note('Server', detail, 'Nothing: the next start of the server replaces it.') }
  } catch (error) {
    return { running: false, finding: findingOf('Server', error) }
  }
}

/** Opens the ledger as every command does; one that somebody works with is left alone. */
export async function checkLedger(projectDir: string, isServed: boolean): Promise<Finding> {
  const dir = join(projectDir, '.deskside')
  const file = await stat(join(dir, 'ledger.duckdb')).catch(() => null)
  if (file === null) return ok('Ledger', 'none yet: the first plan or run makes it')
  if (isServed) return ok('Ledger', `${bytes(file.size)}, open in the server`)
  const { Ledger } = await import('../sync/ledger/ledger.ts')
  try {
    const ledger = await Ledger.open(dir)
    try {
      const meta = await ledger.db.first<{ format: number }>('SELECT format FROM meta')
      const workflows = await ledger.workflows()
      return ok('Ledger', `${bytes(file.size)}, format ${meta?.format}, ${counted(workflows.length, 'workflow')}`)
    } finally {
      await ledger.close()
    }
  } catch (error) {
    const problem = asProblem(error)
    if (problem.code === 'project.locked') return note('Ledger', `${problem.message} It was not looked into.`, null)
    return findingOf('Ledger', problem)
  }
}

/** Opens the control store, which several processes may, and every secret in it. What is not there yet is not made. */
export async function checkStore(projectDir: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { hasProjectStore, openProjectStore } = await import('../control/project-store.ts')
  if (!hasProjectStore(projectDir, env)) return [ok('Store', 'none yet: `serve` or `apply` makes it')]
  try {
    const store = await openProjectStore(projectDir, env)
    try {
      await store.ping()
      const revision = await store.definitions.revision()
      const place = store.dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL'
      const administrators = (await store.access.users()).length
      const fix = 'Open the set-up link that `deskside serve` prints, or run `deskside admin <e-mail>`.'
      return [
        ok('Store', `${place}, tables up to date, definitions at revision ${revision}`),
        administrators > 0 ? ok('Administrator', 'there') : note('Administrator', 'Nobody can sign in yet.', fix),
        await checkKey(projectDir, env, store),
      ]
    } finally {
      await store.close()
    }
  } catch (error) {
    return [findingOf('Store', error)]
  }
}

async function checkKey(projectDir: string, env: NodeJS.ProcessEnv, store: Store): Promise<Finding> {
  const { openProjectSecrets } = await import('../control/project-store.ts')
  try {
    const secrets = await store.secrets.list()
    const file = await stat(join(projectDir, '.deskside', 'secret.key')).catch(() => null)
    // Opening would make one.
    if (file === null && env.DESKSIDE_SECRET_KEY === undefined && secrets.length === 0)
      return ok('Secret key', 'none yet: `serve` makes it')
    const box = await openProjectSecrets(projectDir, env, store)
    for (const { name, ciphertext } of secrets) box.open(name, ciphertext)
    const place = env.DESKSIDE_SECRET_KEY === undefined ? '.deskside/secret.key' : 'DESKSIDE_SECRET_KEY'
    return ok('Secret key', `${place} opens ${counted(secrets.length, 'secret')}`)
  } catch (error) {
    return findingOf('Secret key', error)
  }
}
