import { randomBytes, scryptSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { currentCost, hashPassword, verifyPassword } from './passwords.ts'

/** Cheap, so that a table takes no time; one test below pays the price of real ones. */
const cheap = { log2N: 4, r: 8, p: 1 }

describe('a password', () => {
  it('is known again, and costs 2^17 rounds in 128 MB', async () => {
    const hash = await hashPassword('correct horse battery')
    expect(hash).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[\w+/-]{22}\$[\w+/-]{43}$/)
    expect(await verifyPassword('correct horse battery', hash)).toEqual({ right: true, rehash: false })
    expect(await verifyPassword('correct horse batterY', hash)).toEqual({ right: false, rehash: false })
  })

  it('is hashed as others hash it too, with a salt of its own each time', async () => {
    const [one, two] = [await hashPassword('correct horse', cheap), await hashPassword('correct horse', cheap)]
    expect(one).not.toBe(two)
    const [, , , salt = '', hash = ''] = one.split('$')
    const expected = scryptSync('correct horse', Buffer.from(salt, 'base64'), 32, { N: 16, r: 8, p: 1 })
    expect(Buffer.from(hash, 'base64').equals(expected)).toBe(true)
  })

  it.each<[string, number, boolean]>([
    ['too short', 11, false],
    ['just long enough', 12, true],
    ['just short enough', 200, true],
    ['too long', 201, false],
  ])('that is %s', async (_what, length, fits) => {
    for (const character of ['x', '€', '😀']) {
      const hash = hashPassword(character.repeat(length), cheap)
      if (!fits) await expect(hash).rejects.toMatchObject({ code: 'definition.invalid' })
      else expect(await verifyPassword(character.repeat(length), await hash)).toMatchObject({ right: true })
    }
  })

  it('is the same however a keyboard writes its characters', async () => {
    const hash = await hashPassword('caf\u00e9 caf\u00e9 caf\u00e9', cheap)
    expect(await verifyPassword('cafe\u0301 cafe\u0301 cafe\u0301', hash)).toMatchObject({ right: true })
  })

  it.each([
    ['fewer rounds', { ...currentCost, log2N: 14 }],
    ['other blocks', { ...currentCost, log2N: 4, r: 4 }],
    ['more lanes', { ...currentCost, log2N: 4, p: 2 }],
  ])('of a hash with %s is right, and to be hashed anew', async (_what, cost) => {
    const hash = await hashPassword('correct horse', cost)
    expect(await verifyPassword('correct horse', hash)).toEqual({ right: true, rehash: true })
    expect(await verifyPassword('another horse', hash)).toEqual({ right: false, rehash: true })
  })
})

describe('a stored hash', () => {
  const [salt, hash] = [randomBytes(16).toString('base64'), randomBytes(32).toString('base64')].map((text) =>
    text.replaceAll('=', ''),
  )
  it.each<[string, string]>([
    ['is empty', ''],
    ['is a plain password', 'correct horse battery'],
    ['is of another algorithm', `$argon2id$v=19$m=65536,t=3,p=4$${salt}$${hash}`],
    ['is cut off', `$scrypt$ln=17,r=8,p=1$${salt}$${hash?.slice(0, 20)}`],
    ['has no salt', `$scrypt$ln=17,r=8,p=1$$${hash}`],
    ['would use up the memory', `$scrypt$ln=24,r=8,p=1$${salt}$${hash}`],
    ['would use up the processor', `$scrypt$ln=17,r=8,p=99$${salt}$${hash}`],
    ['costs nothing', `$scrypt$ln=0,r=8,p=1$${salt}$${hash}`],
  ])('that %s is refused', async (_what, stored) => {
    const problem = verifyPassword('correct horse battery', stored)
    await expect(problem).rejects.toMatchObject({ code: 'project.state_broken' })
    await expect(problem).rejects.not.toMatchObject({ message: expect.stringContaining('horse') })
  })
})
