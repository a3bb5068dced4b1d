import type { Json } from './problem.ts'

const SHORTEST_HIDDEN = 6
const MASK = '[secret]'

/** Headers that let their reader act for somebody, as names of fields, in lists of names and values, and in text. */
const headers = /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?|x-csrf[\w-]*|x-xsrf[\w-]*|x-api-key)$/i
const headerLines =
  /\b((?:proxy-)?authorization|(?:set-)?cookie2?|x-[cx]srf[\w-]{0,40}|x-api-key)([\\"']*\s*[:=]\s*)[^\r\n]+/gi

/** Fields that hold a secret by their name alone; `url` is not among them, as most addresses are none. */
const secretFields =
  /^(?:password|passphrase|secret|(?:client|api|access|refresh|csrf)?[_-]?(?:secret|token)|(?:secret|private|api)[_-]?key)$/i

/** Who reads a log learns of no person: what remains of an address is its first letter. */
const addresses =
  /(?:"[^"\r\n]{1,64}"|[^\s@<>"(),:;[\]\\=&?/]{1,64})(?:@|%40)(?:\[[^\]\s]{1,64}\]|[\p{L}\p{M}\p{N}.-]{0,250}\.\p{L}[\p{L}\p{M}\p{N}-]*)/giu

const patterns: readonly (readonly [RegExp, string])[] = [
  [headerLines, `$1$2${MASK}`],
  [/\b(basic|bearer)(\s+|%20)[\w.~+/=%-]+/gi, `$1$2${MASK}`],
  [/dsk_([a-z0-9]+)_[\w-]+/gi, `dsk_$1_${MASK}`],
  // Before addresses, which what stands before the host would look like. A password may hold slashes that should have been encoded.
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^\s/:]{0,200}:\S{0,500}|[^\s/]{0,500})@/gi, `$1${MASK}@`],
]

/** Takes secrets and addresses of people out of what is about to be written. */
export class Redactor {
  /** In each form in which a text may turn up. */
  readonly #hidden = new Set<string>()

  /** From now on this text is masked wherever it occurs. Under 6 characters it is not: such texts occur everywhere by chance. */
  hide(text: string): void {
    if (text.length < SHORTEST_HIDDEN) return
    const wellFormed = text.toWellFormed()
    const inUrl = encodeURIComponent(wellFormed)
    for (const form of [text, wellFormed, inUrl, inUrl.replaceAll('%20', '+'), JSON.stringify(text).slice(1, -1)])
      this.#hidden.add(form)
  }

  /** The text without secrets and addresses. */
  text(text: string): string {
    let masked = this.#withoutHidden(text)
    for (const [pattern, replacement] of patterns) masked = masked.replace(pattern, replacement)
    if (!/@|%40/.test(masked)) return masked
    return masked.replace(addresses, (address) => `${[...address.replace('"', '')][0] ?? ''}…@…`)
  }

  /** The same for all texts, names of fields and numbers of a tree; headers that identify somebody are not in it at all. */
  json(value: Json): Json {
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'number') return this.#withoutHidden(String(value)) === String(value) ? value : MASK
    if (value === null || typeof value !== 'object') return value
    const bytes = bytesIn(value)
    if (bytes !== null) return `[${bytes} bytes]`
    if (Array.isArray(value)) return this.#list(value)
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !headers.test(name))
        .map(([name, field]) => [this.text(name), this.#field(name, field)]),
    )
  }

  #field(name: string, value: Json): Json {
    return typeof value === 'string' && secretFields.test(name) ? MASK : this.json(value)
  }

  /** In lists of names and values, as of raw headers, what follows a header's name is its value. */
  #list(items: Json[]): Json[] {
    return items.map((item, index) => {
      const before = items[index - 1]
      return typeof before === 'string' && headers.test(before) ? MASK : this.json(item)
    })
  }

  /** Where hidden texts overlap, all that any of them covers is masked at once. */
  #withoutHidden(text: string): string {
    const covered: { from: number; to: number }[] = []
    for (const hidden of this.#hidden) {
      for (let from = text.indexOf(hidden); from >= 0; from = text.indexOf(hidden, from + 1))
        covered.push({ from, to: from + hidden.length })
    }
    if (covered.length === 0) return text
    let masked = ''
    let shownTo = 0
    for (const { from, to } of covered.toSorted((a, b) => a.from - b.from)) {
      if (from >= shownTo) masked += `${text.slice(shownTo, from)}${MASK}`
      shownTo = Math.max(shownTo, to)
    }
    return masked + text.slice(shownTo)
  }
}

/** How many bytes a serialised Buffer or typed array of bytes has; null: it is something else. */
function bytesIn(value: Json[] | { [key: string]: Json }): number | null {
  if (Array.isArray(value)) return null
  if (value.type === 'Buffer' && Array.isArray(value.data)) return value.data.length
  const entries = Object.entries(value)
  const isBytes = entries.every(
    ([name, byte], index) =>
      name === String(index) && Number.isInteger(byte) && Number(byte) >= 0 && Number(byte) < 256,
  )
  return entries.length > 0 && isBytes ? entries.length : null
}
