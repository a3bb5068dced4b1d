import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Attempts } from './attempts.ts'

const wrong = async () => ({ succeeded: false })
const right = async () => ({ succeeded: true })
const somebody = { email: 'ann@example.com', address: '192.0.2.1' }

function bench() {
  const clock = { nowMs: 1000 }
  const attempts = new Attempts(() => clock.nowMs)
  /** How long this attempt is told to wait; null: it was let through. */
  const waits = async (who: typeof somebody, attempt: () => Promise<{ succeeded: boolean }> = wrong) => {
    try {
      await attempts.run(who, attempt)
      return null
    } catch (error) {
      expect(error).toMatchObject({ code: 'access.too_many_attempts' })
      return (error as { data: { waitSeconds: number } }).data.waitSeconds
    }
  }
  return { clock, attempts, waits }
}

describe('who fails to sign in', () => {
  it('has five attempts for an e-mail address, then waits twice as long each time, up to a minute', async () => {
    const { clock, waits } = bench()
    for (let i = 0; i < 5; i++) expect(await waits({ ...somebody, address: `192.0.2.${i}` })).toBe(null)
    const grown: (number | null)[] = []
    for (let i = 5; i < 14; i++) {
      const who = { ...somebody, address: `192.0.2.${i}` }
      const seconds = (await waits(who)) ?? 0
      grown.push(seconds)
      clock.nowMs += seconds * 1000 - 1
      expect(await waits(who)).toBe(1)
      clock.nowMs += 1
      expect(await waits(who)).toBe(null)
    }
    expect(grown).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('has fifteen attempts from a network address, whatever e-mail addresses they name, then up to fifteen minutes', async () => {
    const { clock, waits } = bench()
    const who = (i: number) => ({ ...somebody, email: `p${i}@example.com` })
    for (let i = 0; i < 15; i++) expect(await waits(who(i))).toBe(null)
    const grown: (number | null)[] = []
    for (let i = 15; i < 28; i++) {
      const seconds = (await waits(who(i))) ?? 0
      grown.push(seconds)
      clock.nowMs += seconds * 1000
      expect(await waits(who(i))).toBe(null)
    }
    expect(grown).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
  })

  it('is forgotten an hour after the last failure, and at once when a sign-in succeeds', async () => {
    const { clock, waits } = bench()
    for (let i = 0; i < 5; i++) await waits(somebody)
    expect(await waits(somebody)).toBe(1)
    clock.nowMs += 60 * 60_000
    for (let i = 0; i < 4; i++) expect(await waits(somebody)).toBe(null)
    expect(await waits(somebody, right)).toBe(null)
    for (let i = 0; i < 5; i++) expect(await waits(somebody)).toBe(null)
    expect(await waits(somebody)).toBe(1)
  })

  it('gains nothing for the passwords of others by a sign-in of their own in between', async () => {
    const { waits } = bench()
    const own = { email: 'own@example.com', address: somebody.address }
    let tried = 0
    for (let i = 0; i < 40; i++) {
      if ((await waits({ ...somebody, email: `p${i}@example.com` })) === null) tried += 1
      await waits(own, right)
    }
    expect(tried).toBe(15)
  })

  it('keeps nobody beside them waiting longer by succeeding', async () => {
    const { clock, waits } = bench()
    const who = (i: number) => ({ email: `p${i}@example.com`, address: somebody.address })
    for (let i = 0; i < 14; i++) await waits(who(i))
    for (let i = 20; i < 60; i++) expect(await waits(who(i), right)).toBe(null)
    expect(await waits(who(14))).toBe(null)
    expect(await waits(who(15))).toBe(1)
    clock.nowMs += 1000
    for (let i = 20; i < 60; i++) expect(await waits(who(i), right)).toBe(null)
  })

  it('does not keep others waiting', async () => {
    const { waits } = bench()
    for (let i = 0; i < 20; i++) await waits(somebody)
    expect(await waits({ email: 'bob@example.com', address: '192.0.2.2' }, right)).toBe(null)
  })

  it('gains nothing by asking many times at once', async () => {
    const { waits } = bench()
    let looked = 0
    const attempt = async () => {
      looked += 1
      return { succeeded: false }
    }
    await Promise.all(Array.from({ length: 50 }, () => waits(somebody, attempt)))
    expect(looked).toBe(5)
  })

  it.each<[string, string, boolean]>([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '2001:0DB8:0001:0002:0:0:0:5', true],
    ['2001:db8::1', '2001:db8:0:0:9::', true],
    ['fe80::1%eth0', 'fe80::2', true],
    ['::ffff:192.0.2.1', '192.0.2.1', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::1', '1::', false],
    ['192.0.2.1', '192.0.2.2', false],
  ])('from %s and %s is one neighbour: %o', async (one, other, isOne) => {
    const { waits } = bench()
    for (let i = 0; i < 15; i++) await waits({ email: `p${i}@example.com`, address: one })
    expect(await waits({ email: 'q@example.com', address: other })).toBe(isOne ? 1 : null)
  })
})

describe('attempts', () => {
  it('are looked at one at a time, few wait in line, and the rest is sent away', async () => {
    const { attempts } = bench()
    let running = 0
    let most = 0
    const attempt = async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      return { succeeded: true }
    }
    const all = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) =>
        attempts.run({ email: `p${i}@example.com`, address: `192.0.2.${i}` }, attempt),
      ),
    )
    expect(most).toBe(1)
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(8)
    // The line moves on, also after one that fails in another way.
    await expect(
      attempts.run(somebody, async () => {
        throw new Error('broken')
      }),
    ).rejects.toThrow('broken')
    expect(await attempts.run(somebody, right)).toEqual({ succeeded: true })
  })

  it('never wait longer than a quarter of an hour, whatever happens before', async () => {
    const step = fc.record({
      email: fc.constantFrom('a@example.com', 'b@example.com'),
      address: fc.constantFrom('192.0.2.1', '2001:db8::1'),
      succeeds: fc.boolean(),
      passMs: fc.nat(100_000),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, waits } = bench()
        for (const { succeeds, passMs, ...who } of steps) {
          const seconds = await waits(who, succeeds ? right : wrong)
          if (seconds !== null) {
            expect(seconds).toBeGreaterThan(0)
            expect(seconds).toBeLessThanOrEqual(900)
          }
          clock.nowMs += passMs
        }
        clock.nowMs += 900_000
        for (const email of ['a@example.com', 'b@example.com'])
          expect(await waits({ email, address: '192.0.2.1' }, right)).toBe(null)
      }),
    )
  })
})
