/** Zendesk lower-cases and trims addresses (observed by the authors of a connector). */
export function normalizedEmail(email: string): string {
  return email.trim().toLowerCase()
}

/**
 * Assumption: Zendesk's own check is not known. Recorded as refused: `badmail`, `error@example.com_`. This one is lenient: one @
 * outside quotes, no control characters, no blank outside quotes, and a domain that ends with a letter, digit or bracket.
 */
export function isProperlyFormatted(email: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(email)) return false
  const bare = email.replace(/"(?:[^"\\]|\\.)*"/g, 'q')
  return /^[^\s@"]+@[^\s@"]*[\p{L}\p{M}\p{N}\])]$/u.test(bare)
}
