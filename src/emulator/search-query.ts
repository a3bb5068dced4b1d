/** Zendesk's search syntax as far as it is about users: what a query asks for, and which users it finds. */
import { normalizedEmail } from './email.ts'
import type { Document } from './search-index.ts'

export interface Term {
  /** null: a plain word. */
  property: Property | null
  /** Lower case. */
  value: string
  /** `-word`: only users without it. */
  isNegated: boolean
}

const properties = ['email', 'external_id', 'name', 'role', 'phone', 'tags', 'notes', 'details', 'type'] as const
type Property = (typeof properties)[number]

/**
 * The terms, all of which a user must meet; undefined when a quotation mark is left open.
 * Assumption: a property that is not emulated is a word like any other, colon included.
 */
export function parseQuery(query: string): Term[] | undefined {
  const terms: Term[] = []
  const pattern = /\s*(-?)(?:([a-z_]+):)?(?:"([^"]*)"|([^\s"]+))/gy
  let end = 0
  for (let match = pattern.exec(query); match; match = pattern.exec(query)) {
    end = pattern.lastIndex
    const [, minus, key, quoted, bare] = match
    const property = properties.find((one) => one === key) ?? null
    const word = (quoted ?? bare ?? '').toLowerCase()
    const value = property === null && key !== undefined ? `${key}:${word}` : word
    if (value !== '') terms.push({ property, value, isNegated: minus === '-' })
  }
  return query.slice(end).trim() === '' ? terms : undefined
}

/** `repeated`: whether one value of a keyword that is given more than once is enough, which Zendesk does not document. */
export function matches(document: Document, terms: readonly Term[], repeated: 'any' | 'all' = 'any'): boolean {
  return terms.every((term) => {
    if (meets(document, term) !== term.isNegated) return true
    const { property, isNegated } = term
    if (repeated === 'all' || property === null || isNegated) return false
    return terms.some((other) => other.property === property && !other.isNegated && meets(document, other))
  })
}

/** `*` at the end stands for anything. Assumption: at the beginning too. */
function meets(document: Document, { property, value }: Term): boolean {
  const isValue = (text: string): boolean => fits(text.toLowerCase(), value)
  switch (property) {
    case 'email':
      return document.emails.some((email) => fits(email, normalizedEmail(value)))
    case 'external_id':
      return document.externalId !== null && isValue(document.externalId) // DOC-USERS: without regard to case
    case 'name':
      return isInWords(document.name, value)
    case 'role':
      return document.role === value
    case 'phone':
      return document.phones.some((phone) => fits(digitsOf(phone), digitsOf(value)))
    case 'tags':
      return document.tags.some(isValue)
    case 'notes':
      return isInWords(document.notes ?? '', value)
    case 'details':
      return isInWords(document.details ?? '', value)
    case 'type':
      return value === 'user'
    case null: {
      // OAS SearchUsers: a partial or full value of any property.
      const { name, emails, externalId, phones, notes, details, alias, tags } = document
      const wanted = value.replaceAll('*', '')
      const texts = [name, ...emails, externalId, ...phones, notes, details, alias, ...tags]
      return texts.some((text) => text?.toLowerCase().includes(wanted))
    }
  }
}

/** Assumption: each word of the value is a word of the text. */
function isInWords(text: string, value: string): boolean {
  const words = text.toLowerCase().split(/\s+/)
  return value.split(/\s+/).every((wanted) => words.some((word) => fits(word, wanted)))
}

/** Assumption: numbers are compared without blanks, hyphens and brackets. */
function digitsOf(phone: string): string {
  return phone.replace(/[^\d+*]/g, '')
}

function fits(text: string, wanted: string): boolean {
  const core = wanted.replace(/^\*|\*$/g, '')
  if (wanted.startsWith('*')) return wanted.endsWith('*') ? text.includes(core) : text.endsWith(core)
  return wanted.endsWith('*') ? text.startsWith(core) : text === wanted
}
