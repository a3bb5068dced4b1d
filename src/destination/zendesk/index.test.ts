import type { Fault } from '../../emulator/index.ts'
import { startEmulator } from '../../emulator/index.ts'
import type { ContractAccount, Mishap } from '../contract.ts'
import { describeConnection } from '../contract.ts'
import { connectZendesk } from './index.ts'
import { zendeskCredential, zendeskSettings } from './settings.ts'
import { jumpingClock } from './test-account.ts'

/** Requests that write, and not the reads before them. */
const write = { path: /\/(create_or_update_many|update_many|destroy_many|identities\/\d)/ }

const faults: Record<Exclude<Mishap, 'not_permitted'>, Fault> = {
  lost_before: { kind: 'reset_before', match: write },
  lost_after: { kind: 'reset_after_write', match: write },
  silence: { kind: 'hang_after_write', match: write },
  truncated: { kind: 'truncated', match: write },
  garbled: { kind: 'garbled', match: write },
  server_error: { kind: 'status', status: 502, body: '<html>Bad gateway</html>', match: write },
  limited: { kind: 'status', status: 429, body: 'slow down', retryAfter: 2, match: write },
  job_lost: { kind: 'job_lost' },
  job_failed: { kind: 'job_failed' },
  no_results: { kind: 'results_null' },
  last_result_missing: { kind: 'results_missing' },
  shuffled_results: { kind: 'results_shuffled' },
}

describeConnection('Zendesk, emulated', async (): Promise<ContractAccount> => {
  let nowMs = Date.parse('2026-11-21T12:00:00Z')
  const clock = jumpingClock()
  const emulator = await startEmulator({ plan: 'unlimited', jobLatencyMs: [100, 200], now: () => nowMs })
  emulator.seed({ agents: [{ name: 'Agent', email: 'AGENT.two@example.com' }] })
  const settings = zendeskSettings.parse({
    plugin: 'zendesk',
    credential: 'zendesk',
    subdomain: 'emulator',
    base_url: emulator.url,
  })
  let closed = false
  return {
    connect: ({ credential, ...options } = {}) =>
      connectZendesk(
        settings,
        zendeskCredential.parse({
          type: 'zendesk_oauth',
          client_id: emulator.clientId,
          client_secret: credential === 'wrong' ? 'wrong' : emulator.clientSecret,
        }),
        { env: {}, clock, retryBaseMs: 1, timeouts: { headersMs: 250, bodyMs: 250 }, ...options },
      ),
    mishap(kind) {
      if (kind === 'not_permitted') emulator.seed({ settings: { bulkImport: false } })
      else emulator.faults(faults[kind])
    },
    people() {
      const people = emulator.state().users.filter((user) => user.external_id !== null)
      return new Map(
        people.map((user) => {
          const emails = user.identities
            .filter((identity) => identity.type === 'email')
            .map((identity) => identity.value)
          return [user.external_id!, { name: user.name, emails }]
        }),
      )
    },
    elapse(delayMs) {
      nowMs += delayMs
      clock.nowMs += delayMs
    },
    async close() {
      if (closed) return
      closed = true
      await emulator.close()
    },
  }
})
