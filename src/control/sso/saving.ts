import { type Action, type Actor, mayDo } from '../../access/authorize.ts'
import type { Secret } from '../../config.ts'
import { type Json, Problem } from '../../problem.ts'
import type { Stage } from '../control.ts'
import type { Outside } from '../notify/channels/outside.ts'
import { Provider } from './provider.ts'
import { readProvider, rightsGiven } from './provider-body.ts'

type Body = { [key: string]: Json }

/** Rights that one of these bodies gives and the actor lacks: else a user could make themselves into more than they are. */
export function lackingToGive(actor: Actor, key: string, ...bodies: readonly Body[]): Action[] {
  const given = new Set(bodies.flatMap((body) => [...rightsGivenBy(key, body)]))
  return [...given].filter((right) => !mayDo(actor, right))
}

/** A body that this release cannot read signs nobody in, and must not be there for ever either. */
function rightsGivenBy(key: string, body: Body): ReadonlySet<Action> {
  try {
    return rightsGiven(readProvider(key, body))
  } catch (error) {
    if (error instanceof Problem) return new Set()
    throw error
  }
}

/** Asks a provider for its metadata, as signing in will. */
export async function providerStage(
  key: string,
  body: Body,
  { client_secret: secret }: Readonly<Record<string, Secret>>,
  outside: Outside,
): Promise<Stage> {
  const named = { stage: 'discovery', title: 'Discovery of the identity provider' }
  if (secret === undefined)
    throw new Problem('internal.bug', { message: `${key} was checked without a client secret.` })
  try {
    await Provider.discover(readProvider(key, body), secret, outside)
    return { ...named, outcome: 'ok', detail: 'The provider answers, and calls itself by this issuer.', problem: null }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { code, message } = error
    const fix =
      'Give the issuer exactly as /.well-known/openid-configuration of the provider says it. A host in a private network, or on the machine of the server, must be listed in DESKSIDE_ALLOWED_HOSTS.'
    return { ...named, outcome: 'failed', detail: message, problem: { code, message, fix } }
  }
}
