/**
 * The customers of the demo: a sock shop with a customer 360 made of three sources, as believable as invented people can be and with the dirt that
 * real ones have. Everything comes from the seed, and the generator knows exactly how many rows of each kind it made, so that the demo can
 * compare what Deskside reports with what must be true. Addresses are of example.com, phone numbers of the ranges kept for fiction.
 */

/** What a run must report for the generated rows. */
export interface Expected {
  total: number
  people: number
  merged: number
  /** Rows by code. */
  rejected: Record<string, number>
  /** Rows that are sent without their phone number. */
  warnings: number
  /** People whom Zendesk has already. */
  adopted: number
}

export interface DemoData {
  /** Paths relative to the project, with their texts. */
  files: Record<string, string>
  expected: Expected
  /** Whom the Zendesk account has before anything is sent: people who once wrote a ticket, and an agent who buys socks. */
  account: { name: string; email: string; role: 'end-user' | 'agent' }[]
  /** The same sources a day later: the files that differ, and how many people changed in Zendesk's eyes. */
  nextDay: { files: Record<string, string>; updated: number }
  /** Customers without any dirt, in the order of their ids. */
  clean: readonly Customer[]
}

// At 100 users a second and with the time that Zendesk takes over its jobs, the demo stays well under a minute.
const rowCount = 1_500
const kinds = {
  missingName: 14,
  invalidEmail: 9,
  sharedEmail: 11,
  repeated: 16,
  badPhone: 23,
  agents: 1,
  known: 40,
} as const
/** 1 % of the people. */
const changedCount = 15

const firstNames = (
  'Ada Alejandro Amara Amélie Anton Beatriz Björn Carlos Chiara Chloé Daniel Diego Eleni Elif Emma Fatima Felix Freya George Grace Hana Hassan Hugo Ines Isla ' +
  'Jakub Jasmine João Julia Kenji Kofi Lars Léa Liam Lina Lucía Mateo Maya Mei Mila Mohammed Nadia Naomi Noah Nora Oliver Olivia Omar Paula Priya Rafael Rosa ' +
  'Ruben Samuel Sara Sofia Tariq Theo Tomás Wanjiru Wei Yara Yusuf Zoë'
).split(' ')
const lastNames = (
  'Adeyemi Andersson Baker Bauer Becker Bennett Castro Chen Clarke Costa Cruz Dubois Evans Fernández Fischer Fontaine García Green Haddad Hansen Hoffmann Hughes Ivanov ' +
  'Jansen Johnson Kaya Khan Kim Kowalski Krüger Lambert Larsen Lefèvre Lindqvist Lopez Martin Mbeki Meyer Moreau Murphy Müller Nakamura Nguyen Novak O’Brien Okafor ' +
  'Olsen Papadopoulos Patel Petit Price Reyes Richter Rossi Roy Santos Sato Schmidt Silva Singh Smith Suzuki Taylor Torres Walker Wang Weber Williams Wood Young Zhang'
).split(' ')

interface Place {
  country: 'US' | 'CA' | 'GB' | 'DE' | 'FR'
  cities: string[]
  /** A number of the range that the country keeps for films and examples; `n` has the digits to fill in. */
  national: (n: (digits: number) => string) => string
  prefix: string
}

const places: Place[] = [
  {
    country: 'US',
    cities: ['Portland', 'Austin', 'Denver', 'Chicago', 'Oakland'],
    national: (n) => `(415) 555-01${n(2)}`,
    prefix: '+1',
  },
  { country: 'US', cities: ['Boston', 'Brooklyn', 'Atlanta'], national: (n) => `212.555.01${n(2)}`, prefix: '+1' },
  { country: 'CA', cities: ['Toronto', 'Ottawa', 'Halifax'], national: (n) => `416-555-01${n(2)}`, prefix: '+1' },
  { country: 'GB', cities: ['London', 'Leeds', 'Bristol'], national: (n) => `020 7946 0${n(3)}`, prefix: '+44' },
  { country: 'DE', cities: ['Berlin', 'Hamburg', 'Köln'], national: (n) => `030 23125 ${n(3)}`, prefix: '+49' },
  { country: 'FR', cities: ['Lyon', 'Nantes', 'Lille'], national: (n) => `01 99 00 ${n(2)} ${n(2)}`, prefix: '+33' },
]

/** Mulberry32: small, and the same on every machine. */
export function randomNumbers(seed: number): { below: (limit: number) => number; pick: <T>(from: readonly T[]) => T } {
  let state = (seed * 2_654_435_761 + 0x9e3779b9) >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return { below, pick: (from) => from[below(from.length)]! }
}

type Random = ReturnType<typeof randomNumbers>

export interface Customer {
  id: string
  name: string
  email: string
  phone: string
  city: string
  country: string
  signedUp: string
}

interface Order {
  id: string
  customerId: string
  orderedOn: string
  cents: number
}

export function dayAfter(start: string, days: number): string {
  return new Date(Date.parse(start) + days * 86_400_000).toISOString().slice(0, 10)
}

function inventCustomer(index: number, random: Random): Customer {
  const first = random.pick(firstNames)
  const last = random.pick(lastNames)
  const place = random.pick(places)
  const plain = (text: string) =>
    text
      .normalize('NFKD')
      .replace(/[^a-z]/gi, '')
      .toLowerCase()
  const digits = (count: number) => String(random.below(10 ** count)).padStart(count, '0')
  const national = place.national(digits)
  const international = `${place.prefix} ${national.replace(/^0|[()]/g, '').replaceAll('.', ' ')}`
  const style = random.below(10)
  return {
    id: `C-${String(100_001 + index)}`,
    name: `${first} ${last}`,
    email: `${plain(first)}.${plain(last)}${index}@example.com`,
    // Three in ten left no number; of the others most write it as at home.
    phone: style < 3 ? '' : style < 8 ? national : international,
    city: random.pick(place.cities),
    country: place.country,
    signedUp: dayAfter('2023-01-01', random.below(1000)),
  }
}

// Digits alone would not do: countries with short numbers find `12345` valid.
const unusablePhones = ['call after 6pm', 'same as my wife', '000-000-0000', 'n/a', 'on request', '+1 415']
const brokenEmails = [
  'not given',
  'maria.lopez@',
  '@example.com',
  'jan example.com',
  'lee@@example.com',
  'a@b@example.com',
]

/** Spreads the kinds of dirt over rows that have no other, so that each row is expected to have exactly one outcome. */
function soil(
  customers: Customer[],
  random: Random,
): { rows: Customer[]; expected: Expected; account: DemoData['account']; clean: Customer[] } {
  const untouched = [...customers]
  const take = (count: number): Customer[] =>
    Array.from({ length: count }, () => untouched.splice(random.below(untouched.length), 1)[0]!)
  for (const customer of take(kinds.missingName)) customer.name = random.pick(['', '   '])
  for (const customer of take(kinds.invalidEmail)) customer.email = random.pick(brokenEmails)
  for (const customer of take(kinds.badPhone)) customer.phone = random.pick(unusablePhones)
  // A household with one address: the older customer keeps it, the younger one is rejected.
  const households = take(kinds.sharedEmail * 2).sort((a, b) => (a.id < b.id ? -1 : 1))
  for (let pair = 0; pair < kinds.sharedEmail; pair++)
    households[pair + kinds.sharedEmail]!.email = households[pair]!.email
  const agents = take(kinds.agents)
  const known = take(kinds.known)
  // The shop system and the web shop both list these; the second row knows no phone number.
  const repeated = take(kinds.repeated).map((customer) => ({ ...customer, phone: '' }))
  return {
    rows: [...customers, ...repeated].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
    expected: {
      total: customers.length + repeated.length,
      people: customers.length - kinds.missingName - kinds.invalidEmail - kinds.sharedEmail - kinds.agents,
      merged: kinds.repeated,
      rejected: {
        missing_name: kinds.missingName,
        invalid_email: kinds.invalidEmail,
        email_conflict: kinds.sharedEmail,
        is_agent: kinds.agents,
      },
      warnings: kinds.badPhone,
      adopted: kinds.known,
    },
    account: [
      ...known.map(({ name, email }) => ({ name, email, role: 'end-user' as const })),
      ...agents.map(({ name, email }) => ({ name, email, role: 'agent' as const })),
    ],
    clean: untouched,
  }
}

export function csv(heading: string, rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => (/[",\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return `${[heading, ...rows.map((row) => row.map(cell).join(','))].join('\n')}\n`
}

function ordersCsv(orders: readonly Order[]): string {
  return csv(
    'order_id,customer_id,ordered_on,amount',
    orders.map((order) => [order.id, order.customerId, order.orderedOn, (order.cents / 100).toFixed(2)]),
  )
}

/** Invents everything from one seed. */
export function inventDemoData(seed: number): DemoData {
  const random = randomNumbers(seed)
  const customers = Array.from({ length: rowCount - kinds.repeated }, (_, index) => inventCustomer(index, random))
  const { rows, expected, account, clean } = soil(customers, random)
  let orderNumber = 0
  const order = (customer: Customer, orderedOn: string): Order => ({
    id: `O-${String(++orderNumber).padStart(6, '0')}`,
    customerId: customer.id,
    orderedOn,
    cents: 500 + random.below(9_500),
  })
  // Every customer ordered something: lifetime value and date of the last order are never empty.
  const orders = customers.flatMap((customer) =>
    Array.from({ length: 1 + random.below(5) }, () => order(customer, dayAfter('2025-11-01', random.below(360)))),
  )
  const members = customers.filter(() => random.below(10) < 6)
  const buyers = clean.slice(0, changedCount)
  const nextDayOrders = [...orders, ...buyers.map((buyer) => order(buyer, '2026-11-20'))]
  return {
    files: {
      'data/customers.csv': csv(
        'customer_id,full_name,email,phone,city,country,signed_up_on',
        rows.map((row) => [row.id, row.name, row.email, row.phone, row.city, row.country, row.signedUp]),
      ),
      'data/orders.csv': ordersCsv(orders),
      'data/loyalty.csv': csv(
        'customer_id,tier,points',
        members.map((member) => [
          member.id,
          random.pick(['bronze', 'bronze', 'bronze', 'silver', 'silver', 'gold']),
          String(random.below(5000)),
        ]),
      ),
    },
    expected,
    account,
    nextDay: { files: { 'data/orders.csv': ordersCsv(nextDayOrders) }, updated: buyers.length },
    clean,
  }
}
