import { type Actor, actorName, mayDo, type Via } from '../access/authorize.ts'
import { actorBehind } from '../access/behind.ts'
import { gone, Links } from '../access/links.ts'
import { accountOrigin } from '../destination/zendesk/origin.ts'
import { Problem } from '../problem.ts'
import { loopbackRule } from '../project/project.ts'
import type { AccessStore, Definition, Link } from '../store/store.ts'
import type { Catalog } from './catalog.ts'
import type { AskedHandOver } from './control.ts'
import { destinationsOf, type StoredDefinitions } from './definitions.ts'
import type { Gate } from './gate.ts'
import { fieldsAsked, readEntered, secretsAsked, typeNameOf } from './hand-over-form.ts'
import { detailOf } from './hand-overs.ts'
import { handedOverHappening } from './notify/credential-events.ts'
import type { Notifier } from './notify/notifier.ts'

/** Failed tests after which a link ends: enough for every mistake, too few to try secrets out. */
const MOST_FAILURES = 20

export interface HandingOverParts {
  access: AccessStore
  catalog: Catalog
  gate: Gate
  definitions: StoredDefinitions
  notifier: Notifier
  now: () => Date
  env: NodeJS.ProcessEnv
}

/** Who asked with a link, with the rights of this moment, and the credential that it is about. */
interface Opened {
  link: Link
  operator: Actor
  /** Null: it is to be made. */
  present: Definition | null
}

/**
 * What somebody without an account does with a link: sees what is asked for, and enters it once. It is saved as if the operator who made the
 * link had sent it, who must still have the right; the secret goes where all secrets go, and into nothing else.
 */
export class HandingOver {
  readonly #parts: HandingOverParts
  readonly #links: Links

  constructor(parts: HandingOverParts) {
    this.#parts = parts
    this.#links = new Links(parts)
  }

  /** See `HandOvers.look`. */
  async look(token: string, via: Via): Promise<AskedHandOver> {
    const { link, present } = await this.#opened(await this.#links.look(token), via)
    const { catalog } = this.#parts
    const { body, note, askedBy } = detailOf(link)
    const known = body ?? present?.body ?? {}
    const project = catalog.all('project')[0]?.body.name
    return {
      project: typeof project === 'string' ? project : '',
      askedBy: link.createdBy === 'cli' ? '' : askedBy,
      typeName: typeNameOf(known.type),
      name: typeof known.name === 'string' ? known.name : link.about,
      isNew: body !== null,
      fields: body === null ? secretsAsked(known.type) : fieldsAsked(body),
      accounts: this.#accountsOf(link),
      note,
      expiresAt: link.expiresAt,
    }
  }

  /** See `HandOvers.enter`. */
  async enter(token: string, given: Readonly<Record<string, string>>, via: Via): Promise<void> {
    // A link for something else is not touched.
    await this.#opened(await this.#links.look(token), via)
    const used = await this.#links.use(
      token,
      async (link) => {
        const opened = await this.#opened(link, via)
        await this.#save(opened, given)
        await this.#note(opened, { change: 'hand_over_used' })
        return opened
      },
      afterFailure,
    )
    const { notifier, catalog, now } = this.#parts
    const { link } = used
    const facts = { key: link.about, name: nameOf(catalog, link.about), orchestrations: usersOf(catalog, link.about) }
    await notifier.tell([handedOverHappening(facts, { link: link.id, askedBy: actorName(used.operator), at: now() })])
  }

  async #save({ link, operator, present }: Opened, given: Readonly<Record<string, string>>): Promise<void> {
    const { definitions } = this.#parts
    const { body, account } = detailOf(link)
    const entered = readEntered(body === null ? secretsAsked(present?.body.type) : fieldsAsked(body), given)
    const options = account === null ? {} : { account }
    try {
      if (present === null)
        await definitions.create(operator, 'credential', { key: link.about, body: { ...body, ...entered }, ...options })
      else {
        const change = { body: { ...present.body, ...entered }, ifVersion: present.version, ...options }
        await definitions.update(operator, 'credential', present.key, change)
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (isGone(error)) throw gone()
      const failed = error.data.problem as { code: string; message: string; fix: string } | undefined
      const { stage = null } = error.data
      const opened = { link, operator, present }
      // A slip of the keyboard is no line in the log.
      if (failed !== undefined || error.code !== 'definition.invalid')
        await this.#note(opened, { change: 'hand_over_refused', stage, code: failed?.code ?? error.code })
      throw failed === undefined ? error : refusal(error, failed)
    }
  }

  /** Throws `access.link_over` when what the link was for, or the right of who made it, has gone. */
  async #opened(link: Link, via: Via): Promise<Opened> {
    const { gate, catalog } = this.#parts
    if (link.kind !== 'hand_over') throw gone()
    const present = catalog.find('credential', link.about) ?? null
    const { body } = detailOf(link)
    if ((body === null) !== (present !== null) || (present !== null && present.source !== 'ui')) throw gone()
    const operator = await this.#operatorOf(link, via)
    if (operator === null) throw gone()
    if (!mayDo(operator, 'credential:write')) {
      const attempt = { actor: operator, action: 'credential:write', object: `credential/${link.about}` } as const
      await gate.note({ ...attempt, allowed: false }, { change: 'hand_over_refused' })
      throw gone()
    }
    return { link, operator, present }
  }

  async #operatorOf({ createdBy }: Link, via: Via): Promise<Actor | null> {
    const actor = await actorBehind(createdBy, this.#parts)
    return actor === null || actor.kind === 'system' ? null : { ...actor, via }
  }

  async #note({ link, operator }: Opened, detail: Parameters<Gate['note']>[1]): Promise<void> {
    const object = `credential/${link.about}`
    await this.#parts.gate.note({ actor: operator, action: 'credential:write', object, allowed: true }, detail)
  }

  /** Where it is tried, so that whoever enters a secret knows where it goes. */
  #accountsOf(link: Link): string[] {
    const { catalog, env } = this.#parts
    const { account } = detailOf(link)
    const project = catalog.project()
    const used = destinationsOf(catalog, link.about).flatMap((key) => {
      const settings = project.destinations.get(key)
      return settings === undefined ? [] : [accountOrigin(settings, env, loopbackRule(project, key))]
    })
    const tried = used.length > 0 || account === null ? used : [accountOrigin(account, env, 'listed')]
    return [...new Set(tried.map((origin) => new URL(origin).host))]
  }
}

/** Failed tests are counted; what is missing or in the wrong form is not. */
function afterFailure(link: Link, error: unknown): Link['detail'] | null {
  const isTest = error instanceof Problem && (error.data.stage !== undefined || error.code.startsWith('zendesk.'))
  const failures = detailOf(link).failures + (isTest ? 1 : 0)
  return failures >= MOST_FAILURES ? null : { ...link.detail, failures }
}

/** Changed in between, in a way that leaves nothing to be done with the link. */
function isGone({ code }: Problem): boolean {
  return code === 'access.denied' || code === 'store.not_found' || code === 'definition.from_git'
}

/** A failing test in words for somebody who has a form before them, and knows neither keys nor commands. */
function refusal({ data }: Problem, { message, fix }: { message: string; fix: string }): Problem {
  return new Problem('definition.invalid', {
    message: `${data.title} failed. ${message.replace(/\.\.$/, '.')}`,
    fix: fix.replace(/[;,] then run the same command(?: again)?(?: to continue)?\./, ', then try again here.'),
    data,
  })
}

function nameOf(catalog: Catalog, key: string): string {
  const name = catalog.find('credential', key)?.body.name
  return typeof name === 'string' ? name : key
}

/** Keys of the orchestrations that a credential delivers for. */
function usersOf(catalog: Catalog, key: string): string[] {
  const destinations = destinationsOf(catalog, key)
  const isOurs = (destination: unknown) => destinations.includes(String(destination))
  return catalog.all('orchestration').flatMap(({ key, body }) => (isOurs(body.destination) ? [key] : []))
}
