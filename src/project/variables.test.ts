import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expandVariables } from './variables.ts'

const lookUp = (name: string) => ({ A: 'one', EMPTY: '', NESTED: `\${A}` })[name]

describe('expandVariables', () => {
  it.each([
    ['nothing here', 'nothing here'],
    [`\${A}`, 'one'],
    [`x\${A}y\${A}`, 'xoneyone'],
    ['$A $ {A} $', '$A $ {A} $'],
    [`$\${A}`, `\${A}`],
    [`$$\${A}`, `$\${A}`],
    [`\${NESTED}`, `\${A}`],
    [`x\${EMPTY}`, 'x'],
  ])('%s', (written, text) => {
    expect(expandVariables(written, lookUp)).toMatchObject({ text, missing: [], malformed: [] })
  })

  it('lists what is missing, empty or malformed', () => {
    expect(expandVariables(`\${B}\${C}\${D E}\${`, lookUp)).toEqual({
      text: '',
      fromVariable: true,
      missing: [
        { name: 'B', why: 'not set' },
        { name: 'C', why: 'not set' },
      ],
      malformed: [`\${D E}`, `\${`],
    })
    expect(expandVariables(`\${EMPTY}`, lookUp).missing).toEqual([{ name: 'EMPTY', why: 'set but empty' }])
  })

  it(`gives back any text whose \${ are escaped`, () => {
    // A $ before ${ would take part in the escape.
    const plain = fc.string().filter((text) => !/\$\$+\{/.test(text))
    fc.assert(
      fc.property(plain, (text) => {
        expect(
          expandVariables(
            text.replaceAll(`\${`, () => `$\${`),
            lookUp,
          ),
        ).toMatchObject({ text, fromVariable: false })
      }),
    )
  })
})
