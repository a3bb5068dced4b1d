import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Write } from '../destination.ts'
import type { TagSetting } from './tags.ts'
import { tagsAttribute, tagsOf, wantedTags } from './tags.ts'

const row = { country: null }

function canonical(text: string, setting: TagSetting = 'add'): string {
  const result = tagsAttribute(setting)!.normalise(text, row)
  return result.ok ? result.value : `refused: ${result.reason}`
}

describe('tags of a column', () => {
  it.each([
    ['vip', 'vip'],
    ['VIP gold,vip', 'gold vip'],
    [' b,  a\tc ', 'a b c'],
    ['["b", "A", 7]', '7 a b'],
    ['[vip, Gold]', 'gold vip'],
    ['["two words"]', 'two words'],
    ['[]', ''],
    ['tier:gold/2026-01_x', 'tier:gold/2026-01_x'],
    ['größe 键', 'größe 键'],
  ])('%j is %j', (text, expected) => expect(canonical(text)).toBe(expected))

  it.each([
    ['a#b', /`a#b` has characters/],
    ['ok "quoted"', /`"quoted"` has characters/],
    ['["a@b"]', /`a@b` has characters/],
    ['[{"a":1}]', /no list of tags/],
    ['[null]', /no list of tags/],
  ])('%j is refused', (text, reason) => expect(canonical(text)).toMatch(reason))

  it('of our own begin with our prefix, whatever the case', () => {
    expect(canonical('crm_vip CRM_Gold', { own: 'Crm_' })).toBe('crm_gold crm_vip')
    expect(canonical('crm_vip vip', { own: 'crm_' })).toMatch(/refused: The tag `vip` does not begin with `crm_`/)
  })

  it('are sent as a list, and read as one', () => {
    const attribute = tagsAttribute('replace')!
    expect(attribute.wire('a b')).toEqual(['a', 'b'])
    expect(attribute.wire('')).toEqual([])
    expect(attribute.read(['b', 'A', 'b'])).toBe('a b')
    expect(attribute.read([])).toBe(null)
    expect(attribute.read(null)).toBe(null)
    expect(tagsAttribute({ own: 'crm_' })!.read(['theirs', 'CRM_b', 'crm_a'])).toBe('crm_a crm_b')
  })
})

const write = (tags: string | null, before: string | null = null): Write => ({
  kind: 'tags',
  zendeskId: '7',
  externalId: null,
  email: null,
  values: { tags },
  before: { tags: before },
})

describe('the whole set of tags (I10)', () => {
  it.each<[string, string[], string | null, string | null, TagSetting, string[] | null]>([
    ['adds to those of others', ['theirs'], 'ours', null, 'add', ['theirs', 'ours']],
    ['needs no change', ['Ours', 'theirs'], 'ours', null, 'add', null],
    ['takes away what only we gave', ['theirs', 'old'], 'new', 'old', 'add', ['theirs', 'new']],
    ['leaves a prefix alone without the setting', ['crm_old'], 'crm_new', null, 'add', ['crm_old', 'crm_new']],
    [
      'own: takes away all with the prefix',
      ['theirs', 'CRM_old'],
      'crm_new',
      null,
      { own: 'Crm_' },
      ['theirs', 'crm_new'],
    ],
    ['own: keeps what is given', ['crm_a', 'theirs'], 'crm_a', 'crm_a', { own: 'crm_' }, null],
    ['own: clears', ['theirs', 'crm_a', 'crm_b'], null, 'crm_a', { own: 'crm_' }, ['theirs']],
    ['own: nothing to clear', ['theirs'], null, 'crm_a', { own: 'crm_' }, null],
    ['clears what we gave', ['a', 'theirs'], null, 'a b', 'add', ['theirs']],
    ['keeps spelling and place of others', ['Zed', 'a'], 'm', null, 'add', ['Zed', 'a', 'm']],
  ])('%s', (_, current, tags, before, setting, expected) => {
    expect(wantedTags(current, write(tags, before), setting)).toEqual(expected)
  })

  it('is reached once and for all, and never loses a tag that is not ours', () => {
    const tag = fc.stringMatching(/^(crm_)?[a-c]$/)
    const some = fc.uniqueArray(tag, { maxLength: 6 })
    fc.assert(
      fc.property(
        some,
        some,
        some,
        fc.constantFrom<TagSetting>('add', { own: 'crm_' }),
        (current, now, old, setting) => {
          const change = write(now.join(' ') || null, old.join(' ') || null)
          const wanted = wantedTags(current, change, setting) ?? current
          expect(wantedTags(wanted, change, setting)).toBe(null)
          expect(new Set(wanted).size).toBe(wanted.length)
          for (const one of tagsOf(change.values.tags!)) expect(wanted).toContain(one)
          for (const one of current) {
            const isOurs = old.includes(one) || (setting !== 'add' && one.startsWith('crm_'))
            if (!isOurs) expect(wanted).toContain(one)
          }
        },
      ),
    )
  })
})
