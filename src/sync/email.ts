import { isIPv4, isIPv6 } from 'node:net'

/**
 * RE2 pattern of addresses that, up to {@link PLAIN_EMAIL_LENGTH} characters, are valid without a closer look, so that only the odd ones
 * leave the database. Whatever it does not match is judged by {@link isEmail}, which accepts all that it matches (a property test).
 */
export const PLAIN_EMAIL =
  "[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}"
export const PLAIN_EMAIL_LENGTH = 64

const ATOM = /^[a-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\u{10ffff}-]+$/iu
const INVISIBLE = /[\p{White_Space}\p{Cc}\p{Cs}\p{Cn}\u00ad\ufeff]/u
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?$/u
const bytes = (text: string) => Buffer.byteLength(text, 'utf8')

/**
 * Whether an address can be used as it stands in SMTP (RFC 5321, with RFC 6531's non-ASCII letters): dot-atom or quoted local part of at
 * most 64 octets, domain name or address literal, 254 octets in all. Comments, folding white space and the obsolete forms of RFC 5322
 * are not valid: no mailbox is known by them. Nothing is looked up in DNS. `address` is trimmed and in lower case.
 */
export function isEmail(address: string): boolean {
  const at = address.lastIndexOf('@')
  if (at < 1 || bytes(address) > 254) return false
  const local = address.slice(0, at)
  const domain = address.slice(at + 1)
  return bytes(local) <= 64 && (isDotAtom(local) || isQuoted(local)) && (isDomain(domain) || isAddressLiteral(domain))
}

function isDotAtom(local: string): boolean {
  return !INVISIBLE.test(local) && local.split('.').every((atom) => ATOM.test(atom))
}

/** RFC 5321 quoted string: printable ASCII, `"` and `\` only behind a backslash. */
function isQuoted(local: string): boolean {
  return /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u00a1-\u{10ffff}]|\\[\x20-\x7e])*"$/u.test(local)
}

function isDomain(domain: string): boolean {
  if (domain.length === 0 || bytes(domain) > 253) return false
  return domain.split('.').every((label) => bytes(label) <= 63 && LABEL.test(label))
}

function isAddressLiteral(domain: string): boolean {
  const inner = /^\[(.+)\]$/s.exec(domain)?.[1]
  if (inner === undefined) return false
  const ipv6 = /^ipv6:(.+)$/i.exec(inner)?.[1]
  if (ipv6 === undefined) return isIPv4(inner)
  if (!isIPv6(ipv6) || ipv6.includes('%')) return false
  // RFC 5321 4.1.3: `::` stands for two groups or more, so at most six are written beside it; a dotted end counts for two.
  const groups = ipv6.split(':').filter((group) => group !== '')
  return !ipv6.includes('::') || groups.length + (ipv6.includes('.') ? 1 : 0) <= 6
}
