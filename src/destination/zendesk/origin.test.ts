import { describe, expect, it } from 'vitest'
import type { Problem } from '../../problem.ts'
import { accountOrigin } from './origin.ts'

const env = { DESKSIDE_ALLOWED_HOSTS: 'proxy.example.com, proxy.example.com:8443 Other.Example.com' }

function origin(base_url: string | undefined, subdomain = 'socktown'): string {
  try {
    return accountOrigin(base_url === undefined ? { subdomain } : { subdomain, base_url }, env)
  } catch (error) {
    return (error as Problem).code
  }
}

describe('origin of an account', () => {
  it.each([
    ['socktown', 'https://socktown.zendesk.com'],
    ['SockTown', 'https://socktown.zendesk.com'],
    ['z3n-team', 'https://z3n-team.zendesk.com'],
    ['a'.repeat(63), `https://${'a'.repeat(63)}.zendesk.com`],
    ['a'.repeat(64), 'zendesk.base_url_refused'],
    ['', 'zendesk.base_url_refused'],
    ['-a', 'zendesk.base_url_refused'],
    ['a-', 'zendesk.base_url_refused'],
    ['a.b', 'zendesk.base_url_refused'],
    ['evil.example/', 'zendesk.base_url_refused'],
    ['a#', 'zendesk.base_url_refused'],
    ['a@b', 'zendesk.base_url_refused'],
    ['a\nb', 'zendesk.base_url_refused'],
    ['sócktown', 'zendesk.base_url_refused'],
  ])('subdomain %j', (subdomain, expected) => expect(origin(undefined, subdomain)).toBe(expected))

  it.each([
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://127.0.0.1:4010/', 'http://127.0.0.1:4010'],
    ['http://localhost:4010', 'http://localhost:4010'],
    ['HTTP://LOCALHOST:4010', 'http://localhost:4010'],
    ['http://[::1]:4010', 'http://[::1]:4010'],
    ['http://127.9.9.9', 'http://127.9.9.9'],
    ['https://socktown.zendesk.com', 'https://socktown.zendesk.com'],
    ['https://socktown.zendesk.com:443', 'https://socktown.zendesk.com'],
    ['https://proxy.example.com', 'https://proxy.example.com'],
    ['https://proxy.example.com:8443', 'https://proxy.example.com:8443'],
    ['https://OTHER.example.com', 'https://other.example.com'],
  ])('%s is %s', (url, expected) => expect(origin(url)).toBe(expected))

  it.each([
    'http://socktown.zendesk.com',
    'http://proxy.example.com',
    'http://0.0.0.0:4010',
    'http://192.168.0.1:4010',
    'http://[::]:4010',
    'http://[::ffff:127.0.0.1]:4010',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://localhost:4010/api',
    'http://localhost:4010//evil.example.com',
    'http://localhost:4010?x=1',
    'http://localhost:4010#x',
    'http://evil.example.com\\@localhost:4010',
    'http://localhost:4010\\evil',
    'http://user:pass@localhost:4010',
    'http://@localhost:4010',
    'http://localhost:99999',
    'https://evil.example.com',
    'https://proxy.example.com:9443',
    'https://zendesk.com',
    'https://a.b.zendesk.com',
    'https://socktown.zendesk.com:8443',
    'https://socktown.zendesk.com.',
    'https://socktown.zendesk.com.evil.example.com',
    'https://evilzendesk.com',
    'ftp://localhost',
    'file:///etc/passwd',
    'localhost:4010',
    ' http://localhost',
    'http://local\thost',
    '',
  ])('refuses %j', (url) => expect(origin(url)).toBe('zendesk.base_url_refused'))

  it('never repeats a password', () => {
    expect(() => accountOrigin({ subdomain: 'x', base_url: 'https://me:hunter2@example.com' }, {})).toThrow(
      /^(?!.*hunter2)/s,
    )
  })
})
