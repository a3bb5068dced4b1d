/** OAuth tokens: `POST /oauth/tokens` of the OAS. Assumption: the bodies of refusals, after RFC 6749. */
import { timingSafeEqual } from 'node:crypto'
import type { Random } from './random.ts'
import { json, type Reply } from './reply.ts'
import type { Settings } from './settings.ts'

export interface AccessToken {
  id: number
  value: string
  scopes: readonly string[]
  createdAtMs: number
  expiresAtMs: number
  /** null: got by client credentials. */
  refresh: { value: string; expiresAtMs: number } | null
}

interface Client {
  clientId: string
  clientSecret: string
}

/** OAS: a code lives 120 seconds. */
const codeLifetimeMs = 120_000
/** OAS: more than the first and less than the second. Assumption: both themselves are taken, as its examples do. */
const lifetimesS = { expires_in: [300, 172_800], refresh_token_expires_in: [604_800, 7_776_000] } as const
const refreshLifetimeS = 2_592_000 // OAS

export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

export class Tokens {
  private readonly client: Client
  private readonly settings: Settings
  private readonly random: Random
  private readonly byValue = new Map<string, AccessToken>()
  private readonly byRefresh = new Map<string, AccessToken>()
  private readonly codes = new Map<string, number>()
  /** Every access token that was ever handed out, for tests that look for secrets where none may be. */
  readonly handedOut: string[] = []
  private lastId = 0

  constructor(client: Client, settings: Settings, random: Random) {
    this.client = client
    this.settings = settings
    this.random = random
  }

  /** An access token that is still good. */
  find(value: string, nowMs: number): AccessToken | undefined {
    const token = this.byValue.get(value)
    return token && token.expiresAtMs > nowMs ? token : undefined
  }

  /** The code that Zendesk hands out when its user lets the client in. */
  authorize(nowMs: number): string {
    const code = this.random.hex(40)
    this.codes.set(code, nowMs + codeLifetimeMs)
    return code
  }

  /** Both tokens of a pair die together. */
  revoke(token: AccessToken): void {
    this.byValue.delete(token.value)
    if (token.refresh) this.byRefresh.delete(token.refresh.value)
  }

  revokeAll(): void {
    this.byValue.clear()
    this.byRefresh.clear()
  }

  /** The three grants of the OAS: client_credentials (no refresh token), authorization_code, refresh_token. */
  issue(body: unknown, nowMs: number): Reply {
    const request = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
    const grant = request.grant_type
    if (grant !== 'client_credentials' && grant !== 'refresh_token' && grant !== 'authorization_code') {
      return refusal(400, 'unsupported_grant_type', 'The authorization grant type is not supported.')
    }
    // OAS: with PKCE a code comes without a secret. Assumption: the verifier is not checked, nor is redirect_uri.
    const isPublic = grant === 'authorization_code' && typeof request.code_verifier === 'string'
    const isClient =
      isSame(String(request.client_id), this.client.clientId) &&
      (isPublic || isSame(String(request.client_secret), this.client.clientSecret))
    if (!isClient) {
      const description = 'Client authentication failed due to unknown client, or no client authentication included.'
      return refusal(401, 'invalid_client', description)
    }
    for (const [name, [min, max]] of Object.entries(lifetimesS)) {
      const asked = request[name]
      if (asked === undefined || (Number.isInteger(asked) && Number(asked) >= min && Number(asked) <= max)) continue
      return refusal(400, 'invalid_request', `${name} must be between ${min} and ${max}.`)
    }
    const old = grant === 'refresh_token' ? this.byRefresh.get(String(request.refresh_token)) : undefined
    const isGranted =
      grant === 'client_credentials' ||
      (grant === 'refresh_token' && old?.refresh && old.refresh.expiresAtMs > nowMs) ||
      (grant === 'authorization_code' && this.takeCode(String(request.code), nowMs))
    if (!isGranted) {
      return refusal(400, 'invalid_grant', 'The grant is invalid, expired, revoked, or was issued to another client.')
    }
    // 2nd OAUTH: a refresh replaces both tokens, and the old pair dies.
    if (old) this.revoke(old)
    return this.answer(this.create(request, old, nowMs), nowMs)
  }

  private takeCode(code: string, nowMs: number): boolean {
    const endMs = this.codes.get(code)
    this.codes.delete(code)
    return endMs !== undefined && nowMs < endMs
  }

  private create(request: Record<string, unknown>, old: AccessToken | undefined, nowMs: number): AccessToken {
    const { scope, expires_in: asked, refresh_token_expires_in: refreshAsked } = request
    const lifetimeMs = asked === undefined ? this.settings.tokenLifetimeMs : Number(asked) * 1000
    const refreshLifetimeMs = Number(refreshAsked ?? refreshLifetimeS) * 1000
    // OAS: a scope that is no string still yields a token, whose every call is 403. Assumption: so does none at all, but for a
    // refresh, which keeps what there was.
    const given = typeof scope === 'string' ? scope.split(' ').filter(Boolean) : []
    const token: AccessToken = {
      id: ++this.lastId,
      value: this.random.hex(64),
      scopes: old && scope === undefined ? old.scopes : given,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + lifetimeMs,
      refresh: null,
    }
    if (request.grant_type !== 'client_credentials') {
      token.refresh = { value: this.random.hex(64), expiresAtMs: nowMs + refreshLifetimeMs }
      this.byRefresh.set(token.refresh.value, token)
    }
    this.byValue.set(token.value, token)
    this.handedOut.push(token.value)
    return token
  }

  private answer({ value, scopes, expiresAtMs, refresh }: AccessToken, nowMs: number): Reply {
    return json(201, {
      access_token: value,
      ...(refresh ? { refresh_token: refresh.value } : {}),
      token_type: 'bearer',
      scope: scopes.join(' '),
      expires_in: Math.ceil((expiresAtMs - nowMs) / 1000),
      ...(refresh ? { refresh_token_expires_in: Math.ceil((refresh.expiresAtMs - nowMs) / 1000) } : {}),
    })
  }
}

function refusal(status: number, error: string, description: string): Reply {
  return json(status, { error, error_description: description })
}
