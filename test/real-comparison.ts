/**
 * A real account beside the emulated one: the same walk through both, the recorded answers, and what only a real account can tell.
 * Everything it makes bears one prefix and is removed at the end, also when something fails.
 */
import { defaultReadings } from '../src/emulator/readings.ts'
import { type AccountClient, type Json, openEmulatedAccount } from './account-client.ts'
import { type Call, createScene, type Scene, send, tour, type Visit, visit } from './account-tour.ts'
import { observers, Unseen } from './real-observations.ts'
import { recordedAnswers } from './recorded-answers.ts'
import { differencesFrom } from './recorded-differences.ts'
import { recordedRefusals } from './recorded-refusals.ts'

export interface Line {
  kind: 'difference' | 'reading' | 'left out' | 'not removed'
  text: string
  isDifference: boolean
}

/** Tells each finding as it comes. Rejects only when the emulator fails. */
export async function compareAccount(
  client: AccountClient,
  prefix: string,
  tell: (line: Line) => void,
): Promise<{ differences: number }> {
  let differences = 0
  const say = (kind: Line['kind'], text: string, isDifference = false): void => {
    if (isDifference) differences++
    tell({ kind, text, isDifference })
  }
  const calls = tour.filter((call) => {
    const reason = call.notReal ?? (isOfToken(call) && !client.oauth ? 'no OAuth client was given' : undefined)
    if (reason !== undefined) say('left out', `${call.route}: ${reason}`)
    return reason === undefined
  })
  const expected = await emulatedVisits(calls)
  const scene = createScene(client, prefix)
  try {
    for await (const one of visit(scene, calls)) {
      for (const text of differencesOf(one, expected.get(one.title))) say('difference', `${one.title}: ${text}`, true)
    }
    await compareRecordings(scene, say)
    await observe(scene, say)
  } catch (error) {
    say('difference', `the walk could not go on: ${error instanceof Error ? error.message : error}`, true)
  } finally {
    for (const text of await remove(scene)) say('not removed', text, true)
  }
  return { differences }
}

type Say = (kind: Line['kind'], text: string, isDifference?: boolean) => void

const isOfToken = ({ route }: Call): boolean => route.includes('oauth/tokens')

async function emulatedVisits(calls: readonly Call[]): Promise<Map<string, Visit>> {
  await using account = await openEmulatedAccount()
  const visits = new Map<string, Visit>()
  for await (const one of visit(createScene(account, 'emulated'), calls)) visits.set(one.title, one)
  return visits
}

async function compareRecordings(scene: Scene, say: Say): Promise<void> {
  for (const recording of [...recordedAnswers, ...recordedRefusals]) {
    const name = `recorded: ${recording.title} (${recording.source})`
    if (recording.notReal !== undefined) {
      say('left out', `${name}: ${recording.notReal}`)
      continue
    }
    const found = await attempt(async () => differencesFrom(recording, await recording.ask(scene)))
    for (const text of typeof found === 'string' ? [found] : found) say('difference', `${name}: ${text}`, true)
  }
}

async function observe(scene: Scene, say: Say): Promise<void> {
  for (const [name, observer] of Object.entries(observers)) {
    if (typeof observer === 'string') {
      say('left out', `${name}: ${observer}`)
      continue
    }
    const assumed = defaultReadings[name as keyof typeof defaultReadings]
    const found = await attempt(() => observer(scene).catch(unlessUnseen))
    if (found instanceof Unseen) {
      say('left out', `${name}: ${found.message}`)
      continue
    }
    const { agrees, seen } = typeof found === 'string' ? { agrees: [], seen: found } : found
    const isDifference = !agrees.includes(assumed)
    const observed = agrees.length > 0 ? agrees.join(' or ') : seen
    say('reading', `${name}: ${observed}${isDifference ? ` (the emulator: ${assumed})` : ''}`, isDifference)
  }
}

function unlessUnseen(error: unknown): Unseen {
  if (error instanceof Unseen) return error
  throw error
}

/** What a step found, or why it could not be taken; the next ones are. */
async function attempt<Found>(step: () => Promise<Found>): Promise<Found | string> {
  try {
    return await step()
  } catch (error) {
    return `it could not be asked: ${error instanceof Error ? error.message : error}`
  }
}

function differencesOf({ answer }: Visit, emulated: Visit | undefined): string[] {
  if (emulated === undefined) return ['the emulator has no such answer']
  const { status } = emulated.answer
  if (answer.status !== status) return [`the status is ${answer.status}, in the emulator ${status}`]
  return compareOutlines(outlineOf([answer.json]), outlineOf([emulated.answer.json]), '')
}

/** Types and keys of values that stand in one place. */
interface Outline {
  types: Set<string>
  keys: Map<string, Outline>
  items: Outline | undefined
}

/** Keys of their maps are the account's own. */
const mapKeys = new Set(['user_fields', 'organization_fields'])

function outlineOf(values: readonly Json[]): Outline {
  const objects = values.filter((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  const items = values.filter(Array.isArray).flat()
  const names = new Set(objects.flatMap((object) => Object.keys(object)))
  const below = (name: string): Json[] => objects.filter((object) => name in object).map((object) => object[name])
  return {
    types: new Set(
      values.filter((value) => value !== null).map((value) => (Array.isArray(value) ? 'list' : typeof value)),
    ),
    keys: new Map(
      [...names].map((name) => {
        const isMap = mapKeys.has(name) && !below(name).some(Array.isArray)
        return [name, outlineOf(isMap ? [{}] : below(name))]
      }),
    ),
    items: items.length > 0 ? outlineOf(items) : undefined,
  }
}

function compareOutlines(real: Outline, emulated: Outline, path: string): string[] {
  const found: string[] = []
  // Nothing but null on one side says nothing.
  if (real.types.size > 0 && emulated.types.size > 0 && real.types.isDisjointFrom(emulated.types)) {
    found.push(`${path} is ${[...real.types].join(' or ')}, in the emulator ${[...emulated.types].join(' or ')}`)
  }
  if (real.keys.size > 0 && emulated.keys.size > 0) {
    for (const name of new Set([...real.keys.keys(), ...emulated.keys.keys()])) {
      const [one, other] = [real.keys.get(name), emulated.keys.get(name)]
      const below = path === '' ? name : `${path}.${name}`
      if (one && other) found.push(...compareOutlines(one, other, below))
      else found.push(`${below} is only in the ${one ? 'account' : 'emulator'}`)
    }
  }
  if (real.items && emulated.items) found.push(...compareOutlines(real.items, emulated.items, `${path}[]`))
  return found
}

/** Removes what was made, and answers what is left. */
async function remove(scene: Scene): Promise<string[]> {
  const { made, prefix } = scene
  const left: string[] = []
  const removeOne = async (path: string, fine: readonly number[]): Promise<void> => {
    const status = await attempt(async () => (await send(scene, 'DELETE', `/api/v2/${path}`)).status)
    if (typeof status === 'string' || !fine.includes(status)) left.push(`${path}: ${status}`)
  }
  const keys = [...made.keys].filter((key) => key.startsWith(prefix))
  // By their keys too, as in a job that nobody saw end.
  const there = [...(await shown(scene, 'ids', [...made.users])), ...(await shown(scene, 'external_ids', keys))]
  // Whoever has another name is not ours, whatever the account answered.
  const ours = new Set(there.filter(({ name }) => name.startsWith(`${prefix} `)).map(({ id }) => id))
  for (const id of ours) await removeOne(`users/${id}`, [200])
  for (const id of new Set([...made.users, ...ours])) await removeOne(`deleted_users/${id}`, [200, 404])
  for (const id of made.organizations) await removeOne(`organizations/${id}`, [204, 404])
  for (const id of made.user_fields) await removeOne(`user_fields/${id}`, [204, 404])
  return left
}

/** Users who are there, deleted ones apart. */
async function shown(scene: Scene, by: string, keys: readonly (string | number)[]): Promise<Json[]> {
  const found: Json[] = []
  for (let from = 0; from < keys.length; from += 100) {
    const part = keys
      .slice(from, from + 100)
      .map(encodeURIComponent)
      .join()
    const users = await attempt<Json[]>(
      async () => (await send(scene, 'GET', `/api/v2/users/show_many?${by}=${part}`)).json.users,
    )
    if (typeof users !== 'string') found.push(...users)
  }
  return found
}
