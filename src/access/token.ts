import { randomBytes } from 'node:crypto'

/** 256 random bits. The form is that of an API key, which the log masks wherever it turns up. */
export function newToken(use: 'session' | 'csrf' | 'link'): string {
  return `dsk_${use}_${randomBytes(32).toString('base64url')}`
}
