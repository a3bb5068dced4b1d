import type { UserSeed } from '../emulator/index.ts'
import { csv, type DemoData, dayAfter, randomNumbers } from './demo-data.ts'

/** What the sources of the shop say beside those of the short demo, and how they change from day to day. */
export interface ShopData {
  /** Paths relative to the project, with their texts, of the first day. */
  files: Record<string, string>
  /** People whom the account has before anything is sent, beside those of the short demo. */
  strangers: UserSeed[]
  /** The files that differ on a day; the days before it are in them. */
  filesOf(day: Date): Record<string, string>
  /** Addresses of the newsletter, as somebody uploads them. */
  newsletter(addresses: number): string
}

const partnerCount = 40
/** Partners whose addresses somebody else has in the account: who has them, and how often. */
const held = { otherId: 5, suspended: 2, secondary: 2, agent: 1 } as const
const buyersPerDay = 12

const trades = 'Outfitters Running Dance Hiking Ballet Cycling Ski Yoga'.split(' ')

interface Partner {
  id: string
  company: string
  contact: string
  email: string
  country: string
}

function inventPartners(seed: number): Partner[] {
  const random = randomNumbers(seed + 7_000)
  const places = ['Northside', 'Harbour', 'Old Town', 'Riverside', 'Hilltop', 'Station']
  const people = ['Alma Reed', 'Bruno Lang', 'Cleo Hart', 'Dora Quist', 'Emil Stone', 'Flora Beck', 'Gil Marsh']
  return Array.from({ length: partnerCount }, (_, index) => {
    const company = `${random.pick(places)} ${random.pick(trades)}`
    return {
      id: `P-${1_001 + index}`,
      company,
      contact: random.pick(people),
      email: `${company.toLowerCase().replaceAll(' ', '-')}.${1_001 + index}@example.com`,
      country: random.pick(['US', 'GB', 'DE', 'FR']),
    }
  })
}

/** Those who have the addresses of partners already: what a plan that looks into the account calls conflicts. */
function inventStrangers(partners: readonly Partner[]): UserSeed[] {
  const left = [...partners]
  const take = (count: number) => left.splice(0, count)
  return [
    ...take(held.otherId).map(({ contact, email, id }) => ({
      name: contact,
      email,
      external_id: `CRM-${id.slice(2)}`,
    })),
    ...take(held.suspended).map(({ contact, email }) => ({ name: contact, email, suspended: true })),
    ...take(held.secondary).map(({ contact, email, id }) => ({
      name: contact,
      email: `office.${id.toLowerCase()}@example.com`,
      emails: [email],
    })),
    ...take(held.agent).map(({ contact, email }) => ({ name: contact, email, role: 'agent' as const })),
  ]
}

/** Invents the sources of the filled project from one seed. */
export function inventShopData(seed: number, { files, clean }: Pick<DemoData, 'files' | 'clean'>): ShopData {
  const partners = inventPartners(seed)
  const random = randomNumbers(seed + 8_000)
  const birthdays = clean.slice(0, 120).map(({ id }) => [id, dayAfter('1960-01-01', random.below(16_000))])
  let orders = files['data/orders.csv']!
  let orderNumber = 90_000
  return {
    files: {
      ...files,
      'data/partners.csv': csv(
        'partner_id,company,contact,email,country',
        partners.map(({ id, company, contact, email, country }) => [id, company, contact, email, country]),
      ),
      'data/birthdays.csv': csv('customer_id,born_on', birthdays),
    },
    strangers: inventStrangers(partners),
    filesOf(day) {
      const on = day.toISOString().slice(0, 10)
      for (let n = 0; n < buyersPerDay; n++) {
        const amount = (15 + random.below(280)).toFixed(2)
        orders += `O-0${++orderNumber},${random.pick(clean).id},${on},${amount}\n`
      }
      return { 'data/orders.csv': orders }
    },
    newsletter: (addresses) =>
      csv(
        'email,subscribed_on',
        clean.slice(0, addresses).map(({ email, signedUp }) => [email, signedUp]),
      ),
  }
}
