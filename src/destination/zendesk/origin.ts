import { Problem } from '../../problem.ts'
import type { ZendeskSettings } from './settings.ts'

/** What of the environment decides where requests may go. */
export interface OriginEnvironment {
  /** Hosts (`proxy.example.com` or `proxy.example.com:8443`), separated by commas or spaces, that may stand in for Zendesk. */
  DESKSIDE_ALLOWED_HOSTS?: string | undefined
}

/**
 * Whether the own machine needs a word of its owner. `free`: whoever wrote the settings owns it, as with deskside.yml. `listed`: anybody with a
 * right in a server wrote them, who could otherwise make it ask services that listen for nobody else.
 */
export type LoopbackRule = 'free' | 'listed'

const dnsLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const zendeskHost = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.zendesk\.com$/
/** Scheme, host and port, written plainly. Checked on the text itself, because the URL parser repairs what it should refuse. */
const bareOrigin = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?\/?$/i
const loopbackIpv4 = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/

/**
 * The one origin that a destination's requests go to, for instance `https://socktown.zendesk.com`. It is also the identity of the
 * account. Plain http is allowed to the own machine only, and where `loopback` says so only when the environment lists it; https to a host
 * outside zendesk.com only when the environment lists it. Throws `zendesk.base_url_refused`.
 */
export function accountOrigin(
  settings: Pick<ZendeskSettings, 'subdomain' | 'base_url'>,
  env: OriginEnvironment,
  loopback: LoopbackRule,
): string {
  if (settings.base_url === undefined) {
    const label = settings.subdomain.toLowerCase()
    if (!dnsLabel.test(label)) {
      throw refused(`subdomain \`${settings.subdomain}\` is not a DNS label`, {
        fix: 'Set `subdomain` to the part before .zendesk.com: letters, digits and hyphens.',
      })
    }
    return `https://${label}.zendesk.com`
  }
  return checkedBaseUrl(settings.base_url, env, loopback)
}

function checkedBaseUrl(text: string, env: OriginEnvironment, loopback: LoopbackRule): string {
  // The text is not repeated when it may hold a password.
  if (text.includes('@')) throw refused('base_url must not hold user information')
  if (!bareOrigin.test(text)) throw refused(`base_url \`${text}\` must be scheme, host and port only, without a path`)
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw refused(`base_url \`${text}\` is not a URL`)
  }
  if (url.protocol === 'http:') {
    if (!isLoopback(url.hostname))
      throw refused(`base_url \`${text}\` sends credentials in plain text over the network`)
    if (loopback === 'listed') assertListedHere(url, env)
    return url.origin
  }
  const ownHost = zendeskHost.test(url.hostname) && url.port === ''
  if (!ownHost && !allowedHosts(env).has(url.host)) {
    throw refused(`base_url \`${text}\` is neither a zendesk.com host nor listed in DESKSIDE_ALLOWED_HOSTS`)
  }
  return url.origin
}

/** A host without a port stands for all of its ports here, as with receivers of notifications. */
function assertListedHere({ host, hostname }: URL, env: OriginEnvironment): void {
  const listed = allowedHosts(env)
  if (listed.has(host) || listed.has(hostname)) return
  throw refused(`base_url names \`${host}\`, which is the machine of the server itself`, {
    fix: `List ${host} in DESKSIDE_ALLOWED_HOSTS in the environment of the server and start it again, or define the destination in deskside.yml.`,
  })
}

/** The parser has already turned every spelling of an IPv4 address into four decimal numbers. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || loopbackIpv4.test(hostname)
}

/** Hosts, in lower case, that requests may go to beside the public ones. */
export function allowedHosts(env: OriginEnvironment): ReadonlySet<string> {
  const text = env.DESKSIDE_ALLOWED_HOSTS ?? ''
  return new Set(
    text
      .split(/[\s,]+/)
      .filter((host) => host !== '')
      .map((host) => host.toLowerCase()),
  )
}

function refused(message: string, init: { fix?: string } = {}): Problem {
  return new Problem('zendesk.base_url_refused', { message: `${message}.`, ...init })
}
