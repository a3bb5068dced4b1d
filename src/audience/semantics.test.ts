import { expect, test } from 'vitest'
import type { ColumnProfile } from './profile.ts'
import { semanticOf } from './semantics.ts'

const looks = { email: 0, phone: 0, barePhone: 0, network: 0, iban: 0, card: 0, cardShaped: 0, ssn: 0 }
const profile = (more: Partial<ColumnProfile['looks']>): ColumnProfile => ({
  ...{ rows: 10, values: 10, nulls: 0, distinct: 10 },
  looks: { ...looks, ...more },
})

test.each<[name: string, found: string | null]>([
  ['email', 'email'],
  ['E-Mail', 'email'],
  ['mobile_phone', 'phone'],
  ['first_name', 'given-name'],
  ['Vorname', 'given-name'],
  ['lastName', 'surname'],
  ['full_name', 'full-name'],
  ['customer_name', 'name'],
  ['street', 'address'],
  ['zip_code', 'postal-code'],
  ['date_of_birth', 'birthdate'],
  ['iban', 'payment'],
  ['ip_address', 'network-address'],
  ['latitude', 'geolocation'],
  ['city', 'city'],
  ['user_city', 'city'],
  ['country', 'country'],
  ['country_id', null],
  ['city_count', null],
  ['how_many_in_the_city', null],
  ['gender', 'gender'],
  ['total', null],
])('a column called %s means %s', (name, found) => {
  expect(semanticOf(name, null)).toBe(found)
})

test('what most values look like is what a column means whose name says nothing', () => {
  expect(semanticOf('contact', profile({ email: 5 }))).toBe('email')
  expect(semanticOf('memo', profile({ email: 4 }))).toBeNull()
  expect(semanticOf('reach', profile({ phone: 9 }))).toBe('phone')
  expect(semanticOf('email', profile({ phone: 9 }))).toBe('email')
  expect(semanticOf('nothing', { ...profile({}), values: 0 })).toBeNull()
})
