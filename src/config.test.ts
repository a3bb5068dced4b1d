import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from './config.ts'

const text = 'qxzj-token'
const secret = new Secret(text)

describe('I9: a Secret shows its text to nobody but reveal()', () => {
  it('gives the text to the code that asks for it', () => {
    expect(secret.reveal()).toBe(text)
  })

  it.each<[string, () => unknown]>([
    ['String()', () => String(secret)],
    ['a template', () => `${secret}`],
    ['adding', () => `${secret}`.concat(secret as unknown as string)],
    ['joining', () => [secret].join()],
    ['JSON', () => JSON.stringify({ secret })],
    ['inspect', () => inspect({ secret }, { depth: 9, showHidden: true, getters: true })],
    ['inspect without custom inspection', () => inspect(secret, { customInspect: false, showHidden: true })],
    ['format %s %o %O %j', () => format('%s %o %O %j', secret, secret, secret, secret)],
    ['an error message', () => inspect(new Error(`wrong: ${secret}`, { cause: secret }))],
    ['structuredClone', () => inspect(structuredClone(secret), { showHidden: true })],
    ['spreading', () => inspect({ ...secret })],
    ['its keys', () => inspect(Reflect.ownKeys(secret))],
    ['Object.entries', () => inspect(Object.entries(secret))],
  ])('%s', (_way, show) => {
    const shown = show()
    expect(typeof shown).toBe('string')
    expect(shown).not.toContain('qxzj')
  })
})
