import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { literal } from '../sql-text.ts'
import { isEmail, PLAIN_EMAIL, PLAIN_EMAIL_LENGTH } from './email.ts'
import { Database } from './ledger/database.ts'
import { createTextMacros } from './text-sql.ts'

const label63 = 'a'.repeat(63)

describe('isEmail', () => {
  it.each([
    'a@b',
    'test@example.com',
    'first.last+tag@sub.example.co.uk',
    "!#$%&'*+/=?^_`{|}~-@example.com",
    '"quoted local"@example.com',
    '"with @ sign"@example.com',
    '"\\"escaped\\\\"@example.com',
    '""@example.com',
    'jésus@example.com',
    '用户@例え.jp',
    'test@bücher.example',
    'test@123.com',
    'test@[192.0.2.1]',
    'test@[ipv6:2001:db8::1]',
    'test@[ipv6:::]',
    'test@[ipv6:1:2:3:4::192.0.2.1]',
    `${'a'.repeat(64)}@example.com`,
    `a@${label63}.com`,
    `a@${label63}.${label63}.${label63}.${'b'.repeat(60)}`,
    `${'é'.repeat(32)}@example.com`,
  ])('accepts %s', (address) => expect(isEmail(address)).toBe(true))

  it.each([
    '',
    '@',
    'a',
    'a@',
    '@example.com',
    'a@@example.com',
    'a b@example.com',
    'a@exa mple.com',
    '.a@example.com',
    'a.@example.com',
    'a..b@example.com',
    'a@.example.com',
    'a@example.com.',
    'a@example..com',
    'a@-example.com',
    'a@example-.com',
    'a@exam_ple.com',
    'a@example.com,b@example.com',
    'a@example.com; b@example.com',
    'Ann <a@example.com>',
    '(comment)a@example.com',
    '"open@example.com',
    '"a"b@example.com',
    'a\u0000b@example.com',
    'a\u007f@example.com',
    'a\u0085@example.com',
    'a\u00a0b@example.com',
    'a\u00adb@example.com',
    'a\ufeffb@example.com',
    '"tab\there"@example.com',
    '"\\é"@example.com',
    'a\ud800@example.com',
    'a@exa\udc00mple.com',
    'a@[192.0.2.256]',
    'a@[192.0.2.1',
    'a@[fe80::1]',
    'a@[ipv6:fe80::1%eth0]',
    'a@[ipv6:1:2:3:4:5:6::8]',
    'a@[ipv6:1:2:3:4:5::192.0.2.1]',
    `${'a'.repeat(65)}@example.com`,
    `${'é'.repeat(33)}@example.com`,
    `a@${label63}a.com`,
    `a@${label63}.${label63}.${label63}.${'b'.repeat(61)}`,
  ])('refuses %s', (address) => expect(isEmail(address)).toBe(false))

  it('gives a verdict on any string and throws on none', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
      fc
        .array(fc.constantFrom('@', '.', '"', '\\', '[', ']', ':', '-', 'a', 'é', ' ', '\u0000', '\ud800', 'ipv6:'))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(
        any,
        any,
        (local, domain) => typeof isEmail(local) === 'boolean' && typeof isEmail(`${local}@${domain}`) === 'boolean',
      ),
    )
  })

  it('accepts no address with a blank or a control character outside quotes, and none that is too long', () => {
    const pieces = fc.array(
      fc.constantFrom('a', 'b', '.', '@', '"', '\\', ' ', '\t', '\n', '\u0007', '\u009f', '\u2003', 'example.com'),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(pieces, (parts) => {
        const address = parts.join('')
        if (!isEmail(address)) return
        const outside = address.replace(/^"(?:[^"\\]|\\.)*"/, '')
        expect(outside).not.toMatch(/[\s\p{Cc}]/u)
        expect(address).not.toMatch(/\p{Cc}/u)
        expect(Buffer.byteLength(address)).toBeLessThanOrEqual(254)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('in the database', () => {
  let db: Database
  beforeAll(async () => {
    db = await Database.open(':memory:', { memoryMib: 200, tempDir: '/nonexistent' })
    await createTextMacros(db)
  })
  afterAll(() => db.close())

  const asked = async <T>(expression: string, values: readonly string[]): Promise<T[]> => {
    const list = JSON.stringify(values)
    const rows = await db.rows<{ answer: string }>(
      `SELECT to_json(list_transform(from_json($1, '["VARCHAR"]'), lambda x: ${expression}))::VARCHAR AS answer`,
      [list],
    )
    return JSON.parse(rows[0]?.answer ?? '[]') as T[]
  }

  const matches = (addresses: readonly string[]) =>
    asked<boolean>(`length(x) <= ${PLAIN_EMAIL_LENGTH} AND regexp_full_match(x, ${literal(PLAIN_EMAIL)})`, addresses)

  it('accepts itself what the plain pattern lets pass unseen', async () => {
    const character = fc.constantFrom(...'abz019!#$%&\'*+/=?^_`{|}~-.@é [\n"')
    const word = fc.string({ unit: fc.constantFrom(...'abz019-_+'), minLength: 1, maxLength: 24 })
    const label = fc.string({ unit: fc.constantFrom(...'abz019-'), minLength: 1, maxLength: 62 })
    const likely = fc
      .tuple(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.array(label, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('com', 'jp', 'museum', 'x', '1a'),
      )
      .map(([local, domain, top]) => `${local.join('.')}@${[...domain, top].join('.')}`)
    const candidate = fc.oneof({ weight: 3, arbitrary: likely }, fc.string({ unit: character, maxLength: 80 }))
    let plain = 0
    await fc.assert(
      fc.asyncProperty(fc.array(candidate, { minLength: 50, maxLength: 200 }), async (addresses) => {
        const verdicts = await matches(addresses)
        for (const [index, address] of addresses.entries()) {
          if (verdicts[index] !== true) continue
          plain += 1
          expect(isEmail(address), address).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
    expect(plain).toBeGreaterThan(100)
    expect(
      await matches([
        `${'a'.repeat(50)}@example.com`,
        `${'a'.repeat(53)}@example.com`,
        'Ann@example.com',
        'ann@example.com\n',
      ]),
    ).toEqual([true, false, false, false])
  })

  it('an address is trimmed and lowered but never altered inside', async () => {
    const given = [
      ' Ann@Example.COM\t',
      '\r\n ann@example.com \r\n',
      '\u0000ann@example.com\u007f',
      '\u3000\ufeffann@example.com',
      'a\u0007nn@example.com',
      'a nn@example.com',
      ' \u0000\t ',
      '',
    ]
    const clean = 'ann@example.com'
    expect(await asked('clean_email(x)', given)).toEqual([
      clean,
      clean,
      clean,
      clean,
      'a\u0007nn@example.com',
      'a nn@example.com',
      null,
      null,
    ])
  })

  it('a text keeps everything but control characters, and a blank one is nothing', async () => {
    const given = [
      ' a\tb\r\nc ',
      'a\u0000b\u000bc\u001fd\u007fe\u009ff',
      '\ufeffa',
      ' \t\n',
      '\u0000',
      '\u3000\u2028\u00a0\ufeff',
      '',
    ]
    expect(await asked('clean_text(x)', given)).toEqual([' a\tb\r\nc ', 'abcdef', '\ufeffa', null, null, null, null])
  })
})
