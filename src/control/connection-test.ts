import { testConnection } from '../app.ts'
import type { CheckStage, StageBegun } from '../destination/destination.ts'
import type { LoopbackRule, OriginEnvironment } from '../destination/zendesk/origin.ts'
import { type ZendeskSettings, zendeskSettings } from '../destination/zendesk/settings.ts'
import { Problem } from '../problem.ts'
import { loopbackRule, type Project } from '../project/project.ts'
import type { Stage } from './control.ts'

/** What testing a connection works with. */
export interface TestParts {
  /** A credential was tested; `problem` null: it works. */
  onTested: (credential: string, problem: Problem | null) => Promise<void>
  /** Where destinations may be. */
  env: OriginEnvironment
}

/** Where a credential is tried that no destination uses yet. */
export interface TestAccount {
  subdomain: string
  base_url?: string
}

/** Where a credential is tried. */
interface Tried {
  settings: ZendeskSettings | undefined
  loopback: LoopbackRule
}

export function triedAt(project: Project, destination: string): Tried {
  return { settings: project.destinations.get(destination), loopback: loopbackRule(project, destination) }
}

/** As a destination would have it. Throws what the schema throws. */
export function triedNowhereYet(credential: string, account: TestAccount): Tried {
  return { settings: zendeskSettings.parse({ plugin: 'zendesk', credential, ...account }), loopback: 'listed' }
}

/** Tests one connection, stage by stage; the last word is also kept as the credential's health. */
export async function* connectionStages(
  { env, onTested }: TestParts,
  project: Project,
  { settings, loopback }: Tried,
  onBegin?: (begun: StageBegun) => void,
): AsyncGenerator<Stage> {
  const credential = settings === undefined ? undefined : project.credentials.get(settings.credential)
  if (settings === undefined || credential === undefined)
    throw new Problem('internal.bug', { message: 'A destination or its credential is not in the project.' })
  let failed: Problem | null = null
  for await (const stage of testConnection(settings, credential, { env, loopback }, onBegin)) {
    failed = stage.problem ?? null
    yield shownStage(stage)
  }
  await onTested(settings.credential, failed)
}

function shownStage({ stage, title, outcome, detail, problem }: CheckStage): Stage {
  return {
    stage,
    title,
    outcome,
    detail,
    problem: problem === undefined ? null : { code: problem.code, message: problem.message, fix: problem.fix },
  }
}
