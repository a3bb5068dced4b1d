import type { Emulator } from '../emulator/index.ts'
import { startEmulator } from '../emulator/index.ts'
import { Problem } from '../problem.ts'
import type { DemoClock } from './demo-clock.ts'
import type { DemoData } from './demo-data.ts'
import type { EmulatedAccount } from './demo-project.ts'
import { shopUserFields } from './demo-shop.ts'
import type { ShopData } from './demo-shop-data.ts'

/** The emulated accounts of the demo: that of the shop, and one of its outlet. They live in this process and end with it. */
export interface DemoAccounts {
  shop: Emulator
  outlet: Emulator
  /** Somebody edits people of the shop's account by hand, as an agent does. */
  editPeople(externalIds: readonly string[]): Promise<void>
  /** From now on they take the time that a real account takes. */
  settle(): void
  close(): Promise<void>
}

export async function openAccounts(
  seed: number,
  clock: DemoClock,
  { account }: DemoData,
  { strangers }: ShopData,
): Promise<DemoAccounts> {
  const history = {
    plan: 'enterprise_plus',
    jobLatencyMs: [1_000, 4_000],
    // A partner whose address has another external_id is refused, which leaves rows that failed.
    externalIdOnEmailMatch: 'refuse',
    singularUpsertLimits: false,
    journal: 'lines',
    now: () => clock.nowMs(),
    warn: () => {},
  } as const
  const shop = await startEmulator({ ...history, seed, subdomain: 'socktown' })
  const outlet = await startEmulator({ ...history, seed: seed + 1, subdomain: 'socktown-outlet' })
  shop.seed({ user_fields: shopUserFields, users: [...account, ...strangers] })
  return {
    shop,
    outlet,
    editPeople: (externalIds) => editPeople(shop, externalIds),
    settle() {
      for (const one of [shop, outlet])
        one.seed({ settings: { plan: 'enterprise', jobLatencyMs: [500, 1_500], requestLatencyMs: 20 } })
    },
    async close() {
      await Promise.all([shop.close(), outlet.close()])
    },
  }
}

/** As `deskside emulator --json` announces it. */
export function announced(emulator: Emulator): EmulatedAccount {
  const { url, subdomain, email, apiToken, clientId, clientSecret } = emulator
  return { url, subdomain, email, api_token: apiToken, client_id: clientId, client_secret: clientSecret }
}

async function editPeople(shop: Emulator, externalIds: readonly string[]): Promise<void> {
  const credential = Buffer.from(`${shop.email}/token:${shop.apiToken}`).toString('base64')
  const headers = { authorization: `Basic ${credential}`, 'content-type': 'application/json' }
  for (const externalId of externalIds) {
    const [user] = shop.state({ external_id: externalId }).users
    if (user === undefined) continue
    const body = JSON.stringify({ user: { user_fields: { city: 'Reykjavík' }, notes: 'Moved. Told us by phone.' } })
    const response = await fetch(`${shop.url}/api/v2/users/${user.id}`, { method: 'PUT', headers, body })
    if (!response.ok)
      throw new Problem('internal.bug', {
        message: `The emulator refused an agent's edit (${response.status}): ${await response.text()}`,
      })
  }
}
