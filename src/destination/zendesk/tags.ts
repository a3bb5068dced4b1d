import type { Json } from '../../problem.ts'
import type { Attribute, Normalised, Write } from '../destination.ts'
import { parseJson } from './json.ts'
import type { ZendeskSettings } from './settings.ts'

/**
 * Tags of a user: how a column becomes a set of them, and what the whole set becomes when ours change. Zendesk takes the whole set
 * only (`tags` of a user replaces it) and compares tags without case, so the canonical text is in lower case, sorted, and divided by
 * one blank: https://developer.zendesk.com/api-reference/ticketing/users/users/
 */

/** `tags:` of a destination; null is "none". */
export type TagSetting = ZendeskSettings['tags']

/** Zendesk's help names letters, digits, dash, underscore, colon and slash; it drops tags with other characters in silence. */
const plainTag = /^[\p{L}\p{M}\p{N}_\-:/]+$/u

const prefixOf = (setting: TagSetting): string | null =>
  typeof setting === 'object' && setting !== null ? setting.own.toLowerCase() : null

/** The attribute `tags`, or null when the destination does not say how tags are sent. */
export function tagsAttribute(setting: TagSetting): Attribute | null {
  if (setting === null) return null
  const prefix = prefixOf(setting)
  return {
    name: 'tags',
    clearing: setting === 'add' ? 'never' : 'null',
    normalise: (value) => normaliseTags(value, prefix),
    wire: tagsOf,
    // Those of others are no value of ours: with a prefix, two sets that are equal here are equal in what we say.
    read: (value) => canonicalTags(textsOf(value).filter((tag) => tag.toLowerCase().startsWith(prefix ?? ''))) || null,
    apart: setting === 'replace' ? null : 'tags',
    accumulates: setting === 'add',
  }
}

function textsOf(value: Json): string[] {
  return Array.isArray(value) ? value.filter((tag) => typeof tag === 'string') : []
}

/** The tags of a canonical text. */
export function tagsOf(canonical: string | null): string[] {
  return canonical === null || canonical === '' ? [] : canonical.split(' ')
}

function canonicalTags(tags: readonly string[]): string {
  return [...new Set(tags.map((tag) => tag.toLowerCase()))].sort().join(' ')
}

/** Words divided by blanks or commas, a JSON array, or a list as DuckDB prints it (`[vip, gold]`). */
function normaliseTags(text: string, prefix: string | null): Normalised {
  const tags = words(text.trim())
  if (tags === null) return refused('The value is no list of tags: its JSON holds something else than text.')
  for (const tag of tags) {
    if (!plainTag.test(tag)) {
      return refused(`The tag \`${tag}\` has characters other than letters, digits, dash, underscore, colon and slash.`)
    }
    if (prefix !== null && !tag.toLowerCase().startsWith(prefix)) {
      return refused(`The tag \`${tag}\` does not begin with \`${prefix}\`, the prefix of the tags that are ours.`)
    }
  }
  return { ok: true, value: canonicalTags(tags) }
}

function refused(reason: string): Normalised {
  return { ok: false, code: 'invalid_value', reason }
}

function words(text: string): string[] | null {
  const list = text.startsWith('[') && text.endsWith(']') ? (parseJson(text) ?? text.slice(1, -1)) : text
  if (typeof list === 'string') return list.split(/[\s,]+/).filter((word) => word !== '')
  if (!Array.isArray(list)) return null
  const parts = list.map((item: Json) => (typeof item === 'string' || typeof item === 'number' ? String(item) : null))
  return parts.includes(null) ? null : parts.flatMap((part) => words(part!.replace(/^\[|\]$/g, ' ')) ?? [])
}

/**
 * The whole set that a person is to have, or null when they have it already. `current` is what the account holds; the tags of
 * others in it keep their place and spelling. With a prefix of our own, all tags that begin with it are ours.
 */
export function wantedTags(current: readonly string[], write: Write, setting: TagSetting): string[] | null {
  const given = tagsOf(write.values.tags ?? null)
  const wanted = new Set(given)
  const dropped = new Set(tagsOf(write.before.tags ?? null).filter((tag) => !wanted.has(tag)))
  const prefix = prefixOf(setting)
  const stays = (tag: string) => wanted.has(tag) || !(dropped.has(tag) || (prefix !== null && tag.startsWith(prefix)))
  const kept = current.filter((tag) => stays(tag.toLowerCase()))
  const held = new Set(current.map((tag) => tag.toLowerCase()))
  const added = given.filter((tag) => !held.has(tag))
  return added.length === 0 && kept.length === current.length ? null : [...kept, ...added]
}
