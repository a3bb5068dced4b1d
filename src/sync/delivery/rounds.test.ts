import { describe, expect, it } from 'vitest'
import type { Attempt } from './attempt.ts'
import { PageAhead } from './rounds.ts'

const attempt = (change: number): Attempt => ({
  change,
  root: change,
  kind: 'planned',
  rechecked: false,
  tries: 0,
  write: { kind: 'update', zendeskId: '7', externalId: `k${change}`, email: null, values: {}, before: {} },
})

describe('pages that are read ahead', () => {
  it('come in order, each once, and then end', async () => {
    const pages = new PageAhead(
      (async function* () {
        yield [attempt(1), attempt(2)]
        yield []
        yield [attempt(3)]
      })(),
    )
    const seen: number[] = []
    while (!pages.ended) seen.push(...(await pages.next()).map(({ change }) => change))
    expect(seen).toEqual([1, 2, 3])
  })

  it('are two ahead, not more', async () => {
    let read = 0
    const pages = new PageAhead(
      (async function* () {
        for (;;) {
          read += 1
          yield [attempt(read)]
        }
      })(),
    )
    await pages.next()
    await new Promise((resolve) => setImmediate(resolve))
    expect(read).toBe(3)
    await pages.close()
  })

  it('tell a failure to who asks for the page that could not be read', async () => {
    const pages = new PageAhead(
      (async function* () {
        yield [attempt(1)]
        throw new Error('disk')
      })(),
    )
    expect(await pages.next()).toHaveLength(1)
    await expect(pages.next()).rejects.toThrow('disk')
  })

  it('are read no more once closed', async () => {
    let finish: () => void = () => {}
    let isReading = false
    const pages = new PageAhead(
      (async function* () {
        yield [attempt(1)]
        isReading = true
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        isReading = false
        yield [attempt(2)]
      })(),
    )
    await pages.next()
    const closed = pages.close()
    setImmediate(finish)
    await closed
    expect(isReading).toBe(false)
    expect(pages.ended).toBe(true)
  })

  it('of no round are none', async () => {
    expect(new PageAhead(null).ended).toBe(true)
  })
})
