import { guessByName, wordsOf } from './guess.ts'
import type { ColumnProfile } from './profile.ts'

/** What a column means, by what its name was recognised as. */
const ofKinds: Record<string, string> = {
  'an e-mail address': 'email',
  'a phone number': 'phone',
  'a postal address': 'address',
  'a postal code': 'postal-code',
  'a date of birth': 'birthdate',
  'an official number': 'official-number',
  'a bank or card number': 'payment',
  'a network address': 'network-address',
  'a place on the map': 'geolocation',
}

const set = (text: string) => new Set(text.split(' '))

/** Which part of a person's name. */
const ofNames: readonly [tag: string, words: ReadonlySet<string>][] = [
  ['given-name', set('first firstname given givenname forename vorname prenom nombre voornaam imie fornamn etunimi')],
  [
    'surname',
    set(
      'last lastname surname family familyname nachname familienname apellido apellidos cognome sobrenome achternaam nazwisko efternamn sukunimi',
    ),
  ],
  ['full-name', set('full fullname')],
]

/** What is not personal, and worth knowing all the same. */
const ofOthers: readonly [tag: string, words: ReadonlySet<string>][] = [
  ['city', set('city town stadt ort ville ciudad citta cidade plaats miasto')],
  ['state', set('state province region bundesland provincia')],
  ['country', set('country land pays pais paese nation')],
  ['gender', set('gender sex geschlecht sexe genero')],
  ['company', set('company organization organisation employer firma entreprise empresa azienda')],
]

/** From this share of a sample's values on, their looks say what the column means. */
const leastShare = 0.5

/** What a column holds, in a word such as `email` or `given-name`; null where neither its name nor its values say so. */
export function semanticOf(name: string, profile: ColumnProfile | null): string | null {
  const kind = guessByName(name)
  const words = wordsOf(name)
  if (kind !== null && kind !== 'a name of a person') return ofKinds[kind] ?? null
  const seen = profile === null ? null : lookOf(profile)
  if (seen !== null) return seen
  if (kind !== null) return tagOf(words, ofNames) ?? 'name'
  // `city_id` and `country_count` are about such a thing, and hold none.
  return words.length <= 2 && words.at(-1) !== 'id' && words.at(-1) !== 'count' ? tagOf(words, ofOthers) : null
}

function lookOf({ values, looks: { email, phone, network, iban } }: ColumnProfile): string | null {
  const looks: [tag: string, count: number][] = [
    ['email', email],
    ['phone', phone],
    ['network-address', network],
    ['payment', iban],
  ]
  return values === 0 ? null : (looks.find(([, count]) => count / values >= leastShare)?.[0] ?? null)
}

function tagOf(words: readonly string[], tags: typeof ofNames): string | null {
  return tags.find(([, known]) => words.some((word) => known.has(word)))?.[0] ?? null
}
