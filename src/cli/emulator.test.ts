import { expect, test } from 'vitest'
import { emulatorLines } from './emulator.ts'

test('the lines say what to put where, and where to look', () => {
  const account = {
    url: 'http://127.0.0.1:4010',
    subdomain: 'emulator',
    clientId: 'the_client',
    clientSecret: 'the_secret',
    email: 'agent@example.com',
    apiToken: 'the_token',
  }
  const lines = emulatorLines(account, 'team', { columns: 100, color: false })
  expect(lines[0]).toContain('(team) serves at http://127.0.0.1:4010')
  expect(lines).toContain('  Look into the account at http://127.0.0.1:4010/')
  expect(lines).toContain('  ZENDESK_CLIENT_SECRET=the_secret')
  expect(lines.join('\n')).toContain('subdomain: emulator, base_url: "http://127.0.0.1:4010"')
})
