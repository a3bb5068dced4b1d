import type { Json, ProblemCode } from '../problem.ts'
import type { Resolution } from './control.ts'

/** What a resolution may name: keys of the objects that the workflow uses. */
export interface Involved {
  orchestration: string
  credential: string | null
  destination: string | null
  query: string | null
}

type Way = (involved: Involved) => Resolution

/** Goes on from the task that failed, with the configuration as it is then. */
const RETRY =
  'Come back here and choose Resolve: the workflow goes on from the task that failed, with the configuration as it is then.'

const credentialPage = ({ credential }: Involved) =>
  credential === null ? '/credentials' : `/credentials/${credential}`
const destinationPage = ({ destination }: Involved) =>
  destination === null ? '/destinations' : `/destinations/${destination}`

interface Words {
  title: string
  causes: string[]
  steps: string[]
  page?: (involved: Involved) => string
}

function way(id: string, action: Resolution['action'], { title, causes, steps, page }: Words): Way {
  return (involved) => ({ id, title, causes, steps, action, page: page?.(involved) ?? null })
}

const authorizationError = way('authorization_error', 'retry', {
  title: 'Authorization error',
  causes: [
    'The e-mail address or the token of the credential is not right.',
    'The token was deleted in Zendesk.',
    'The e-mail address belongs to nobody there any more, or to somebody without the right to manage users.',
  ],
  steps: [
    'Open the credential in another tab.',
    'In Zendesk, look whether the person of the credential is still an agent and may manage end users.',
    'Make a new token or OAuth client there if the old one is gone. A token goes with the e-mail address of the person who made it: change both.',
    'Save the credential; its connection is tested.',
    RETRY,
  ],
  page: credentialPage,
})

const invalidCredentials = way('invalid_credentials', 'retry', {
  title: 'Invalid credentials',
  causes: ['Zendesk refused the sign-in: the secret was changed, has expired, or was copied incompletely.'],
  steps: [
    'Open the credential.',
    'Compare it with Zendesk and correct it.',
    'Save it; its connection is tested.',
    RETRY,
  ],
  page: credentialPage,
})

const retiredToken = way('token_retired', 'retry', {
  title: 'Token retired',
  causes: [
    'Zendesk issues no API tokens since 2026-10-27 and switches all of them off on 2027-04-30.',
    'A token that nobody has used for 30 days is switched off earlier.',
  ],
  steps: [
    'In Zendesk, make an OAuth client with the client credentials grant.',
    'Add a credential of type zendesk_oauth and choose it in the destination.',
    RETRY,
  ],
  page: credentialPage,
})

const unknownSubdomain = way('subdomain_unknown', 'retry', {
  title: 'Subdomain unknown',
  causes: ['The subdomain is misspelled.', 'The account was renamed, suspended or closed.'],
  steps: ['Open the destination.', 'Correct the subdomain: the part before .zendesk.com.', RETRY],
  page: destinationPage,
})

const bulkImportOff = way('bulk_import_off', 'retry', {
  title: 'Bulk import not enabled',
  causes: ['Zendesk enables bulk import of users for each account on request; for this account it is off.'],
  steps: ['Ask Zendesk Customer Support to enable bulk user import for the account.', RETRY],
})

const oneByOne = way('one_by_one', 'one_by_one', {
  title: 'Send people one by one',
  causes: ['Without bulk import people can be sent singly, about one a second.'],
  steps: ['Choose Resolve: this destination sends one by one from now on, until you change the setting back.'],
  page: destinationPage,
})

const waited = (id: string, title: string, causes: string[]): Way =>
  way(id, 'retry', { title, causes, steps: ['Look at the status of Zendesk and at the network.', RETRY] })

const rateLimitStarved = way('rate_limit_starved', 'retry', {
  title: 'Rate limit starved',
  causes: [
    'Other integrations use up the requests of the account, so that nothing was settled for an hour.',
    'Zendesk works off jobs very slowly, or not at all.',
  ],
  steps: [
    'In Zendesk, look which integrations make most requests, and when.',
    'Schedule this orchestration for a quieter hour, or give it a larger share (`limits.api_budget` of the destination).',
    RETRY,
  ],
  page: destinationPage,
})

const sql = (id: string, title: string, causes: string[]): Way =>
  way(id, 'retry', {
    title,
    causes,
    steps: ['Correct the query; deskside.yml and its SQL files come with `deskside apply`.', RETRY],
    page: ({ query }) => (query === null ? '/queries' : `/queries/${query}`),
  })

const data = (id: string, title: string, causes: string[]): Way =>
  way(id, 'retry', { title, causes, steps: ['Repair the source.', RETRY] })

const setting = (id: string, title: string, causes: string[]): Way =>
  way(id, 'retry', { title, causes, steps: ['Correct the object that is named above.', RETRY], page: destinationPage })

const approve = (title: string, cause: string): Way =>
  way('approve', 'approve', {
    title,
    causes: [cause],
    steps: ['Look at the plan.', 'If it is right, choose Approve: exactly this plan is sent, this once.'],
  })

const planAgain = way('plan_again', 'retry', {
  title: 'Plan again',
  causes: ['The source was wrong and is repaired by now, or the limit of the guard was.'],
  steps: [
    'Repair the source, or change the guard of the destination.',
    'Choose Resolve: the query is run and planned anew.',
  ],
  page: destinationPage,
})

const guard = (title: string, cause: string): Way[] => [approve(title, cause), planAgain]

const countAgain = way('plan_again', 'retry', {
  title: 'Plan again',
  causes: ['The source was wrong and is repaired by now, or the alert of the orchestration was.'],
  steps: [
    'Repair the source, or change the alerts of the orchestration.',
    'Choose Resolve: the query is run and planned anew.',
  ],
  page: ({ orchestration }) => `/orchestrations/${orchestration}`,
})

const rowGuard = (title: string, cause: string): Way[] => [approve(title, cause), countAgain]

const goOn = way('continue', 'retry', {
  title: 'Go on',
  causes: ['The workflow was stopped.'],
  steps: ['Choose Resolve: it goes on where it stopped, and nothing is sent twice.'],
})

const room = way('make_room', 'retry', {
  title: 'No room left',
  causes: ['The disk or the memory of the server is used up.'],
  steps: ['Make room on the machine of the server.', RETRY],
})

const report = way('report', 'retry', {
  title: 'Something is wrong in Deskside',
  causes: ['A bug of Deskside. Nothing was lost.'],
  steps: ['Report it with the text of the problem.', RETRY],
})

const createFields = way('create_fields', 'create_fields', {
  title: 'Create the missing fields',
  causes: ['The query has a column for a user field that the account does not have.'],
  steps: ['Choose Resolve: the fields are created as text fields in Zendesk, and the workflow goes on.'],
})

const correctColumn = sql('correct_column', 'Correct the column', [
  'The column is misspelled, or the field was removed in Zendesk.',
])

/** Problems that no workflow ends with: they are told where they happen. */
const none: Way[] = []

/** The ways out of each problem, the most likely first. */
const ways: Record<ProblemCode, Way[]> = {
  'usage.invalid': none,
  'project.not_found': none,
  'project.not_empty': none,
  'project.locked': [goOn],
  'project.network_disk': none,
  'project.newer': none,
  'project.state_broken': none,
  'project.disk_full': [room],
  'project.out_of_memory': [room],
  'config.invalid': [
    setting('configuration', 'Configuration not valid', ['An object that the workflow uses has a mistake.']),
  ],
  'config.variable_missing': [
    setting('variable_missing', 'Variable missing', [
      'A variable of the credential, or of the source of a table, is not set for the server.',
    ]),
  ],
  'config.unknown_object': [
    setting('object_missing', 'Object missing', ['An object that the workflow uses was deleted.']),
  ],
  'config.which_database': none,
  'store.conflict': none,
  'store.not_found': none,
  'store.newer': none,
  'store.unreachable': [goOn],
  'store.not_empty': none,
  'backup.broken': none,
  'access.denied': none,
  'access.unauthenticated': none,
  'access.key_unusable': none,
  'access.secret_broken': [
    setting('secret_broken', 'Secret not readable', ['A stored secret was damaged. Enter it again.']),
  ],
  'access.too_many_attempts': none,
  'access.no_administrator': none,
  'access.disabled': none,
  'access.link_over': none,
  'access.last_administrator': none,
  'access.provider_unreachable': none,
  'access.provider_refused': none,
  'access.provider_not_trusted': none,
  'access.provider_claims': none,
  'access.sign_in_over': none,
  'access.no_public_url': none,
  'access.key_missing': [
    setting('key_missing', 'Key missing', [
      'The key that the secrets were encrypted with is not on the machine of the server.',
    ]),
  ],
  'api.invalid': none,
  'api.not_found': none,
  'api.precondition_required': none,
  'api.key_reused': none,
  'api.key_busy': none,
  'server.file_refused': none,
  'definition.invalid': [setting('configuration', 'Configuration not valid', ['Stored objects do not fit together.'])],
  'definition.from_git': none,
  'definition.in_use': none,
  'upload.refused': none,
  'upload.too_large': none,
  'workflow.not_now': none,
  'server.running': none,
  'server.stopping': [goOn],
  'server.lost': [goOn],
  'query.invalid': [
    sql('query_invalid', 'Query not valid', [
      'A table or a column is missing or was renamed.',
      'Values of different types are compared.',
      'The SQL has a mistake.',
    ]),
  ],
  'segment.invalid': [
    setting('segment_invalid', 'Segment not valid', [
      'A column of the attributes table was removed, renamed, or has another type now.',
      'A segment or a list that it names is not there.',
    ]),
  ],
  'query.not_one_select': [
    sql('not_one_select', 'Not one SELECT', ['The query is something else than one SELECT statement.']),
  ],
  'query.forbidden': [
    sql('query_forbidden', 'Forbidden in queries', ['The query reaches for more than the declared tables.']),
  ],
  'query.failed': [
    data('query_failed', 'Query failed on a value', ['A value of the source cannot be cast or computed with.']),
    sql('tolerate_value', 'Make the query tolerate it', ['TRY_CAST gives NULL where CAST fails.']),
  ],
  'query.timed_out': [
    sql('query_too_slow', 'Query too slow', ['It took longer than `database.limits.timeout_minutes`.']),
  ],
  'query.too_many_rows': none,
  'query.out_of_memory': [
    sql('query_too_large', 'Query too large', ['It needed more than `database.limits.memory_mb`.']),
  ],
  'query.duplicate_column': [
    sql('duplicate_column', 'Two columns of one name', ['Two columns of the result have the same name.']),
  ],
  'source.missing': [data('file_missing', 'File missing', ['The export has not come, or under another name.'])],
  'source.unreadable': [
    data('file_unreadable', 'File not readable', ['The file is cut off, empty, or in another format.']),
  ],
  'source.unreachable': [
    data('database_unreachable', 'Database not reachable', [
      'The database of a source does not answer, or has cut the connection.',
      'The address in the URL of the source is not right.',
    ]),
  ],
  'source.refused': [
    data('database_refused', 'Refused by the database', [
      'User or password in the URL of the source are not right.',
      'The role of the source may not read the table.',
    ]),
  ],
  'source.locked': [data('table_locked', 'Table locked', ['Somebody is changing the table in its database.'])],
  'source.changed': [
    data('file_changed', 'File changed meanwhile', ['Something wrote to the file while it was read.']),
  ],
  'mapping.no_identity': [
    sql('no_identity', 'Nothing to know people by', ['The query has no column `external_id` or `email`.']),
  ],
  'mapping.no_name': [sql('no_name', 'No names', ['The query has no column `name`.'])],
  'mapping.no_country_column': [
    setting('no_country_column', 'Country column missing', ['`country_column` names a column that the query lacks.']),
  ],
  'mapping.refused_attribute': [
    sql('refused_column', 'Column that is never sent', ['The query has a column such as `role`.']),
  ],
  'mapping.duplicate_attribute': [
    sql('duplicate_attribute', 'Two columns for one attribute', ['Two columns stand for the same attribute.']),
  ],
  'guard.empty_source': guard('Send an empty result', 'The query gave no rows. Usually an export failed.'),
  'guard.max_changed': guard('Send that many changes', 'More people would change than the guard allows.'),
  'guard.max_created': guard('Create that many people', 'More people would be created than the guard allows.'),
  'guard.max_cleared': guard('Clear that many values', 'More values would be cleared than the guard allows.'),
  'guard.max_exits': guard('Let that many people leave', 'More people have left the result than the guard allows.'),
  'guard.rows_below': rowGuard(
    'Send so few rows',
    'The result has fewer rows than the alert of the orchestration allows.',
  ),
  'guard.rows_above': rowGuard(
    'Send so many rows',
    'The result has more rows than the alert of the orchestration allows.',
  ),
  'guard.rows_changed': rowGuard(
    'Send another number of rows',
    'The number of rows differs from that of the last completed run by more than the alert of the orchestration allows.',
  ),
  'orchestration.paused': [
    way('resume_first', 'retry', {
      title: 'Orchestration paused',
      causes: ['A run was taken back, and the next one would send the same again.'],
      steps: ['Resume the orchestration when it may run again.', RETRY],
    }),
  ],
  'plan.other_account': [
    setting('other_account', 'Other account', ['The destination points to another account than the run.']),
  ],
  'plan.not_found': [planAgain],
  'plan.stale': [planAgain],
  'workflow.not_found': none,
  'workflow.stopped': [goOn],
  'workflow.out_of_patience': [rateLimitStarved],
  'records.gone': none,
  'zendesk.unreachable': [
    waited('unreachable', 'Zendesk out of reach', ['The network, a proxy or Zendesk itself is down.']),
  ],
  'zendesk.unknown_subdomain': [unknownSubdomain],
  'zendesk.base_url_refused': [
    setting('address_refused', 'Address refused', ['`base_url` is no address that requests may go to.']),
  ],
  'zendesk.redirected': [unknownSubdomain],
  'zendesk.credentials_rejected': [invalidCredentials, retiredToken],
  'zendesk.token_expired': [invalidCredentials, retiredToken],
  'zendesk.anonymous': [invalidCredentials, retiredToken],
  'zendesk.not_an_agent': [authorizationError],
  'zendesk.permission_denied': [authorizationError],
  'zendesk.bulk_import_disabled': [bulkImportOff, oneByOne],
  'zendesk.unknown_user_field': [createFields, correctColumn],
  'zendesk.field_conflict': [
    setting('field_conflict', 'Field differs', ['The account has a field of that key with another type.']),
  ],
  'zendesk.fields_changed': [goOn],
  'zendesk.field_refused': [
    setting('field_refused', 'Field refused', ['Zendesk does not take the field as it is declared.']),
  ],
  'zendesk.fields_not_seen': [goOn],
  'zendesk.account_changed': [
    setting('account_changed', 'Another account', [
      'The subdomain belongs to another account now, or the sandbox was refreshed: people delivered before are not there.',
    ]),
  ],
  'zendesk.maintenance': [waited('maintenance', 'Zendesk under maintenance', ['Zendesk is being maintained.'])],
  'zendesk.unexpected_answer': [
    waited('unexpected_answer', 'Unexpected answer', ['Zendesk or a proxy answered with something else.']),
    report,
  ],
  'internal.bug': [report],
}

/** The ways out of a problem. One that is approved needs a plan; the caller leaves out what does not apply. */
export function resolutionsOf(code: ProblemCode, involved: Involved, data: Json = null): Resolution[] {
  const mistake = code === 'query.invalid' ? mistakeOf(data) : null
  const special = mistake === null ? none : (mistakeWays.get(mistake) ?? none)
  return [...special, ...ways[code]].map((make) => make(involved))
}

/** What is wrong with a query, where that is known: comes before the ways of every `query.invalid`. */
const mistakeWays: ReadonlyMap<string, Way[]> = new Map(
  Object.entries({
    column: [
      sql('column_unresolved', 'Column cannot be resolved', [
        'A column of the query is misspelled, or was renamed or left out in the source.',
        'A text stands between double quotes, which are for names.',
      ]),
    ],
    table: [
      sql('table_missing', 'Cannot select data from missing tables', [
        'The query reads a table that the configuration does not declare, or declares under another name.',
      ]),
    ],
    types: [
      sql('types_mismatch', 'Mismatched data types', [
        'Values of different types are compared or computed with, such as a text and a number.',
        'A column of the source has become text because one of its values is no number or date.',
      ]),
    ],
    function: [
      sql('function_unknown', 'Unknown function', ['A function is misspelled, or belongs to another database.']),
    ],
    grouping: [
      sql('grouping', 'Column missing from GROUP BY', ['A column stands beside an aggregate, but not in GROUP BY.']),
    ],
  }),
)

/** What to do about rows that were not sent, by reason; the reasons' own sentences say what is wrong. */
const rowFixes: Record<string, string> = {
  missing_name: 'Give these rows a name in the source, or a fallback in the query.',
  name_too_long: 'Shorten the names in the query: Zendesk takes 255 characters.',
  missing_identity: 'Give these rows an external_id or an e-mail address.',
  invalid_email: 'Correct the addresses in the source, or leave them out in the query.',
  email_conflict: 'Decide in the query whose address it is, or set `email_conflicts: omit_email`.',
  is_agent: 'Nothing to do: agents and admins are left alone. Leave them out of the query to see fewer rows here.',
  'zendesk.refused': "Read Zendesk's words in the records of the run, and correct the values.",
  'zendesk.duplicate_value': 'Find out in Zendesk who has the value, and merge or correct one of the two.',
}

export function rowGroup(row: { code: string; rows: number; reason: string }): {
  code: string
  rows: number
  reason: string
  fix: string
} {
  const fix = rowFixes[row.code] ?? 'Look at the records of the run, and correct the values in the source or the query.'
  return { ...row, fix }
}

/** Texts of a problem as it is stored with a header. */
export function problemBody(problem: { code: string; message: string; fix: string; data?: Json }): {
  [key: string]: Json
} {
  const { code, message, fix } = problem
  const mistake = mistakeOf(problem.data)
  return { code, message, fix, ...(mistake === null ? {} : { data: { mistake } }) }
}

/** Of what kind the mistake of a query is, where that is known. */
function mistakeOf(data: Json | undefined): string | null {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return null
  return typeof data.mistake === 'string' ? data.mistake : null
}
