import { expect, test } from 'vitest'
import { type Address, checkHost, isPublic, type Outside } from './outside.ts'

test.each([
  ['8.8.8.8', true],
  ['172.15.255.255', true],
  ['172.32.0.1', true],
  ['0.0.0.0', false],
  ['10.1.2.3', false],
  ['100.64.0.1', false],
  ['100.100.100.200', false],
  ['127.0.0.1', false],
  ['169.254.169.254', false],
  ['172.16.0.1', false],
  ['172.31.255.255', false],
  ['192.168.1.1', false],
  ['198.18.0.1', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['2606:4700:4700::1111', true],
  ['::', false],
  ['::1', false],
  ['::ffff:8.8.8.8', false],
  ['::ffff:169.254.169.254', false],
  ['64:ff9b::a9fe:a9fe', false],
  ['2002:a9fe:a9fe::', false],
  ['2001::1', false],
  ['2001:db8::1', false],
  ['fc00::1', false],
  ['fd00:ec2::254', false],
  ['fe80::1', false],
  ['ff02::1', false],
  ['not an address', false],
])('%s is an address on the internet: %s', (address, expected) => {
  expect(isPublic({ address, family: address.includes(':') ? 6 : 4 })).toBe(expected)
})

const check = (host: string, addresses: string[], allowedHosts: string[] = []) => {
  const resolve = async (): Promise<Address[]> =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const outside: Outside = { allowedHosts, resolve, timeoutMs: 1000 }
  return checkHost(host, 443, outside, new AbortController().signal)
}

test.each([
  ['hooks.example.com', ['8.8.8.8', '2606:4700:4700::1111'], [], true],
  ['hooks.example.com', ['8.8.8.8', '10.0.0.1'], [], false],
  ['hooks.example.com', ['127.0.0.1'], [], false],
  ['hooks.example.com', [], [], false],
  ['hooks.example.com', ['10.0.0.1'], ['HOOKS.example.com'], true],
  ['hooks.example.com', ['10.0.0.1'], ['hooks.example.com:443'], true],
  ['hooks.example.com', ['10.0.0.1'], ['hooks.example.com:8443'], false],
  ['hooks.example.com', ['10.0.0.1'], ['example.com'], false],
  ['localhost', ['127.0.0.1', '::1'], [], false],
  ['localhost', ['127.0.0.1', '::1'], ['localhost'], true],
  ['localhost', ['127.0.0.1'], ['localhost:443'], true],
  ['localhost', ['127.0.0.1'], ['localhost:8080'], false],
  ['localhost', ['127.0.0.1'], ['127.0.0.1'], false],
  ['localhost', ['10.0.0.1'], ['localhost'], false],
  ['localhost.example.com', ['127.0.0.1'], [], false],
  ['localhost.example.com', ['127.0.0.1'], ['localhost'], false],
  ['[::1]', [], [], false],
  ['[::1]', [], ['::1'], true],
  ['[::1]', [], ['[::1]'], true],
  ['[::1]', [], ['[::1]:443'], true],
  ['[::ffff:7f00:1]', [], [], false],
  ['[fe80::1]', [], [], false],
  ['127.1.2.3', [], [], false],
  ['127.1.2.3', [], ['127.1.2.3'], true],
  ['169.254.169.254', [], [], false],
  ['10.0.0.1', [], ['10.0.0.1'], true],
])('%s with the addresses %j and the list %j may be connected to: %s', async (host, addresses, listed, expected) => {
  expect('addresses' in (await check(host, addresses, listed))).toBe(expected)
})
