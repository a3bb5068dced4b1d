import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

/** What decides where messages may go. */
export interface Outside {
  /** `host` or `host:port` of receivers that may be in a private network. */
  allowedHosts: readonly string[]
  /** All addresses of a host name; throws like `dns.lookup`. */
  resolve(host: string): Promise<Address[]>
  /** For one whole exchange. */
  timeoutMs: number
}

export interface Address {
  address: string
  family: 4 | 6
}

/** The resolver of the machine. */
export async function systemResolve(host: string): Promise<Address[]> {
  const found = await lookup(host, { all: true, verbatim: true })
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
}

/** Addresses that a connection may go to: they were checked, so nothing may be resolved again. */
export type Checked = { addresses: [Address, ...Address[]] } | { refused: string }

/**
 * Resolves a host once and checks every address it has: hosts are public or listed. Somebody with a right in the server writes them, and what listens
 * on the own machine for nobody else is not theirs to ask; so `localhost` and the like must be listed, and be that.
 * `host` is as the URL parser writes it. Throws what the resolver throws, and the reason of `signal`: a resolver may take long and cannot be stopped.
 */
export async function checkHost(host: string, port: number, outside: Outside, signal: AbortSignal): Promise<Checked> {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  const family = isIP(bare)
  const resolved: Address[] =
    family === 0 ? await within(signal, outside.resolve(bare)) : [{ address: bare, family: family === 6 ? 6 : 4 }]
  const [first, ...others] = resolved
  if (first === undefined) return { refused: 'the host name has no address' }
  const addresses: [Address, ...Address[]] = [first, ...others]
  if (isLoopback(host) && !resolved.every(({ address }) => isLoopback(address)))
    return { refused: 'localhost is another machine' }
  const listed = outside.allowedHosts.some((entry) =>
    [bare, host.toLowerCase(), `${host.toLowerCase()}:${port}`].includes(entry.toLowerCase()),
  )
  if (listed || resolved.every(isPublic)) return { addresses }
  const where = isLoopback(host) ? 'the machine of the server itself' : 'in a private network'
  return { refused: `the host is ${where} and is not listed in DESKSIDE_ALLOWED_HOSTS` }
}

function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Is it this machine, by how it is written? */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}

const notPublic = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  // Between a provider and its customers; one cloud has its metadata here.
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local, and the metadata of most clouds.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv4')
}

/** Only these are given out to networks; of them, 6to4 and Teredo may lead to an IPv4 address inside. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')
const tunnels6 = new BlockList()
tunnels6.addSubnet('2001::', 23, 'ipv6')
tunnels6.addSubnet('2001:db8::', 32, 'ipv6')
tunnels6.addSubnet('2002::', 16, 'ipv6')

/** Can the address belong to a receiver on the internet? Exported for its table of tests. */
export function isPublic({ address, family }: Address): boolean {
  if (isIP(address) !== family) return false
  if (family === 4) return !notPublic.check(address, 'ipv4')
  // The same IPv4 address in IPv6 clothes is reached all the same; nobody needs it to be written so.
  return global6.check(address, 'ipv6') && !tunnels6.check(address, 'ipv6')
}
