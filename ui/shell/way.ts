/**
 * The path here that an address means, written as a browser would ask for it; undefined for everything that leads, or could be taken for leading,
 * to another origin: whoever signs in must end up nowhere else.
 */
export function wayHere(address: unknown): string | undefined {
  if (typeof address !== 'string' || !address.startsWith('/')) return undefined
  const here = 'http://here.invalid'
  if (!URL.canParse(address, here)) return undefined
  const { origin, pathname, search, hash } = new URL(address, here)
  // Of `/.//else.where` the path is `//else.where`, which is an address of another origin again.
  return origin === here && !pathname.startsWith('//') ? pathname + search + hash : undefined
}
