import { asProblem, type Json, Problem } from '../../problem.ts'
import type { DefinitionStore } from '../../store/store.ts'
import { type SubscriptionBody, subscriptionBody } from './subscription-body.ts'

/** Puts variables into the values of a body. Throws `config.variable_missing`. */
export type Expand = (body: { [key: string]: Json }) => { [key: string]: Json }

/**
 * The subscriptions there are. One that cannot be read any more, because a variable of it has changed, is told to `onProblem` and must not
 * silence the others.
 */
export async function readSubscriptions(
  definitions: Pick<DefinitionStore, 'list'>,
  expand: Expand,
  onProblem: (problem: Problem) => void,
): Promise<SubscriptionBody[]> {
  const subscriptions: SubscriptionBody[] = []
  for (const { key, body } of await definitions.list('subscription')) {
    try {
      subscriptions.push(read(key, expand(body)))
    } catch (error) {
      onProblem(asProblem(error))
    }
  }
  return subscriptions
}

function read(key: string, body: { [key: string]: Json }): SubscriptionBody {
  const parsed = subscriptionBody.safeParse(body)
  if (parsed.success) return parsed.data
  const places = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))]
  throw new Problem('definition.invalid', {
    message: `The subscription "${key}" cannot be read, so nobody is told by it.`,
    data: { definition: `subscription/${key}`, places },
  })
}
