import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Problem } from '../problem.ts'

const SHORTEST = 12
const LONGEST = 200
const SALT_BYTES = 16
const HASH_BYTES = 32

/** What a hash costs: 2^`log2N` rounds of `r` * 128 bytes, `p` times. */
export interface Cost {
  log2N: number
  r: number
  p: number
}

/** 128 MB and about half a second of one core. */
export const currentCost: Cost = { log2N: 17, r: 8, p: 1 }

/** Beyond this a stored hash is damaged rather than strong, and would only use up the machine. */
const MOST_BYTES = 1024 ** 3

const deriveKey: (password: string, salt: Buffer, bytes: number, options: ScryptOptions) => Promise<Buffer> =
  promisify(scrypt)

/**
 * Hash of a new password: `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`, each time another one. Throws `definition.invalid` when the password has
 * fewer than 12 or more than 200 characters.
 */
export async function hashPassword(password: string, cost: Cost = currentCost): Promise<string> {
  const length = [...password].length
  if (length < SHORTEST || length > LONGEST) {
    throw new Problem('definition.invalid', {
      message: `The password has ${length} characters; it must have ${SHORTEST} to ${LONGEST}.`,
      fix: 'Choose another password.',
      data: { mistakes: [{ field: 'password', message: `must have ${SHORTEST} to ${LONGEST} characters` }] },
    })
  }
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, cost)
  return `$scrypt$ln=${cost.log2N},r=${cost.r},p=${cost.p}$${base64(salt)}$${base64(hash)}`
}

/**
 * Whether it is the password of this hash, and whether that should be made anew because new ones are to cost something else, `wanted`. It takes as
 * long for a wrong password as for the right one. Throws `project.state_broken` when the hash is none.
 */
export async function verifyPassword(
  password: string,
  stored: string,
  wanted: Cost = currentCost,
): Promise<{ right: boolean; rehash: boolean }> {
  const { cost, salt, hash } = parse(stored)
  const right = timingSafeEqual(await derive(password, salt, cost), hash)
  const { log2N, r, p } = cost
  return { right, rehash: log2N !== wanted.log2N || r !== wanted.r || p !== wanted.p }
}

async function derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** log2N
  // Keyboards and systems write one character in several ways; the password is the same.
  const text = password.normalize('NFKC')
  return await deriveKey(text, salt, HASH_BYTES, { N, r, p, maxmem: 128 * r * (N + p + 2) })
}

function parse(stored: string): { cost: Cost; salt: Buffer; hash: Buffer } {
  const [, log2N, r, p, salt = '', hash = ''] =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,2})\$([\w+/-]+)\$([\w+/-]+)$/.exec(stored) ?? []
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) }
  const parsed = { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
  const isPossible = cost.log2N > 0 && cost.r > 0 && cost.p > 0 && 128 * cost.r * cost.p * 2 ** cost.log2N <= MOST_BYTES
  if (isPossible && parsed.salt.length >= 8 && parsed.hash.length === HASH_BYTES) return parsed
  throw new Problem('project.state_broken', {
    message: 'The stored hash of the password cannot be read.',
    fix: 'Set the password again with `deskside admin <e-mail>`, on the machine of the server.',
  })
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
