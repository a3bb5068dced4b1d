import { type Actor, actorId } from '../access/authorize.ts'
import type { App } from '../app.ts'
import { Problem } from '../problem.ts'
import type { Store, WorkflowHeader } from '../store/store.ts'
import type { Catalog } from './catalog.ts'
import type { Resolution } from './control.ts'
import type { Involved } from './resolutions.ts'

/** What a resolution does before the workflow goes on. */
export class Repairs {
  readonly #parts: { app: App; store: Store; catalog: Catalog }

  constructor(parts: { app: App; store: Store; catalog: Catalog }) {
    this.#parts = parts
  }

  /** Throws `definition.from_git` where only deskside.yml could be changed, and the problems of the account. */
  async apply(actor: Actor, action: Resolution['action'], { orchestration }: WorkflowHeader): Promise<void> {
    if (action === 'one_by_one') await this.#sendOneByOne(actor, orchestration)
    if (action === 'create_fields') await this.#parts.app.createMissingFields(orchestration)
  }

  async #sendOneByOne(actor: Actor, orchestration: string): Promise<void> {
    const { catalog, store } = this.#parts
    const key = String(catalog.get('orchestration', orchestration).body.destination)
    const { body, version, source } = catalog.get('destination', key)
    if (source === 'git') {
      throw new Problem('definition.from_git', {
        message: `The destination ${key} comes from deskside.yml.`,
        fix: `Set \`without_bulk_import: one_by_one\` for ${key} in deskside.yml and run \`deskside apply\`.`,
      })
    }
    const changed = { ...body, without_bulk_import: 'one_by_one' }
    await store.definitions.update({ kind: 'destination', key }, changed, { ifVersion: version, by: actorId(actor) })
    await catalog.refresh()
  }
}

/** The objects that a workflow of this orchestration uses, as far as they are still there. */
export function involvedIn(catalog: Catalog, orchestration: string): Involved {
  const body = catalog.find('orchestration', orchestration)?.body
  const destination = typeof body?.destination === 'string' ? body.destination : null
  const credential = destination === null ? undefined : catalog.find('destination', destination)?.body.credential
  return {
    orchestration,
    destination,
    credential: typeof credential === 'string' ? credential : null,
    query: typeof body?.query === 'string' ? body.query : null,
  }
}
