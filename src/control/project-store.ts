import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openSecretBox, type SecretBox } from '../access/secret-box.ts'
import { openApp } from '../app.ts'
import type { TableTags } from '../audience/tags.ts'
import { loadProject } from '../project/load.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { ProjectApply } from './apply.ts'
import { Catalog } from './catalog.ts'
import { confirmedTags } from './columns.ts'
import type { Applied } from './control.ts'
import { Gate } from './gate.ts'
import { HandOverLinks } from './hand-overs.ts'

type Env = NodeJS.ProcessEnv

const fileName = 'control.sqlite'

/** Where the control store of a project is: the database of `DESKSIDE_DATABASE_URL`, or a file in `.deskside`. */
function placeOf(projectDir: string, env: Env): { url: string | null; path: string } {
  return { url: env.DESKSIDE_DATABASE_URL ?? null, path: join(projectDir, '.deskside', fileName) }
}

/** Whether the project has a control store, as far as one can tell without opening it. */
export function hasProjectStore(projectDir: string, env: Env): boolean {
  const { url, path } = placeOf(projectDir, env)
  return url !== null || existsSync(path)
}

/** Opens the control store of a project, and makes it if it is new; throws what {@link openStore} throws. */
export async function openProjectStore(projectDir: string, env: Env, now?: () => Date): Promise<Store> {
  return await openStore({ ...placeOf(projectDir, env), ...(now === undefined ? {} : { now }) })
}

/** What people have confirmed of columns, for a command beside no server; nothing where there is no control store. */
export async function storedTags(projectDir: string, env: Env): Promise<TableTags> {
  if (!hasProjectStore(projectDir, env)) return new Map()
  const store = await openProjectStore(projectDir, env)
  try {
    return await confirmedTags(store)
  } finally {
    await store.close()
  }
}

/** Opens the secrets of a project; throws what {@link openSecretBox} throws. */
export async function openProjectSecrets(projectDir: string, env: Env, store: Store): Promise<SecretBox> {
  return await openSecretBox({ folder: join(projectDir, '.deskside'), env, secrets: store.secrets })
}

/** Definitions and secrets of a project that this process alone has open. */
interface Owned {
  store: Store
  box: SecretBox
  close(): Promise<void>
}

/**
 * Opens store and secrets of a project in which no server works, nor begins to: its definitions and keys are copies in memory, so whoever
 * changes them beside it would be undone or shut out. The ledger's lock tells. Throws `project.locked`.
 */
export async function openOwned(projectDir: string, env: Env, now?: () => Date): Promise<Owned> {
  const app = await openApp(await loadProject(projectDir, env, { allowMissingVariables: true }))
  try {
    await app.workflows()
    const store = await openProjectStore(projectDir, env, now)
    const close = async () => {
      await store.close()
      await app.close()
    }
    try {
      return { store, box: await openProjectSecrets(projectDir, env, store), close }
    } catch (error) {
      await store.close()
      throw error
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

/** {@link Applied} of a project in which no server works; throws like {@link openOwned}. */
export async function openApplied(
  projectDir: string,
  env: Env,
  now: () => Date = () => new Date(),
): Promise<Applied & { close(): Promise<void> }> {
  const { store, box, close } = await openOwned(projectDir, env, now)
  try {
    const catalog = await Catalog.open(store, box, projectDir, env)
    const gate = new Gate(store.activity, now)
    const applied = new ProjectApply({ store, catalog, box, gate, dir: projectDir, env, onChange: () => {} })
    return {
      preview: (actor) => applied.preview(actor),
      apply: (actor, revision) => applied.apply(actor, revision),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Links for credentials of a project in which no server works; throws like {@link openOwned}. */
export async function openOwnedHandOvers(
  projectDir: string,
  env: Env,
  now: () => Date = () => new Date(),
): Promise<{ links: HandOverLinks; close(): Promise<void> }> {
  const { store, box, close } = await openOwned(projectDir, env, now)
  try {
    const catalog = await Catalog.open(store, box, projectDir, env)
    const gate = new Gate(store.activity, now)
    return { links: new HandOverLinks({ access: store.access, catalog, gate, now, env }), close }
  } catch (error) {
    await close()
    throw error
  }
}
