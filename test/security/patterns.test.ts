import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, Script } from 'node:vm'
import { describe, expect, test } from 'vitest'

/** Rules that hold for the source as it is written. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|test-|-contract|^emulator/.test(name))
  .map((name) => ({ name: `src/${name}`, text: readFileSync(join(root, 'src', name), 'utf8') }))

/** Folders in which texts of strangers, of an account, or of people's data arrive. */
const exposed = /^src\/(server|access|control|store|destination|audience|log|problem|schedule|sync)/

/** Regular expressions as they stand in a file. */
function patternsOf(text: string): string[] {
  const code = text.replace(/^\s*(\/\/|\/?\*).*$/gm, '')
  const literal =
    /(?<=[=(,:?!&|[{;]\s*|return |=> )\/(?![/*])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)/g
  return [...code.matchAll(literal)].map(([whole]) => whole)
}

const patterns = sources
  .filter(({ name }) => exposed.test(name))
  .flatMap(({ name, text }) => patternsOf(text).map((pattern): [string, string] => [pattern, name]))

/** What a pattern is worst at: much of the same, then something that does not fit. */
const LENGTH = 100_000
const pumps = [
  'a',
  'A',
  '1',
  '0',
  ' ',
  '\t',
  '-',
  '.',
  '_',
  '@',
  '/',
  ':',
  '+',
  ',',
  '(',
  '%',
  '"',
  "'",
  '\\',
  '\n',
  'a.',
  'a-',
  'a@',
  '1.',
  '1 ',
  ': ',
  '${',
  'é',
  '\u{1f600}',
]
const ends = ['', '\0', '!', '@', '\n\n']

const texts = ['', 'a', '1', '$'].flatMap((prefix) =>
  pumps.flatMap((pump) => ends.map((end) => prefix + pump.repeat(LENGTH / pump.length) + end)),
)

const matches = new Script('for (const text of texts) expression.test(text)')

/** Patterns that meet short texts alone, because something before them says so. */
const bounded: Record<string, string> = {
  '/%.*$/': 'the address of a connection, or one that was checked to be one',
  '/^[_0-9]+|_+$/g': 'what comes before leaves no two underscores beside each other',
  '/\\..*$/': 'names of files of our own folder',
  '/\\/+$/': 'the address that the owner of the machine has set',
  '/0+$/': 'as many digits as a field has decimals',
}

describe('no pattern that meets a foreign text takes long over it', () => {
  test('there are patterns to look at', () => {
    expect(patterns.length).toBeGreaterThan(100)
  })

  test.each(patterns.filter(([pattern]) => !Object.hasOwn(bounded, pattern)))('%s (%s)', (pattern) => {
    const [, body = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(pattern) ?? []
    const context = createContext({ expression: new RegExp(body, flags.replaceAll(/[gy]/g, '')), texts })
    // Linear patterns need a few milliseconds for each, those that take time in the square minutes, and those that double with each letter
    // never end. All texts of a pattern share one bound: each bound costs a thread.
    matches.runInContext(context, { timeout: 10_000 })
  })
})

/** Names that hold something secret, or a digest that stands for it. */
const secret =
  /\b(?:token|secret|password|passwordHash|csrf|hash|digest|cookie|signature|key|code|verifier|nonce|state)\b/i
const compared = /([\w.?!()[\]]+)\s*(?:===|!==|==|!=)\s*([\w.?!()[\]'"`]+)/g

/** Comparisons of such names that tell nobody anything, each with the reason. */
const harmless: [RegExp, string][] = [
  [
    /(?:===|!==)\s*(?:null|undefined|true|false|''|""|0|1|'[^']*'|"[^"]*")/,
    'with nothing, or with a word of the source',
  ],
  [/(?:null|undefined|'[^']*')\s*(?:===|!==)/, 'with nothing, or with a word of the source'],
]

describe('secrets are compared in a time that tells nothing of them', () => {
  /** Where names like these are compared in the parts that know secrets; each line says why it may. */
  const allowed: Record<string, string> = {
    'src/server-file.ts: (found?.token === token)': 'the process compares its own token with its own file',
    'src/server-file.ts: (statusCode === 503)': 'a status',
    'src/server-file.ts: statusCode === 200': 'a status',
    'src/server/problem-reply.ts: error.statusCode === 400)': 'a status',
    'src/access/api-keys.ts: key.user === machine': 'the owner of a key',
    'src/access/api-keys.ts: (key.user !== machine': 'the owner of a key',
    'src/access/passwords.ts: parsed.hash.length === HASH_BYTES)': 'a length',
    'src/access/secret-box.ts: (parsed.nonce.length !== NONCE_BYTES': 'a length',
    'src/access/secret-box.ts: ciphertext).keyId !== id)': 'the public name of a key',
    'src/access/secret-box.ts: id === keyId)': 'the public name of a key',
    'src/access/sign-in.ts: user?.passwordHash != null': 'with nothing',
    'src/access/sign-in.ts: present.passwordHash === user.passwordHash':
      'both are of the store, and who asks chooses neither',
    'src/access/sign-in.ts: present.state === user.state': 'whether a user is active',
    'src/server/idempotency.ts: (known.request !== digest)': 'a keyed digest, of requests of one and the same actor',
    'src/control/sso/single-sign-on.ts: ) !== begun.state)': 'the browser that asks was told both',
    'src/control/sso/single-sign-on.ts: known.get(key) === entry)': 'two objects',
  }

  test('only digests and timingSafeEqual meet what somebody has sent', () => {
    const found = sources
      .filter(({ name }) => /^src\/(access|server|control\/sso|server-file)/.test(name))
      .flatMap(({ name, text }) =>
        [...text.replace(/^\s*(\/\/|\/?\*).*$/gm, '').matchAll(compared)]
          .map(([whole]) => whole)
          .filter((whole) => secret.test(whole.replaceAll(/([a-z])([A-Z])/g, '$1 $2')))
          .filter((whole) => !harmless.some(([pattern]) => pattern.test(whole)))
          .map((whole) => `${name}: ${whole}`),
      )
    expect(found.filter((one) => !Object.hasOwn(allowed, one))).toEqual([])
  })

  test.each([
    ['src/access/passwords.ts', 'timingSafeEqual('],
    ['src/access/digest.ts', 'timingSafeEqual('],
    ['src/access/api-keys.ts', 'hasDigest('],
    ['src/access/sign-in.ts', 'hasDigest('],
    ['src/server/loopback.ts', 'timingSafeEqual('],
  ])('%s compares with %s', (file, call) => {
    expect(sources.find(({ name }) => name === file)?.text).toContain(call)
  })

  test('sessions and links are found by a digest, which who asks cannot choose byte by byte', () => {
    const at = (file: string) => sources.find(({ name }) => name === file)!.text
    expect(at('src/access/sign-in.ts')).toMatch(/session\(digest\(cookie\)\)/)
    expect(at('src/access/links.ts')).toMatch(/link\(digest\(token\)\)/)
  })
})

test('randomness that opens something is of the system, never Math.random', () => {
  const found = sources.filter(({ name, text }) => /^src\/(access|server)/.test(name) && text.includes('Math.random'))
  expect(found.map(({ name }) => name)).toEqual([])
})
