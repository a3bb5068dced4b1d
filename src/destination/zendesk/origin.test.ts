import { describe, expect, it } from 'vitest'
import type { Problem } from '../../problem.ts'
import { accountOrigin, type LoopbackRule } from './origin.ts'

const env = { DESKSIDE_ALLOWED_HOSTS: 'proxy.example.com, proxy.example.com:8443 Other.Example.com' }

function origin(
  base_url: string | undefined,
  subdomain = 'socktown',
  { allowed = env.DESKSIDE_ALLOWED_HOSTS, loopback = 'free' as LoopbackRule } = {},
): string {
  const settings = base_url === undefined ? { subdomain } : { subdomain, base_url }
  try {
    return accountOrigin(settings, { DESKSIDE_ALLOWED_HOSTS: allowed }, loopback)
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
    ['socktown.', 'zendesk.base_url_refused'],
    ['socktown%2eevil', 'zendesk.base_url_refused'],
    ['socktown。evil', 'zendesk.base_url_refused'],
    ['evil．example', 'zendesk.base_url_refused'],
    ['a:443', 'zendesk.base_url_refused'],
    ['a?', 'zendesk.base_url_refused'],
    ['a\\b', 'zendesk.base_url_refused'],
    ['a\0b', 'zendesk.base_url_refused'],
    ['169.254.169.254', 'zendesk.base_url_refused'],
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
    'http://169.254.169.254/latest/meta-data/',
    'http://169.254.169.254',
    'https://169.254.169.254',
    'https://2852039166',
    'https://0xa9fea9fe',
    'https://0251.0376.0251.0376',
    'https://[::ffff:169.254.169.254]',
    'https://[fd00:ec2::254]',
    'https://[fe80::1]',
    'https://10.0.0.1',
    'https://metadata.google.internal',
    'http://[::ffff:7f00:1]:4010',
    'http://[::1%25lo]:4010',
    'http://127.0.0.1%2eevil.example.com',
    'http://127。0。0。1:4010',
    'http://①②⑦.0.0.1',
    'http://localhost.:4010',
    'http://0:4010',
    'https://socktown.zendesk.com%00.evil.example.com',
    'https://socktown.zendesk.com:0443x',
    'gopher://localhost',
    'data:text/plain,x',
    'unix:/var/run/docker.sock',
    'http+unix://localhost',
    'javascript:alert(1)',
    '//localhost:4010',
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

  it.each([
    ['http://127.0.0.1:4010', '', 'zendesk.base_url_refused'],
    ['http://localhost:4010', '127.0.0.1', 'zendesk.base_url_refused'],
    ['http://[::1]:4010', '', 'zendesk.base_url_refused'],
    ['http://127.1', '', 'zendesk.base_url_refused'],
    ['http://2130706433:4010', '', 'zendesk.base_url_refused'],
    ['http://0x7f.1:4010', '', 'zendesk.base_url_refused'],
    ['http://017700000001:4010', '', 'zendesk.base_url_refused'],
    ['https://127.0.0.1:4010', '', 'zendesk.base_url_refused'],
    ['https://localhost', '', 'zendesk.base_url_refused'],
    ['http://127.0.0.1:4010', '127.0.0.1:4011', 'zendesk.base_url_refused'],
    ['http://127.0.0.1:4010', '127.0.0.2:4010', 'zendesk.base_url_refused'],
    ['http://127.0.0.1:4010', '127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://127.0.0.1:4010', 'proxy.example.com 127.0.0.1', 'http://127.0.0.1:4010'],
    ['http://2130706433:4010', '127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://LocalHost:4010', 'localhost:4010', 'http://localhost:4010'],
    ['http://[::1]:4010', '[::1]:4010', 'http://[::1]:4010'],
    // A list is of hosts, never a way to send a credential over the network in the clear.
    ['http://10.0.0.1', '10.0.0.1', 'zendesk.base_url_refused'],
    ['https://socktown.zendesk.com', '', 'https://socktown.zendesk.com'],
  ])('%s of somebody with a right in a server, with the list %j, is %s', (url, allowed, expected) =>
    expect(origin(url, 'socktown', { allowed, loopback: 'listed' })).toBe(expected),
  )

  it('says what to do about the own machine', () => {
    const check = () => accountOrigin({ subdomain: 'x', base_url: 'http://127.0.0.1:4010' }, {}, 'listed')
    const fix = expect.stringMatching(
      /^List 127\.0\.0\.1:4010 in DESKSIDE_ALLOWED_HOSTS .* or define .* in deskside\.yml\.$/,
    )
    expect(check).toThrow(expect.objectContaining({ fix }))
  })

  it('never repeats a password', () => {
    expect(() => accountOrigin({ subdomain: 'x', base_url: 'https://me:hunter2@example.com' }, {}, 'free')).toThrow(
      /^(?!.*hunter2)/s,
    )
  })
})
