import { type Action, type Actor, mayDo } from '../access/authorize.ts'
import type { ColumnCheck, Looked, OwnApp } from '../app.ts'
import { type Json, Problem } from '../problem.ts'
import type { WhyReport } from '../sync/proof/report.ts'
import type { View } from './control.ts'
import type { Gate } from './gate.ts'
import type { Reach } from './reach.ts'
import { nothingVisible, redactedColumnCheck, redactedError, type Visible } from './redaction.ts'

type Detail = { [key: string]: Json }

interface Parts {
  actor: Actor
  app: OwnApp
  gate: Gate
  reach: Reach
  view: View | null
  visibleOf: (orchestration: string) => Promise<Visible>
}

/** What is looked at at a time; whoever takes more takes it away. */
const LONGEST_VIEW = 200

/** What all calls of one actor have in common. */
export class Served {
  readonly #parts: Parts
  readonly #seesPii: boolean

  constructor(parts: Parts, seesPii: boolean) {
    this.#parts = parts
    this.#seesPii = seesPii
  }

  async onDestination<T>(action: Action, destination: string, work: () => Promise<T>): Promise<T> {
    const { actor, gate, reach } = this.#parts
    await reach.assertSees(actor, action, destination)
    await gate.pass(actor, action, `destination/${destination}`)
    return await this.told(work)
  }

  /** Asks for what is defined as well as for the destination, and says whether whoever asks may send there. */
  async checkColumns(
    { sent, destination }: { sent: Looked; destination: string },
    work: () => Promise<ColumnCheck>,
  ): Promise<ColumnCheck> {
    const { actor, gate, reach } = this.#parts
    const object = `destination/${destination}`
    const lacking = readsFor(sent).filter((one) => !mayDo(actor, one))
    if (lacking.length > 0) await gate.permit(actor, 'destination:read', object, lacking)
    await reach.assertSees(actor, 'destination:read', destination)
    await gate.pass(actor, 'destination:read', object)
    const found = await this.told(work)
    const shown = { ...found, may_send: reach.lackingToSendTo(actor, destination).length === 0 }
    return this.#seesPii ? shown : redactedColumnCheck(shown)
  }

  /** `line`: detail of the line in the activity log. */
  async onOrchestration<T>(
    action: Action,
    key: string,
    { use, line }: { use: 'see' | 'send'; line: Detail },
    work: () => Promise<T>,
  ): Promise<T> {
    const { actor, gate, reach } = this.#parts
    const isThere = reach.hasOrchestration(key)
    const lacking = use === 'see' ? reach.lackingToSee(actor, key) : reach.lackingToSend(actor, key)
    await gate.pass(actor, action, `orchestration/${key}`, line, isThere ? lacking : [])
    return await this.told(work)
  }

  async onRun<T>(
    action: Action,
    { object, id, line }: { object: string; id: string; line: Detail },
    work: () => Promise<T>,
  ): Promise<T> {
    await this.#parts.gate.pass(this.#parts.actor, action, object, line, await this.#lackingIn(id))
    return await this.told(work)
  }

  /**
   * Rows about people, of the run or plan `id`: the part that is wanted, hidden where they must be. What `read` is asked for a part of begins
   * with it where `isPart` is set; otherwise the part is taken out of all that it reads.
   */
  async *rows<T>(
    { object, id, list, need, isPart }: { object: string; id: string; list: string; need?: Action; isPart?: boolean },
    read: (part: View | null) => AsyncIterable<T>,
    redact: (row: T, visible: Visible) => T,
  ): AsyncGenerator<T> {
    const { actor, gate, view } = this.#parts
    const lacking = await this.#lackingIn(id)
    if (need !== undefined && !mayDo(actor, need)) lacking.push(need)
    if (view === null) {
      await gate.permit(actor, 'person:read', object, lacking)
      await gate.pass(actor, 'data:download', object, { list })
    } else {
      assertView(view)
      await gate.pass(actor, 'person:read', object, { list, ...view }, lacking)
    }
    const wanted = () => {
      if (view === null) return read(null)
      const { from, limit } = view
      return partOf(read({ from, limit: limit + 1 }), { from: isPart === true ? 0 : from, limit })
    }
    if (this.#seesPii) return yield* wanted()
    try {
      const visible = await this.#visibleIn(id)
      for await (const row of wanted()) yield redact(row, visible)
    } catch (error) {
      throw redactedError(error)
    }
  }

  /** Runs `work`; what it throws quotes nobody to who may not see personal values. */
  async told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#seesPii ? error : redactedError(error)
    }
  }

  /** In all destinations that the actor may see. */
  async why(key: string, field: string | null, destination: string | null): Promise<WhyReport> {
    const { actor, app, reach } = this.#parts
    if (destination !== null) return await app.why(key, field, destination)
    const all = reach.destinations()
    const seen = all.filter((one) => reach.sees(actor, one))
    if (seen.length === all.length) return await app.why(key, field, null)
    const whole: WhyReport = { key, field, people: [], requests: 0 }
    for (const one of seen) {
      const { people, requests } = await app.why(key, field, one)
      whole.people.push(...people)
      whole.requests += requests
    }
    return whole
  }

  /** What is known of the query that a run was made with goes for the present one alone. */
  async #visibleIn(runId: string): Promise<Visible> {
    const facts = await this.#parts.app.runFacts(runId)
    return facts?.isCurrent === true ? await this.#parts.visibleOf(facts.orchestration) : nothingVisible
  }

  async #lackingIn(runId: string): Promise<Action[]> {
    const { actor, app, reach } = this.#parts
    if (mayDo(actor, 'destination:admin_only')) return []
    const facts = await app.runFacts(runId)
    // What there is not is told by whoever looks for it.
    return facts === null ? [] : reach.lackingToSee(actor, facts.orchestration)
  }
}

function assertView({ from, limit }: View): void {
  const isWhole = Number.isSafeInteger(from) && from >= 0 && Number.isSafeInteger(limit) && limit >= 1
  if (isWhole && limit <= LONGEST_VIEW) return
  throw new Problem('api.invalid', {
    message: `A part of a list is 1 to ${LONGEST_VIEW} lines long, from a position on.`,
  })
}

/** One item more than the view is long shows that there is another part. */
async function* partOf<T>(items: AsyncIterable<T>, { from, limit }: View): AsyncGenerator<T> {
  let position = 0
  for await (const item of items) {
    if (position >= from) yield item
    position += 1
    if (position > from + limit) return
  }
}

/** What whoever looks at the columns of something needs to have beside the right to the destination: SQL of one's own may ask for anything. */
function readsFor(sent: Looked): Action[] {
  if ('sql' in sent) return ['project:read', 'query:run']
  return [sent.kind === 'segment' ? 'segment:read' : 'project:read']
}
