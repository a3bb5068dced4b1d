import type { CountryCode } from 'libphonenumber-js/max'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { StateUser } from '../src/emulator/index.ts'
import type { Customer } from './adventureworks-source.ts'
import { differences } from './differences.ts'

/** What libphonenumber makes of the source, by `country` or else by the customer's own; null for a number that is not valid. */
export function libraryPhone(customer: Customer, country: string | null): string | null {
  const defaultCountry = (country ?? customer.country_code) as CountryCode
  const number = parsePhoneNumberFromString(customer.phone, { defaultCountry })
  return number?.isValid() ? number.number : null
}

export const customFields = [
  'city',
  'state_code',
  'country',
  'lifetime_value',
  'orders_count',
  'last_order_date',
  'loyalty_tier',
] as const

/** The custom fields of a customer as a Zendesk body carries them. */
export function customValues(customer: Customer): Record<(typeof customFields)[number], string | number | null> {
  const { city, state_code, country, last_order_date, loyalty_tier } = customer
  const lifetime_value = Number(customer.lifetime_value)
  return {
    city,
    state_code,
    country,
    lifetime_value,
    orders_count: Number(customer.orders_count),
    last_order_date,
    loyalty_tier,
  }
}

/** All that the account may say about a customer, from the source alone; dates read back as midnight. */
function expectedUser(customer: Customer, country: string | null): Record<string, unknown> {
  const values = customValues(customer)
  const day = values.last_order_date
  const email = customer.email.toLowerCase()
  return {
    external_id: customer.customer_id,
    name: customer.full_name,
    email,
    emails: [email],
    phone: libraryPhone(customer, country),
    role: 'end-user',
    suspended: false,
    alias: null,
    details: null,
    notes: null,
    tags: [customer.loyalty_tier],
    user_fields: { ...values, last_order_date: day === null ? null : `${day}T00:00:00+00:00` },
  }
}

/** The first few people whose account differs from the source, with both; [] when there is none. */
export function accountDifferences(
  customers: readonly Customer[],
  users: ReadonlyMap<string, StateUser>,
  country: string | null,
): unknown[] {
  return differences(
    customers.map((customer) => [customer.customer_id, expectedUser(customer, country)]),
    (key, expected) => {
      const user = users.get(key)
      return user && Object.fromEntries(Object.keys(expected).map((name) => [name, user[name]]))
    },
  )
}
