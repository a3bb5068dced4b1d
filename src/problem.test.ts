import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { asProblem, Problem, type ProblemCode, problems, rowReasons } from './problem.ts'

const root = new URL('..', import.meta.url).pathname
const sources = globSync('src/**/*.ts', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts') && !path.endsWith('-contract.ts') && path !== 'src/problem.ts')
  .map((path) => readFileSync(`${root}/${path}`, 'utf8'))
  .join('\n')

/** The state of the machine is told by the module itself, wherever it is noticed. */
const own = readFileSync(`${root}/src/problem.ts`, 'utf8')
const isNamed = (code: string) =>
  new RegExp(`['"\`]${code.replaceAll('.', '\\.')}['"\`]`).test(sources) || own.includes(`new Problem('${code}'`)

/** What a sentence that tells somebody to do something starts with. */
const verbs =
  /^(Ask|Change|Check|Choose|Correct|Create|Give|Keep|List|Look|Make|Move|Name|Please report|Point|Put|Read|Remove|Renew|Restore|Run|See|Send|Set|Sign|Stop|Take|Use|Wait|Write) /

describe('the table of problems', () => {
  it.each(Object.keys(problems) as ProblemCode[])('%s is thrown somewhere, and says what to do', (code) => {
    expect(isNamed(code)).toBe(true)
    const { fix } = problems[code]
    expect(fix).toMatch(verbs)
    expect(fix).toMatch(/[.]$/)
    expect(fix).not.toMatch(/\n/)
  })

  it.each(Object.keys(rowReasons))('the row reason %s is given somewhere', (code) => {
    expect(isNamed(code)).toBe(true)
    expect(rowReasons[code as keyof typeof rowReasons]).toMatch(/^[A-Z].*\.$/)
  })
})

describe('a problem', () => {
  it('carries the fix of the table unless it knows better', () => {
    expect(new Problem('plan.stale', { message: 'Old.' })).toMatchObject({
      fix: problems['plan.stale'].fix,
      effect: 'none',
      data: {},
      exitCode: 1,
      retry: 'never',
      who: 'you',
    })
    expect(
      new Problem('plan.stale', { message: 'Old.', fix: 'Do this.', effect: 'partial', data: { n: 1 } }).toJSON(),
    ).toEqual({
      code: 'plan.stale',
      message: 'Old.',
      fix: 'Do this.',
      effect: 'partial',
      data: { n: 1 },
    })
  })

  it('is left as it is, and everything else is a bug of ours with an unknown effect', () => {
    const problem = new Problem('project.locked', { message: 'Locked.' })
    expect(asProblem(problem)).toBe(problem)
    const cause = new TypeError('x is not a function')
    expect(asProblem(cause)).toMatchObject({ code: 'internal.bug', effect: 'unknown', who: 'us', cause })
    expect(asProblem('text').message).toContain('text')
  })
})

describe('what the machine lacks is no bug of ours', () => {
  it.each([
    [
      'Out of Memory Error: could not allocate block of size 32.0 KiB (572.1 MiB/572.2 MiB used)',
      'project.out_of_memory',
    ],
    ['IO Error: Could not write file: No space left on device', 'project.disk_full'],
    ['Something else', 'internal.bug'],
  ])('%s', (text, code) => expect(asProblem(new Error(text)).code).toBe(code))
})
