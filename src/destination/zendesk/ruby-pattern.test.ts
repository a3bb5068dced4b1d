import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { translatePattern } from './ruby-pattern.ts'

const rows: [pattern: string, matches: string[], others: string[]][] = [
  ['\\A\\d{5}\\z', ['12345'], ['1234', '123456', '12345\n', 'x\n12345', '١٢٣٤٥']],
  ['\\A\\d{5}\\Z', ['12345', '12345\n'], ['12345\n\n', '123456']],
  ['^\\d+$', ['12', 'x\n12\ny'], ['x12', '']],
  ['abc', ['xxabcxx'], ['ABC', 'ab']],
  ['(?i)abc', ['ABC', 'xaBc'], ['ab']],
  ['a(?i)b|c', ['aB', 'aC'], ['AB', 'C']],
  ['(?i)\\A(?:x|\\x41|É)+b{2}\\z', ['XaébB'], ['Xb']],
  ['x(?i:ab)y', ['xABy'], ['XABy', 'xABY']],
  ['(?m:a.b)', ['a\nb'], ['ab']],
  ['a.b', ['axb'], ['a\nb']],
  ['(?<year>\\d{4})-\\k<year>', ['2024-2024'], ['2024-2023']],
  ['\\A\\h+\\z', ['deadBEEF09'], ['xyz', '']],
  ['\\A\\H\\z', ['g'], ['a']],
  ['\\A[\\h-]+\\z', ['de-ad'], ['xy']],
  ['\\A[[:alpha:]]+\\z', ['Zoë'], ['a1', '']],
  ['\\A[[:upper:][:digit:]_]+\\z', ['AB_1'], ['ab']],
  ['\\A\\w+\\z', ['a_1'], ['é', 'a b']],
  ['\\A[^\\s@]+@[^\\s@]+\\z', ['a@b'], ['a b@c', '@']],
  ['\\Aa{,2}\\z', ['', 'a', 'aa'], ['aaa']],
  ['\\Aa{2,}\\z', ['aa', 'aaa'], ['a']],
  ['\\A{x}\\z', ['{x}'], ['x']],
  ['\\A\\-\\_\\@\\/\\#\\z', ['-_@/#'], ['-_@/']],
  ['\\A[\\-\\]\\.\\/]+\\z', ['-].//'], ['a']],
  ['\\A(?:red|green)\\z', ['red', 'green'], ['blue', 'redgreen']],
  ['\\A(?!admin)\\w+\\z', ['user'], ['admin1']],
  ['(?<=a)b(?#a comment)c', ['abc'], ['xbc']],
  ['\\A\\u00e9\\x41\\z', ['éA'], ['eA']],
  ['\\A([0-9]{4})-(1[0-2]|0[1-9])-(3[01]|[12][0-9]|0[1-9])\\z', ['2024-12-31'], ['2024-13-01']],
  ['\\A🧦+\\z', ['🧦🧦'], ['x']],
]

describe('patterns of Ruby', () => {
  it.each(rows)('%s', (pattern, matches, others) => {
    const translated = translatePattern(pattern)!
    for (const text of matches) expect([text, translated.test(text)]).toEqual([text, true])
    for (const text of others) expect([text, translated.test(text)]).toEqual([text, false])
  })

  it('mean the same to a process that has compiled so many regular expressions that V8 optimises no more', () => {
    const script = `
      const { translatePattern } = await import(process.argv[1])
      const wrong = JSON.parse(process.argv[2]).flatMap(([pattern, matches, others]) => {
        const translated = translatePattern(pattern)
        // The first times are interpreted.
        for (let time = 0; time < 3; time++) for (const text of [...matches, ...others]) translated.test(text)
        return [...matches.filter((text) => !translated.test(text)), ...others.filter((text) => translated.test(text))].map((text) => [pattern, text])
      })
      process.stdout.write(JSON.stringify(wrong))`
    const path = fileURLToPath(new URL('ruby-pattern.ts', import.meta.url))
    const options = ['--no-regexp-optimization', '--input-type=module', '--eval', script, path, JSON.stringify(rows)]
    expect(JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' }))).toEqual([])
  })

  it.each([
    '(?>a+)b',
    'a++',
    'a*+',
    'a{2}+',
    '(?x) a b',
    '[a-z&&[^b]]',
    '[a[bc]]',
    '\\Gx',
    '\\R',
    '\\X',
    '\\Kx',
    '\\g<name>',
    '(?<a>x)(?(<a>)y|z)',
    '[[:nothing:]]',
    '(unclosed',
    'closed)',
    '[unclosed',
    '[]a]',
    'a**',
    '\\p{Greek}',
  ])('leaves %s to Zendesk', (pattern) => {
    expect(translatePattern(pattern)).toBeNull()
  })
})
