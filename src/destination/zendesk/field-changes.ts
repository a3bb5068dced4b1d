import type { Json } from '../../problem.ts'
import { asProblem, Problem } from '../../problem.ts'
import type { FieldAttribute, FieldChange, FieldPlan, FieldRemoval } from '../user-fields.ts'
import { conflictProblem } from '../user-fields.ts'
import type { Api } from './api.ts'
import type { Clock } from './clock.ts'
import type { AccountField } from './field-plan.ts'
import { planUserFields, readAccountField } from './field-plan.ts'
import type { UserFieldSettings } from './field-settings.ts'
import { FieldWriter } from './field-writer.ts'
import { object } from './json.ts'
import { readAll } from './pages.ts'
import { whoAmI } from './people.ts'
import { recordNamed } from './shapes.ts'

/**
 * Reads, changes and reads again the definitions of user fields: https://developer.zendesk.com/api-reference/ticketing/users/user_fields/
 *
 * Options are added, renamed and removed one by one, because the list that a field takes as a whole would take away what somebody else
 * has added meanwhile. See docs/decisions/0016-user-fields-as-code.md.
 */

const fieldsPath = '/api/v2/user_fields'
/** What was written may be read late. */
const maxLooks = 3
const lookAgainMs = 2_000

export interface FieldParts {
  api: Api
  clock: Clock
  declared: UserFieldSettings
  signal?: AbortSignal | undefined
}

/** All fields of the account, inactive ones too, in its order. Throws Problem. */
async function readFields(api: Api): Promise<AccountField[]> {
  const items = await readAll(api, fieldsPath, 'user_fields', 'reading user fields')
  return items.map(readAccountField).filter((field) => field !== null)
}

/** See `Connection.planFields`. */
export async function planFieldChanges({ api, declared }: FieldParts, removal: FieldRemoval): Promise<FieldPlan> {
  await whoAmI(api)
  return planUserFields(api.origin, await readFields(api), declared, removal)
}

/** See `Connection.applyFields`. */
export async function applyFieldChanges(
  parts: FieldParts,
  plan: FieldPlan,
  onApplied: (change: FieldChange) => void,
): Promise<void> {
  const conflict = conflictProblem(plan)
  if (conflict !== null) throw conflict
  if (plan.changes.length === 0) return
  await whoAmI(parts.api)
  const fields = await readFields(parts.api)
  const now = planUserFields(plan.account, fields, parts.declared, plan.removal)
  if (JSON.stringify([now.changes, now.conflicts]) !== JSON.stringify([plan.changes, []])) {
    throw new Problem('zendesk.fields_changed', {
      message: 'The user fields of the account are no longer as they were when the changes were shown.',
    })
  }
  const changer = new FieldChanger(parts, fields)
  let applied = 0
  for (const group of grouped(plan.changes)) {
    try {
      await changer.apply(group)
    } catch (error) {
      throw interrupted(error, applied, plan.changes.length, changer.isUnsure)
    }
    applied += group.length
    for (const change of group) onApplied(change)
  }
  await verify(parts, plan, changer.seen)
}

/** Attributes of one field travel together; everything else goes alone. */
function grouped(changes: readonly FieldChange[]): FieldChange[][] {
  const groups: FieldChange[][] = []
  for (const change of changes) {
    const last = groups.at(-1)?.[0]
    if (change.change === 'set' && last?.change === 'set' && last.key === change.key) groups.at(-1)!.push(change)
    else groups.push([change])
  }
  return groups
}

function interrupted(error: unknown, applied: number, total: number, isUnsure: boolean): Problem {
  const { code, message, fix, data } = asProblem(error)
  const done = applied === 0 ? '' : ` ${applied} of ${total} changes had been applied before.`
  return new Problem(code, {
    message: `${message}${done}`,
    fix,
    effect: isUnsure ? 'unknown' : applied > 0 ? 'partial' : 'none',
    data: { ...data, applied },
    cause: error,
  })
}

/** What Zendesk calls our attributes. */
const wireNames: Record<FieldAttribute, string> = {
  title: 'title',
  description: 'description',
  pattern: 'regexp_for_validation',
  tag: 'tag',
  active: 'active',
}

/** Applies changes of one account, each once, and remembers every field that it has seen on the way. */
class FieldChanger {
  readonly #api: Api
  readonly #writer: FieldWriter
  readonly #byKey: Map<string, AccountField>
  readonly seen: AccountField[]

  constructor({ api, clock, signal }: FieldParts, fields: readonly AccountField[]) {
    this.#api = api
    this.#writer = new FieldWriter(api, clock, signal)
    this.#byKey = new Map(fields.map((field) => [field.key, field]))
    this.seen = [...fields]
  }

  /** The last write may have taken effect although nobody said so. */
  get isUnsure(): boolean {
    return this.#writer.isUnsure
  }

  /** Several changes are attributes of one field. Throws Problem. */
  async apply(group: readonly FieldChange[]): Promise<void> {
    const [first] = group
    switch (first?.change) {
      case 'create_field':
        return await this.#create(first)
      case 'set':
        return await this.#set(
          first.key,
          group.filter((change) => change.change === 'set'),
        )
      case 'add_option':
        return await this.#putOption(first.key, { name: first.name, value: first.value }, 'adding')
      case 'rename_option':
        return await this.#putOption(first.key, { name: first.to, value: first.value }, 'renaming')
      case 'remove_option':
        return await this.#removeOption(first.key, first.value)
      case 'remove_field':
        return await this.#writer.write({
          asked: `removing the user field ${first.key}`,
          method: 'DELETE',
          path: this.#path(first.key),
          holds: async () => (await this.#read(first.key)) === null,
        })
    }
  }

  async #create({ key, field }: Extract<FieldChange, { change: 'create_field' }>): Promise<void> {
    const { type, title, description, active, pattern, tag, relationship_target_type, options } = field
    const user_field = {
      key,
      type,
      title,
      ...(description === null ? {} : { description }),
      ...(active ? {} : { active }),
      ...(pattern === null ? {} : { regexp_for_validation: pattern }),
      ...(tag === null ? {} : { tag }),
      ...(relationship_target_type === null ? {} : { relationship_target_type }),
      ...(options.length === 0 ? {} : { custom_field_options: options.map(({ value, name }) => ({ name, value })) }),
    }
    await this.#writer.write({
      asked: `creating the user field ${key}`,
      method: 'POST',
      path: fieldsPath,
      body: async () => JSON.stringify({ user_field }),
      holds: async () => (await this.#read(key))?.type === type,
    })
  }

  async #set(key: string, changes: readonly Extract<FieldChange, { change: 'set' }>[]): Promise<void> {
    const members = changes.map(({ attribute, to }) => `${JSON.stringify(wireNames[attribute])}:${JSON.stringify(to)}`)
    await this.#writer.write({
      asked: `changing the user field ${key}`,
      method: 'PUT',
      path: this.#path(key),
      // Zendesk wants all options with every update and removes those that are left out, so they are read right before.
      body: async () => {
        const field = await this.#read(key)
        if (field === null) throw vanished(key)
        const options = field.options.length === 0 ? [] : [`"custom_field_options":[${field.options.map(optionJson)}]`]
        return `{"user_field":{${[...members, ...options].join(',')}}}`
      },
      holds: async () => {
        const field = await this.#read(key)
        return field !== null && changes.every(({ attribute, to }) => field[attribute] === to)
      },
    })
  }

  /** By its id an option is renamed, without one it is new. */
  async #putOption(key: string, wanted: { name: string; value: string }, verb: 'adding' | 'renaming'): Promise<void> {
    const known = this.#byKey.get(key)?.options.find((option) => option.value === wanted.value)
    const option = verb === 'adding' ? JSON.stringify(wanted) : optionJson({ id: known?.id ?? 'null', ...wanted })
    await this.#writer.write({
      asked: `${verb} the option ${wanted.value} of the user field ${key}`,
      method: 'POST',
      path: `${this.#path(key)}/options`,
      body: async () => `{"custom_field_option":${option}}`,
      holds: async () => {
        const field = await this.#read(key)
        return field?.options.some(({ value, name }) => value === wanted.value && name === wanted.name) === true
      },
    })
  }

  async #removeOption(key: string, value: string): Promise<void> {
    const id = this.#byKey.get(key)?.options.find((option) => option.value === value)?.id
    await this.#writer.write({
      asked: `removing the option ${value} of the user field ${key}`,
      method: 'DELETE',
      path: `${this.#path(key)}/options/${id}`,
      holds: async () => (await this.#read(key))?.options.every((option) => option.id !== id) !== false,
    })
  }

  /** Of a field that the account had when we began. */
  #path(key: string): string {
    return `${fieldsPath}/${this.#byKey.get(key)!.id}`
  }

  async #read(key: string): Promise<AccountField | null> {
    const body = await this.#api.find(
      `${fieldsPath}/${key}`,
      `reading the user field ${key}`,
      recordNamed('user_field'),
    )
    const item = object(body?.user_field)
    const field = item === undefined ? null : readAccountField(item)
    if (field !== null) this.seen.push(field)
    return field
  }
}

function vanished(key: string): Problem {
  return new Problem('zendesk.fields_changed', { message: `The user field ${key} has gone from the account.` })
}

/** The id goes as its digits: JavaScript would round a long one, and another id makes another option. */
function optionJson({ id, name, value }: { id: string; name: string; value: string }): string {
  return `{"id":${id},"name":${JSON.stringify(name)},"value":${JSON.stringify(value)}}`
}

/** Reads the account again: everything asked for must be there, and everything that was there too. */
async function verify({ api, clock, declared, signal }: FieldParts, plan: FieldPlan, seen: readonly AccountField[]) {
  for (let look = 1; ; look++) {
    const after = await readFields(api)
    const missing = [...notApplied(plan, after, declared), ...lost(plan, seen, after)]
    if (missing.length === 0) return
    if (look === maxLooks) {
      throw new Problem('zendesk.fields_not_seen', {
        message: ['Zendesk took every change, but the account does not show all of it:', ...missing].join('\n'),
        effect: 'partial',
        data: { missing: missing as Json },
      })
    }
    await clock.sleep(lookAgainMs, signal)
  }
}

function notApplied(plan: FieldPlan, after: readonly AccountField[], declared: UserFieldSettings): string[] {
  const left = planUserFields(plan.account, after, declared, { ...plan.removal, fields: [] })
  const kept = plan.removal.fields.filter((key) => after.some((field) => field.key === key))
  return [
    ...left.changes.map((change) => `${change.key}: ${describe(change)}`),
    ...left.conflicts.map(({ reason }) => reason),
    ...kept.map((key) => `${key}: is still there`),
  ]
}

function describe(change: FieldChange): string {
  switch (change.change) {
    case 'create_field':
    case 'remove_field':
      return 'is not there'
    case 'set':
      return `${change.attribute} is ${JSON.stringify(change.from)}, not ${JSON.stringify(change.to)}`
    case 'add_option':
      return `the option ${change.value} is not there`
    case 'rename_option':
      return `the option ${change.value} is called ${JSON.stringify(change.from)}`
    case 'remove_option':
      return `the option ${change.value} is there`
  }
}

/** What was there on the way, was not to be removed, and is gone. */
function lost(plan: FieldPlan, seen: readonly AccountField[], after: readonly AccountField[]): string[] {
  const sentences = new Set<string>()
  for (const field of seen) {
    if (plan.changes.some((change) => change.change === 'remove_field' && change.key === field.key)) continue
    const now = after.find((one) => one.key === field.key)
    if (now === undefined) sentences.add(`${field.key}: has gone`)
    for (const { id, value } of now === undefined ? [] : field.options) {
      if (now!.options.some((option) => option.id === id)) continue
      const isAsked = plan.changes.some(
        (change) => change.change === 'remove_option' && change.key === field.key && change.value === value,
      )
      if (!isAsked) sentences.add(`${field.key}: the option ${value} has gone`)
    }
  }
  return [...sentences]
}
