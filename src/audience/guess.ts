import type { ColumnProfile } from './profile.ts'
import { aboutFirst, aboutLast, kinds, nameAlone, nameWords, phrases, scriptParts, things } from './words.ts'

export interface Guess {
  pii: boolean
  /** A clause without a full stop: what speaks for it, or that nothing does. */
  why: string
}

/**
 * From this share of a sample's values on, what they look like decides: a column in which one value of twenty is somebody's e-mail address
 * is not free of them.
 */
const leastShare = 0.05

/** Digits alone can be anything, so nearly all of them must be numbers that could be dialled. */
const leastBareShare = 0.95

/**
 * Whether a column is personal, as far as its name and a sample of its values tell. `profile` null: it could not be profiled, for the reason
 * `unprofiled` gives, and then it counts as personal.
 */
export function guessPii(
  column: { name: string; type: string },
  profile: ColumnProfile | null,
  unprofiled = '',
): Guess {
  const named = guessByName(column.name)
  const isNumber = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL)/.test(column.type)
  // A yes or no about an address is no address, and a number in a column like email_id is a key.
  if (column.type === 'BOOLEAN' || (named === 'an e-mail address' && isNumber))
    return { pii: false, why: `a ${column.type} cannot hold ${named ?? 'anything personal'}` }
  if (named !== null) return { pii: true, why: `it is named like ${named}` }
  if (profile === null)
    return { pii: true, why: `it could not be looked at${unprofiled === '' ? '' : ` (${unprofiled})`}` }
  const seen = guessByContent(profile)
  if (seen !== null) return { pii: true, why: seen }
  return { pii: false, why: 'neither its name nor its values look personal' }
}

/** What a column of this name holds, or null. */
export function guessByName(name: string): string | null {
  for (const [kind, part] of scriptParts) if (name.toLowerCase().includes(part)) return kind
  const words = wordsOf(name)
  const first = words[0] ?? ''
  const last = words.at(-1) ?? ''
  // `birth_date` and `date_of_birth` are no dates about a birth.
  const isAbout = words.length > 1 && (aboutFirst.has(first) || aboutLast.has(last))
  const kind = kindOf(words)
  if (kind === 'a date of birth' && !aboutFirst.has(first)) return kind
  if (isAbout) return null
  const isThing = words.some((word) => things.has(word))
  if (kind !== null) {
    // A store has an address and a place, but its phone or mailbox may be a person's.
    const ofThings = kind === 'a postal address' || kind === 'a postal code' || kind === 'a place on the map'
    // address_id names a row of another table; email_id is what some call the address itself.
    const isKey = last === 'id' && kind !== 'an e-mail address' && kind !== 'an official number'
    return (ofThings && words.some((word) => word !== 'location' && things.has(word))) || isKey ? null : kind
  }
  if (words.length === 1 && nameAlone.has(first)) return 'a name of a person'
  if (!words.some((word) => nameWords.has(word))) return null
  return isThing || last === 'id' ? null : 'a name of a person'
}

function kindOf(words: readonly string[]): string | null {
  for (const [kind, phrase] of phrases) if (phrase.every((word) => words.includes(word))) return kind
  // Glued or apart, they are the same words: e_mail, zip_code, first_name.
  const glued = [words.join(''), ...words.slice(1).map((word, index) => words[index]! + word)]
  // The longer word says more: an ip_address is no address.
  for (const candidates of [glued, words])
    for (const [kind, known] of Object.entries(kinds)) if (candidates.some((one) => known.has(one))) return kind
  return null
}

/** The words of a name, in lower case and without accents. */
export function wordsOf(name: string): string[] {
  return name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '')
}

function guessByContent({ values, looks }: ColumnProfile): string | null {
  if (values === 0) return null
  const share = (count: number) => count / values
  const found: [what: string, count: number][] = [
    ['an e-mail address', looks.email],
    ['a phone number', share(looks.barePhone) >= leastBareShare ? looks.barePhone + looks.phone : looks.phone],
    ['a network address', looks.network],
    ['an IBAN', looks.iban],
    // One of ten numbers has a right check digit by chance.
    ['a card number', looks.card * 2 >= looks.cardShaped ? looks.card : 0],
    ['a social security number', looks.ssn],
  ]
  const most = found.sort((a, b) => b[1] - a[1])[0]!
  if (share(most[1]) < leastShare) return null
  return `${percent(share(most[1]))} of its values look like ${most[0]}`
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`
}
