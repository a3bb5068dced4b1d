import type { Json } from '../../problem.ts'
import { asProblem } from '../../problem.ts'
import type { AccountFacts, CheckStage, QueryColumns, StageBegun } from '../destination.ts'
import type { Api } from './api.ts'
import type { AccountDefinition } from './column-findings.ts'
import { columnFindings, columnNotes, refuseInactive } from './column-findings.ts'
import { mapColumns } from './columns.ts'
import type { UserField } from './fields.ts'
import { isUnchecked, readUserField } from './fields.ts'
import { object, textOf } from './json.ts'
import type { Limiter } from './limits.ts'
import { readAll } from './pages.ts'
import { readProtectedPeople, whoAmI } from './people.ts'
import { unexpectedAnswer } from './problems.ts'
import type { ZendeskCredential, ZendeskSettings } from './settings.ts'
import { recordNamed } from './shapes.ts'

/** The account's active user fields, in its order, and the keys of the others. Throws Problem. */
async function readUserFields(api: Api): Promise<{ fields: UserField[]; inactive: string[] }> {
  const items = await readAll(api, '/api/v2/user_fields', 'user_fields', 'reading user fields')
  return {
    fields: items.map(readUserField).filter((field) => field !== null),
    inactive: items
      .filter((item) => item.active === false)
      .map((item) => textOf(item.key))
      .filter((key) => key !== null),
  }
}

/**
 * `settings.user` of the account. They only tell what to say about columns, so a credential that may not read them can deliver all
 * the same: null. Throws Problem.
 */
async function readUserSettings(api: Api): Promise<Record<string, Json> | null> {
  try {
    const body = await api.get('/api/v2/account/settings', 'reading account settings', recordNamed('settings'))
    return object(object(body.settings)?.user) ?? {}
  } catch (error) {
    if (asProblem(error).code === 'zendesk.permission_denied') return null
    throw error
  }
}

/** What of the account decides about columns. Throws Problem. */
export async function readDefinition(api: Api): Promise<AccountDefinition> {
  await whoAmI(api)
  return { ...(await readUserFields(api)), userSettings: await readUserSettings(api) }
}

/** Everything that a plan needs to know; GETs only. Throws Problem. */
export async function readAccount(api: Api, limiter: Limiter, settings: ZendeskSettings): Promise<AccountFacts> {
  const definition = await readDefinition(api)
  const protectedPeople = settings.protect_agents
    ? await readProtectedPeople(api)
    : { zendeskIds: [], externalIds: [], emails: [] }
  return {
    mapColumns(columns) {
      refuseInactive(columns, settings, definition)
      return mapColumns(columns, settings, definition.fields)
    },
    columnNotes: (columns) => columnNotes(columns, settings, definition),
    protectedPeople,
    requestsPerMinute: limiter.accountLimit(),
  }
}

/** One stage that is done; several lines make several stages. */
type Stage = { stage: string; title: string; run: () => Promise<string | { note: string }> }

/** What the stages of a check learn. */
type Learnt = { -readonly [Key in keyof AccountDefinition]: AccountDefinition[Key] }

interface Checked {
  api: Api
  limiter: Limiter
  settings: ZendeskSettings
  credential: ZendeskCredential
}

/** See `Connection.check`: reaches, signs in, reads, says what can only be known later, and goes through the columns of queries. */
export async function* checkAccount(
  { api, limiter, settings, credential }: Checked,
  queries?: AsyncIterable<QueryColumns>,
  onBegin: (begun: StageBegun) => void = () => {},
): AsyncGenerator<CheckStage> {
  const learnt: Learnt = { fields: [], inactive: [], userSettings: null }
  for (const { stage, title, run } of stages(api, limiter, credential, learnt)) {
    onBegin({ stage, title })
    try {
      const said = await run()
      const note = typeof said !== 'string'
      yield { stage, title, outcome: note ? 'note' : 'ok', detail: note ? said.note : said }
    } catch (error) {
      const problem = asProblem(error)
      yield { stage, title, outcome: 'failed', detail: problem.message, problem }
      return
    }
  }
  for await (const query of queries ?? []) {
    for (const stage of queryStages(query, settings, learnt)) {
      yield stage
      if (stage.outcome === 'failed') return
    }
  }
}

/** A query and each of its columns; ends with a failed stage when it cannot be sent as it is. */
function* queryStages(
  { name, columns }: QueryColumns,
  settings: ZendeskSettings,
  account: AccountDefinition,
): Generator<CheckStage> {
  const stage = 'query'
  const title = `Query ${name}`
  try {
    const findings = columnFindings(columns, settings, account)
    yield { stage, title, outcome: 'ok', detail: `${columns.length} column${columns.length === 1 ? '' : 's'}` }
    for (const { column, feeds, isSent, notes } of findings) {
      const outcome = isSent && notes.length === 0 ? 'ok' : 'note'
      yield { stage: 'column', title: column, outcome, detail: [feeds, ...notes].join('. ') }
    }
    refuseInactive(columns, settings, account)
    mapColumns(columns, settings, account.fields)
  } catch (error) {
    const problem = asProblem(error)
    yield { stage, title, outcome: 'failed', detail: problem.message, problem }
  }
}

function stages(api: Api, limiter: Limiter, credential: ZendeskCredential, learnt: Learnt): Stage[] {
  const list: Stage[] = [
    { stage: 'reach', title: 'Reach the account', run: () => reach(api) },
    { stage: 'sign_in', title: 'Sign in', run: () => signIn(api, limiter) },
    { stage: 'fields', title: 'Read user fields', run: () => fieldsStage(api, learnt) },
    { stage: 'settings', title: 'Read account settings', run: () => settingsStage(api, learnt) },
    {
      stage: 'bulk_import',
      title: 'Bulk user import',
      run: async () => ({
        note: 'Zendesk tells only at the first delivery whether bulk user import is enabled. It is off until Zendesk Customer Support enables it.',
      }),
    },
  ]
  if (credential.type === 'zendesk') {
    list.push({
      stage: 'api_token',
      title: 'API token',
      run: async () => ({
        note: 'Zendesk issues no new API tokens since 2026-10-27 and switches all of them off on 2027-04-30. Move to an OAuth client (type: zendesk_oauth).',
      }),
    })
  }
  return list
}

/** Anonymous requests read as 200 with a user without an id, on every Zendesk account and nowhere else; some answer 401. */
async function reach(api: Api): Promise<string> {
  try {
    const body = await api.probe('/api/v2/users/me', 'reaching the account')
    if (object(body.user) === undefined)
      throw unexpectedAnswer('reaching the account', 'it does not look like Zendesk', 200)
  } catch (error) {
    const problem = asProblem(error)
    if (problem.code !== 'zendesk.credentials_rejected' && problem.code !== 'zendesk.permission_denied') throw problem
  }
  return api.origin
}

/** Plans by the requests a minute that they allow: https://developer.zendesk.com/api-reference/introduction/rate-limits/ */
const plans: Record<number, string> = {
  10: 'Support Essential',
  200: 'Team',
  400: 'Growth and Professional',
  700: 'Enterprise',
  2500: 'Enterprise Plus, or with the High Volume API add-on',
}

async function signIn(api: Api, limiter: Limiter): Promise<string> {
  const me = await whoAmI(api)
  const limit = limiter.accountLimit()
  const plan = limit === null ? undefined : plans[limit]
  const as = plan === undefined ? '' : ` (as ${plan})`
  const pace = limit === null ? '' : `; the account allows ${limit} requests a minute${as}`
  return `signed in as ${me.role} (user ${me.id})${pace}`
}

async function fieldsStage(api: Api, learnt: Learnt): Promise<string | { note: string }> {
  const { fields, inactive } = await readUserFields(api)
  Object.assign(learnt, { fields, inactive })
  const off = inactive.length === 0 ? '' : `, ${inactive.length} switched off`
  const said = `${fields.length} active user fields${off}`
  const unchecked = fields.filter(isUnchecked).map((field) => field.key)
  if (unchecked.length === 0) return said
  return {
    note: `${said}; values of ${unchecked.join(', ')} go to Zendesk unchecked, because their pattern is Ruby's alone`,
  }
}

async function settingsStage(api: Api, learnt: Learnt): Promise<string | { note: string }> {
  const user = await readUserSettings(api)
  learnt.userSettings = user
  if (user === null) return { note: 'The credential may not read them; Deskside works without.' }
  if (user.end_user_phone_number_validation === true) {
    return { note: 'Zendesk checks phone numbers of end users and may refuse what is not E.164.' }
  }
  return user.agent_created_welcome_emails === true
    ? 'Zendesk mails new users by default; Deskside always asks it not to'
    : 'readable'
}
