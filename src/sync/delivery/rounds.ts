import type { Connection, Write } from '../../destination/destination.ts'
import { literal } from '../../sql-text.ts'
import type { Database } from '../ledger/database.ts'
import { finalsQuery, isFurther } from '../ledger/delivered.ts'
import type { FollowUp } from '../ledger/journal.ts'
import type { PlanDetails } from '../plan.ts'
import { readChangesByNumber, readStoredChanges, type StoredChange, wholeWrites, writeOf } from '../plan-file.ts'
import type { Attempt } from './attempt.ts'
import type { ChangeSet } from './change-set.ts'

/** Changes read at a time. */
const PAGE = 1000
/** People looked up by one request. */
const LOOK_UP = 100

/** Where the rounds read from: the plan attached as `plan`, and the ledger. */
export interface RoundSource {
  db: Database
  run: string
  details: PlanDetails
  connection: Connection
  /** Changes that have an outcome or are in an open batch. */
  taken: ChangeSet
}

/** A round holds each person at most once; the next one starts when it is settled. */
export type Round = AsyncGenerator<Attempt[]>

/**
 * Pages that are read while those before are sent. One was too few: it waited behind a commit of the journal, and a third of the time of a delivery
 * without limits nothing was there to send.
 */
const PAGES_AHEAD = 2

/** The pages of a round, the next of which are read while the one before is sent. */
export class PageAhead {
  readonly #round: Round | null
  #reading: Promise<IteratorResult<Attempt[]>>[] = []
  /** There is no further page. */
  ended: boolean

  constructor(round: Round | null) {
    this.#round = round
    this.ended = round === null
  }

  async next(): Promise<Attempt[]> {
    this.#readAhead()
    const page = await this.#reading.shift()
    if (page?.done !== false) {
      this.ended = true
      return []
    }
    this.#readAhead()
    return page.value
  }

  /** Nothing is read any more when this resolves. Of a page that nobody will send, a failure is nobody's either. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#reading)
    this.ended = true
  }

  /** A generator takes up one request after the other. */
  #readAhead(): void {
    while (this.#round !== null && this.#reading.length < PAGES_AHEAD) {
      const reading = this.#round.next()
      // Told to whoever asks for the page.
      reading.catch(() => undefined)
      this.#reading.push(reading)
    }
  }
}

/**
 * The rounds of a delivery: first the people, then one further change per person and round (an address, tags, a membership; only of people
 * whose first change landed), at last the follow-ups; a further change whose person was repaired by a follow-up comes after it. Null when
 * nothing is left.
 */
export async function nextRound(source: RoundSource): Promise<Round | null> {
  if (await somethingIn(firstWave(source))) return firstWave(source)
  const wave = await nextFurtherWave(source)
  if (wave !== null) return furtherWave(source, wave)
  const open = await source.db.first<{ last: number | null }>(
    `SELECT max(change) AS last FROM (${openFollowUps(source.run)})`,
  )
  return open?.last == null ? null : followUpRound(source, open.last)
}

async function somethingIn(round: Round): Promise<boolean> {
  for await (const page of round) if (page.length > 0) return true
  return false
}

function planned(change: StoredChange): Attempt {
  return {
    change: change.change,
    root: change.change,
    kind: 'planned',
    rechecked: false,
    tries: 0,
    write: writeOf(change),
  }
}

async function* firstWave(source: RoundSource): Round {
  for (let from = 1; from <= source.details.changes; from += PAGE) {
    const to = Math.min(from + PAGE - 1, source.details.changes)
    if (!hasFree(source.taken, from, to)) continue
    const changes = (await readStoredChanges(source.db, from, to)).filter(
      (change) => change.wave === 1 && !source.taken.has(change.change),
    )
    if (changes.length > 0) yield changes.map(planned)
    else return
  }
}

function hasFree(taken: ChangeSet, from: number, to: number): boolean {
  for (let change = from; change <= to; change += 1) if (!taken.has(change)) return true
  return false
}

/** Further changes that may be sent now: their person's first change has landed, or there is none but such. */
function sendableFurther(run: string): string {
  return `SELECT c.change, c.wave FROM plan.changes c JOIN plan.changes main ON main.person = c.person AND main.wave = 1
    LEFT JOIN (${finalsQuery(run)}) f ON f.root = main.change
    WHERE c.wave > 1 AND (${isFurther('main.kind')} OR f.status IN ('created', 'updated')) AND c.change NOT IN (SELECT change FROM outcomes WHERE run = ${literal(run)})`
}

async function nextFurtherWave(source: RoundSource): Promise<number | null> {
  if (source.details.waves < 2) return null
  const next = await source.db.first<{ wave: number | null }>(
    `SELECT min(wave) AS wave FROM (${sendableFurther(source.run)})`,
  )
  return next?.wave ?? null
}

async function* furtherWave(source: RoundSource, wave: number): Round {
  let last = 0
  for (;;) {
    const rows = await source.db.rows<{ change: number }>(
      `SELECT change FROM (${sendableFurther(source.run)}) WHERE wave = $1 AND change > $2 ORDER BY change LIMIT ${PAGE}`,
      [wave, last],
    )
    if (rows.length === 0) return
    const changes = await readWithIds(
      source,
      rows.map((row) => row.change),
    )
    last = rows.at(-1)?.change ?? last
    yield changes.filter((change) => !source.taken.has(change.change)).map(planned)
  }
}

/**
 * The changes with these numbers; one that comes behind a person's first change gets the Zendesk id which that person has by now: of a new
 * person, or of one who had vanished.
 */
async function readWithIds(source: RoundSource, numbers: readonly number[]): Promise<StoredChange[]> {
  const changes = await readChangesByNumber(source.db, numbers)
  const behind = changes.filter((change) => change.wave > 1)
  if (behind.length === 0) return changes
  const rows = await source.db.rows<{ person: number; zendeskId: string }>(
    `SELECT c.person, f.zendesk_id AS "zendeskId" FROM plan.changes c JOIN (${finalsQuery(source.run)}) f ON f.root = c.change
     WHERE c.wave = 1 AND f.zendesk_id IS NOT NULL AND c.person IN (${behind.map((change) => change.person).join(', ')})`,
  )
  const ids = new Map(rows.map((row) => [row.person, row.zendeskId]))
  return changes.map((change) => {
    const now = change.wave > 1 ? ids.get(change.person) : undefined
    return { ...change, zendeskId: now ?? change.zendeskId }
  })
}

function openFollowUps(run: string): string {
  return `SELECT change, root, kind, rechecked FROM followups WHERE run = ${literal(run)}
    AND change NOT IN (SELECT change FROM outcomes WHERE run = ${literal(run)})`
}

async function* followUpRound(source: RoundSource, until: number): Round {
  let last = 0
  for (;;) {
    const rows = await source.db.rows<{ change: number; root: number; kind: 'whole' | 'again'; rechecked: boolean }>(
      `SELECT * FROM (${openFollowUps(source.run)}) WHERE change > $1 AND change <= $2 ORDER BY change LIMIT ${LOOK_UP}`,
      [last, until],
    )
    if (rows.length === 0) return
    last = rows.at(-1)?.change ?? last
    yield await followUpAttempts(source, rows)
  }
}

/**
 * Attempts of follow-ups: `whole` sends everything we know; `again` looks the person up first: gone, and everything is sent; there, and
 * the same change is sent once more. Only the first of two follow-ups of one person is in a round.
 */
export async function followUpAttempts(source: RoundSource, followUps: readonly FollowUp[]): Promise<Attempt[]> {
  const roots = await readWithIds(
    source,
    followUps.map((followUp) => followUp.root),
  )
  const byNumber = new Map(roots.map((root) => [root.change, root]))
  const again = followUps.filter((followUp) => followUp.kind === 'again')
  const people = again.flatMap((followUp) => byNumber.get(followUp.root) ?? [])
  const found = people.length === 0 ? [] : await source.connection.lookUp(people)
  const gone = new Set(
    people.filter((person, index) => canBeLookedUp(person) && found[index] === null).map((person) => person.change),
  )
  const whole = await wholeWrites(
    source.db,
    followUps.flatMap((followUp) => byNumber.get(followUp.root)?.person ?? []),
    source.details.withUser ?? source.details.attributes,
  )
  const seen = new Set<number>()
  return followUps.flatMap((followUp): Attempt[] => {
    const root = byNumber.get(followUp.root)
    if (root === undefined || seen.has(root.person)) return []
    seen.add(root.person)
    const sendsWhole = followUp.kind === 'whole' || (root.kind !== 'create' && gone.has(root.change))
    // Of somebody who left the result there is nothing whole to send: the change is repeated, and its refusal is the last word.
    const all = sendsWhole ? whole.get(root.person) : undefined
    const write: Write = all ?? writeOf(root)
    return [
      {
        change: followUp.change,
        root: root.change,
        kind: all === undefined ? 'again' : 'whole',
        rechecked: followUp.rechecked,
        tries: 0,
        write,
      },
    ]
  })
}

/** Attempts of an open batch that an earlier process left. */
export async function attemptsOf(source: RoundSource, changes: readonly number[]): Promise<Attempt[]> {
  const plannedChanges = (await readWithIds(source, changes)).map(planned)
  const rest = changes.filter((change) => change > source.details.changes)
  if (rest.length === 0) return plannedChanges
  const followUps = await source.db.rows<{ change: number; root: number; kind: 'whole' | 'again'; rechecked: boolean }>(
    `SELECT change, root, kind, rechecked FROM followups WHERE run = $1 AND change IN (${rest.join(', ')})`,
    [source.run],
  )
  const attempts = new Map(
    [...plannedChanges, ...(await followUpAttempts(source, followUps))].map((attempt) => [attempt.change, attempt]),
  )
  return changes.flatMap((change) => attempts.get(change) ?? [])
}

function canBeLookedUp(change: StoredChange): boolean {
  return change.zendeskId !== null || change.externalId !== null
}
