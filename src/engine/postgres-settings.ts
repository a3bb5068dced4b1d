import { z } from 'zod'
import { Secret } from '../config.ts'

/** Stands in for a URL whose variable has no value. It is a legal one, of a host that cannot exist. */
export const unsetPostgresUrl = 'postgres://unset@unset.example.invalid/unset'

/** Parameters of a URL that are understood; others may be the end of a password with a question mark in it. */
const parameters = new Set(['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'host'])

const sslModes = new Set(['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'])

/**
 * What is wrong with the text, null for a URL that can only be read in one way: with a character left bare, a part of the password would
 * count as host, path or parameter, and be told to others as such. Never repeats any of it.
 */
function mistakeOf(text: string): string | null {
  const form =
    'must be a URL such as postgres://user:password@host:5432/database, with special characters percent-encoded'
  const url = URL.parse(text)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || /\s/.test(text)) return form
  if (url.hash !== '' || !/^\/[^/@:]+$/.test(url.pathname) || /[/@?#]/.test(url.username)) return form
  if (url.hostname === '' && !url.searchParams.has('host')) return form
  for (const part of [url.username, url.password, url.pathname]) if (!isEncoded(part)) return form
  if ([...url.searchParams.keys()].some((name) => !parameters.has(name)))
    return `may have the parameters ${[...parameters].join(', ')} and no others`
  const mode = url.searchParams.get('sslmode')
  return mode === null || sslModes.has(mode) ? null : `must have an sslmode of ${[...sslModes].join(', ')}`
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** A source of tables. */
export const postgresSource = z.strictObject({
  type: z.literal('postgres'),
  name: z.string().min(1).optional().describe('What people read; the key is used where there is none.'),
  description: z.string().optional().describe('For people.'),
  url: z
    .string()
    .superRefine((text, context) => {
      const message = mistakeOf(text)
      if (message !== null) context.addIssue({ code: 'custom', message })
    })
    .transform((text) => new Secret(text))
    .describe('Connection string, a secret: postgres://user:password@host:5432/database.'),
})

/** Host, port and database of a URL that was checked, for telling two of them apart. */
export function placeOfUrl(url: Secret): string {
  const { hostname, port, pathname, searchParams } = new URL(url.reveal())
  return `${searchParams.get('host') ?? hostname}:${port || '5432'}${pathname}`
}

/** The URL as `pg` is to read it: it takes `require` and `verify-ca` for `verify-full`, too, and would print a warning besides. */
export function strictUrl(url: Secret): string {
  const strict = new URL(url.reveal())
  const mode = strict.searchParams.get('sslmode')
  if (mode === 'require' || mode === 'verify-ca') strict.searchParams.set('sslmode', 'verify-full')
  return strict.href
}

const namePart = /^(?:"((?:[^"]|"")+)"|([^".\s]+))(?:\.|$)/

/** `schema.table` or `table`, where a part may stand in double quotes; null for anything else. Without a schema it is `public`. */
export function tableNameOf(text: string): { schema: string; table: string } | null {
  const parts: string[] = []
  let rest = text
  while (rest !== '') {
    const found = namePart.exec(rest)
    if (found === null) return null
    parts.push(found[1]?.replaceAll('""', '"') ?? found[2]!)
    rest = rest.slice(found[0].length)
  }
  if (parts.length === 0 || parts.length > 2 || text.endsWith('.')) return null
  return { schema: parts.length === 2 ? parts[0]! : 'public', table: parts.at(-1)! }
}
