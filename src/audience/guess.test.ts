import { describe, expect, it } from 'vitest'
import { guessByName, guessPii } from './guess.ts'
import type { ColumnProfile } from './profile.ts'

const personal: [kind: string, names: string[]][] = [
  [
    'an e-mail address',
    [
      'email',
      'E-Mail',
      'e_mail',
      'EmailAddress',
      'customerEmail',
      'EMAIL2',
      'user_email',
      'email_id',
      'correo',
      'courriel',
      'adresse_mail',
      'user_fields.email',
      'メールアドレス',
      'email_hash',
    ],
  ],
  [
    'a phone number',
    [
      'phone',
      'Phone_Number',
      'phoneNumber',
      'mobile',
      'tel',
      'Telefon',
      'téléphone',
      'teléfono móvil',
      'handy',
      'mobilnummer',
      'WhatsApp',
      'work_fax',
      'SMS_number',
      '電話番号',
    ],
  ],
  [
    'a name of a person',
    [
      'name',
      'first_name',
      'FirstName',
      'last name',
      'full_name',
      'fullname',
      'SURNAME',
      'first',
      'last',
      'Nachname',
      'vorname',
      'prénom',
      'apellidos',
      'cognome',
      'customer_name',
      'billing_name',
      'contact_name_2',
      'nickname',
      'username',
      'imię',
      'Имя',
    ],
  ],
  [
    'a postal address',
    [
      'address',
      'addr',
      'address_line_1',
      'Address2',
      'shipping_address',
      'street',
      'streetName',
      'Straße',
      'hausnummer',
      'dirección',
      'indirizzo',
      'endereço',
      '住所',
    ],
  ],
  ['a postal code', ['zip', 'zip_code', 'ZIPCode', 'postal', 'postcode', 'PLZ', 'code_postal', 'CEP']],
  [
    'a date of birth',
    ['dob', 'birth_date', 'BirthDate', 'date_of_birth', 'birthday', 'Geburtsdatum', 'date_naissance', 'birth_year'],
  ],
  [
    'an official number',
    [
      'ssn',
      'social_security_number',
      'passport',
      'passport_no',
      'national_id',
      'tax_id',
      'dni',
      'codice_fiscale',
      'PESEL',
    ],
  ],
  [
    'a bank or card number',
    ['iban', 'card', 'card_number', 'creditCard', 'bank_account', 'AccountNumber', 'kontonummer'],
  ],
  ['a network address', ['ip', 'ip_address', 'last_ip', 'IPv4', 'clientIp', 'mac_address']],
  ['a place on the map', ['latitude', 'lat', 'lng', 'home_longitude', 'geoLocation']],
]

// Each of these holds a word of the lists above, and no person.
const free = [
  ...['email_opt_in', 'is_email_valid', 'has_phone', 'email_count', 'phone_count', 'emails_sent', 'email_verified_at'],
  ...['email_status', 'phone_type', 'address_type', 'address_id', 'num_addresses', 'email_open_rate', 'sms_consent'],
  ...['accepts_email', 'card_type', 'gift_card_balance', 'card_brand', 'phone_id'],
  ...[
    'product_name',
    'name_of_store',
    'StoreName',
    'campaign_name',
    'file_name',
    'country_name',
    'name_id',
    'item-name',
  ],
  ...['store_address', 'store_zip', 'warehouse_latitude', 'branch_postcode'],
  // These do not hold them, only their letters.
  ...['tip', 'ship_date', 'zipper', 'description', 'recipe', 'platform', 'latest', 'first_order_date', 'last_seen'],
  ...[
    'discard',
    'scorecard',
    'smart',
    'filename',
    'hotel',
    'addressable',
    'emailable',
    'id',
    'total',
    'city',
    'loyalty_tier',
  ],
]

describe('a name', () => {
  it.each(personal.flatMap(([kind, names]) => names.map((name) => [name, kind] as const)))('%s is %s', (name, kind) => {
    expect(guessByName(name)).toBe(kind)
  })

  it.each(free)('%s says nothing of a person', (name) => {
    expect(guessByName(name)).toBeNull()
  })
})

const none = { email: 0, phone: 0, barePhone: 0, network: 0, iban: 0, card: 0, cardShaped: 0, ssn: 0 }
const profile = (looks: Partial<ColumnProfile['looks']>, values = 100): ColumnProfile => ({
  rows: 100,
  values,
  nulls: 100 - values,
  distinct: values,
  looks: { ...none, ...looks },
})

describe('what is guessed', () => {
  it.each<[string, Partial<ColumnProfile['looks']>, number, boolean]>([
    ['nothing that looks personal', {}, 100, false],
    ['no value at all', {}, 0, false],
    ['e-mail addresses in 5 %', { email: 5 }, 100, true],
    ['fewer', { email: 4 }, 100, false],
    ['few values, one of them an address', { email: 1 }, 20, true],
    ['phone numbers', { phone: 40 }, 100, true],
    ['digits that could be dialled, nearly all', { barePhone: 97 }, 100, true],
    ['digits that could be dialled, as many as by chance', { barePhone: 64 }, 100, false],
    ['network addresses', { network: 30 }, 100, true],
    ['IBANs', { iban: 10 }, 100, true],
    ['cards', { card: 90, cardShaped: 95 }, 100, true],
    ['numbers as long as those of cards', { card: 10, cardShaped: 100 }, 100, false],
  ])('of %s', (_, looks, values, pii) => {
    expect(guessPii({ name: 'note', type: 'VARCHAR' }, profile(looks, values)).pii).toBe(pii)
  })

  it('is told: by name, by content, or that nothing was seen', () => {
    const why = (name: string, looks = {}) => guessPii({ name, type: 'VARCHAR' }, profile(looks)).why
    expect(why('e_mail')).toBe('it is named like an e-mail address')
    expect(why('note', { email: 12 })).toBe('12 % of its values look like an e-mail address')
    expect(why('note')).toBe('neither its name nor its values look personal')
  })

  it('is personal where nobody could look, and says why', () => {
    expect(guessPii({ name: 'note', type: 'VARCHAR' }, null, 'query.timed_out')).toEqual({
      pii: true,
      why: 'it could not be looked at (query.timed_out)',
    })
  })

  it.each([
    ['has_email', 'BOOLEAN'],
    ['email', 'BOOLEAN'],
    ['EmailAddressID', 'BIGINT'],
  ])('of %s %s is free: it can hold no address', (name, type) => {
    expect(guessPii({ name, type }, profile({})).pii).toBe(false)
  })
})
