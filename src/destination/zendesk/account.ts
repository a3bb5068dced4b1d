import type { Json } from '../../problem.ts'
import { asProblem } from '../../problem.ts'
import type { AccountFacts, CheckStage } from '../destination.ts'
import type { Api } from './api.ts'
import { mapColumns } from './columns.ts'
import type { UserField } from './fields.ts'
import { isUnchecked, readUserField } from './fields.ts'
import { object } from './json.ts'
import type { Limiter } from './limits.ts'
import { readAll } from './pages.ts'
import { readProtectedPeople, whoAmI } from './people.ts'
import { unexpectedAnswer } from './problems.ts'
import type { ZendeskCredential, ZendeskSettings } from './settings.ts'

/** The account's active user fields, in its order. Throws Problem. */
async function readUserFields(api: Api): Promise<UserField[]> {
  const items = await readAll(api, '/api/v2/user_fields', 'user_fields', 'reading user fields')
  return items.map(readUserField).filter((field) => field !== null)
}

/** `settings.user` of the account. Throws Problem. */
async function readUserSettings(api: Api): Promise<Record<string, Json>> {
  const body = await api.get('/api/v2/account/settings', 'reading account settings')
  return object(object(body.settings)?.user) ?? {}
}

/** Everything that a plan needs to know; GETs only. Throws Problem. */
export async function readAccount(api: Api, limiter: Limiter, settings: ZendeskSettings): Promise<AccountFacts> {
  await whoAmI(api)
  const fields = await readUserFields(api)
  const protectedPeople = settings.protect_agents
    ? await readProtectedPeople(api)
    : { zendeskIds: [], externalIds: [], emails: [] }
  return {
    mapColumns: (columns) => mapColumns(columns, settings, fields),
    protectedPeople,
    requestsPerMinute: limiter.accountLimit(),
  }
}

/** One stage that is done; several lines make several stages. */
type Stage = { stage: string; title: string; run: () => Promise<string | { note: string }> }

/** See `Connection.check`: reaches, signs in, reads, and says what can only be known later. */
export async function* checkAccount(
  api: Api,
  limiter: Limiter,
  credential: ZendeskCredential,
): AsyncGenerator<CheckStage> {
  for (const { stage, title, run } of stages(api, limiter, credential)) {
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
}

function stages(api: Api, limiter: Limiter, credential: ZendeskCredential): Stage[] {
  const list: Stage[] = [
    { stage: 'reach', title: 'Reach the account', run: () => reach(api) },
    { stage: 'sign_in', title: 'Sign in', run: () => signIn(api, limiter) },
    { stage: 'fields', title: 'Read user fields', run: () => fieldsStage(api) },
    { stage: 'settings', title: 'Read account settings', run: () => settingsStage(api) },
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

async function signIn(api: Api, limiter: Limiter): Promise<string> {
  const me = await whoAmI(api)
  const limit = limiter.accountLimit()
  const pace = limit === null ? '' : `; the account allows ${limit} requests a minute`
  return `signed in as ${me.role} (user ${me.id})${pace}`
}

async function fieldsStage(api: Api): Promise<string | { note: string }> {
  const fields = await readUserFields(api)
  const said = `${fields.length} active user fields`
  const unchecked = fields.filter(isUnchecked).map((field) => field.key)
  if (unchecked.length === 0) return said
  return {
    note: `${said}; values of ${unchecked.join(', ')} go to Zendesk unchecked, because their pattern is Ruby's alone`,
  }
}

async function settingsStage(api: Api): Promise<string | { note: string }> {
  const user = await readUserSettings(api)
  if (user.end_user_phone_number_validation === true) {
    return { note: 'Zendesk checks phone numbers of end users and may refuse what is not E.164.' }
  }
  return user.agent_created_welcome_emails === true
    ? 'Zendesk mails new users by default; Deskside always asks it not to'
    : 'readable'
}
