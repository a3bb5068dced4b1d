import { afterEach, describe, expect, it } from 'vitest'
import { type Bench, openBench } from './project-bench.ts'

let bench: Bench

afterEach(() => bench.close())

const check = () => bench.withApp((app) => Array.fromAsync(app.check('zendesk')))
const row = { external_id: 'a', name: 'Ann', phone: '+14155550132', 'user_fields.tier': 'gold', spare: 'x' }

describe('deskside check', () => {
  it('says of each column of each query what it feeds, and sends nothing', async () => {
    bench = await openBench({ emulator: { endUserPhoneNumberValidation: true } })
    bench.emulator.seed({ user_fields: [{ key: 'tier', type: 'dropdown', custom_field_options: ['gold', 'silver'] }] })
    await bench.write([row])
    const stages = await check()
    const query = stages.slice(stages.findIndex(({ stage }) => stage === 'query'))
    expect(query.map(({ title, outcome }) => `${title} ${outcome}`)).toEqual([
      'Query people ok',
      '_row note',
      'external_id ok',
      'name ok',
      'phone note',
      'user_fields.tier ok',
      'spare note',
    ])
    expect(query[5]!.detail).toBe('user field tier, drop-down: gold, silver')
    expect(bench.writtenUsers()).toEqual([])
  })

  it('fails at a field that the account has switched off, and says so', async () => {
    bench = await openBench()
    bench.emulator.seed({ user_fields: [{ key: 'tier', active: false }] })
    await bench.write([row])
    const failed = (await check()).at(-1)!
    expect(failed).toMatchObject({ title: 'Query people', problem: { code: 'zendesk.unknown_user_field' } })
    expect(failed.detail).toContain('switched off')
  })

  it('fails at a query that cannot be read, after the account', async () => {
    bench = await openBench()
    await bench.write([row])
    await bench.query('SELECT nothing FROM people')
    const stages = await check()
    expect(stages.at(-1)).toMatchObject({
      title: 'Query people',
      outcome: 'failed',
      problem: { code: 'query.invalid' },
    })
    expect(stages.at(-2)).toMatchObject({ stage: 'bulk_import' })
  })
})
