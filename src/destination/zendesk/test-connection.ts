import type { CheckStage, StageBegun } from '../destination.ts'
import type { LoopbackRule, OriginEnvironment } from './origin.ts'
import type { ZendeskCredential, ZendeskSettings } from './settings.ts'

/** Tests a connection that need not be part of a project, stage by stage; a failed stage is the last and carries its Problem. */
export async function* testConnection(
  settings: ZendeskSettings,
  credential: ZendeskCredential,
  rules: { env: OriginEnvironment; loopback: LoopbackRule },
  onBegin?: (begun: StageBegun) => void,
): AsyncGenerator<CheckStage> {
  const { connectZendesk } = await import('./index.ts')
  const connection = connectZendesk(settings, credential, rules)
  try {
    yield* connection.check(undefined, onBegin)
  } finally {
    await connection.close()
  }
}
