/**
 * The one error class of Deskside. A `Problem` says what happened, who must act, whether the outside world changed, and what to
 * do next. Codes form a table, not a class hierarchy: everything that shows a problem (terminal, JSON, later HTTP) reads it alike.
 */

/** Who has to act: the person running Deskside, the owner of the source data, the destination's owner, or the maintainers. */
export type Who = 'you' | 'source' | 'destination' | 'us'

/** Did the outside world change? Decides how a run resumes; never derived from an HTTP status. */
export type Effect = 'none' | 'partial' | 'unknown'

interface Entry {
  who: Who
  /** Can the same command succeed later without a change by anybody? */
  retry: 'never' | 'later'
  /** 2 = usage or configuration, 1 = stopped by a problem. */
  exit: 1 | 2
  /** Imperative sentence used when the thrower gives no better one. */
  fix: string
}

const you = (fix: string, exit: 1 | 2 = 1): Entry => ({ who: 'you', retry: 'never', exit, fix })
const source = (fix: string): Entry => ({ who: 'source', retry: 'never', exit: 1, fix })
const destination = (fix: string, retry: Entry['retry'] = 'never'): Entry => ({
  who: 'destination',
  retry,
  exit: 1,
  fix,
})

/** Every code that stops something. Row-level reasons stand in {@link rowReasons}. */
export const problems = {
  'usage.invalid': you('Run `deskside --help` to see the commands and their options.', 2),
  'project.not_found': you('Run `deskside init`, or name the folder of deskside.yml with --project.', 2),
  'project.not_empty': you('Choose an empty folder, or remove the files named above.', 2),
  'project.locked': you(
    'Wait until the other Deskside process of this project ends, or stop it; then run the same command.',
  ),
  'project.network_disk': you('Move the project to a local disk, then start again.', 2),
  'project.newer': you('Use the Deskside release that wrote this project, or a newer one.'),
  'project.state_broken': you('Restore .deskside from a backup; nothing was sent.'),
  'project.disk_full': you('Make room on the disk of .deskside, then run the same command to continue.'),
  'project.out_of_memory': you(
    'Send fewer people at a time: narrow the query, run it, then widen it again; people delivered before cost little.',
  ),
  'config.invalid': you('Correct deskside.yml at the places named above, then run `deskside validate`.', 2),
  'config.variable_missing': you('Set the variable in the environment or in a .env file beside deskside.yml.', 2),
  'config.unknown_object': you('Use one of the names that deskside.yml defines.', 2),
  'config.which_database': you('Name the database: with --database, or before the name of the table and a dot.', 2),
  'store.conflict': you('Read the object again, look at what has changed, and repeat the change.'),
  'store.not_found': you('List the objects to see which there are.', 2),
  'store.newer': you('Use the Deskside release that wrote the control store, or a newer one.'),
  'store.unreachable': you('Check DESKSIDE_DATABASE_URL and that PostgreSQL answers; then run the same command.'),
  'store.not_empty': you('Restore into an empty folder (and an empty database).', 2),
  'backup.broken': you('Use another backup: this one is not whole.', 2),
  'access.denied': you('Ask an administrator for the right to do this.'),
  'access.unauthenticated': you('Sign in, or send an API key as `Authorization: Bearer <key>`.'),
  'access.too_many_attempts': you('Wait a little, then sign in again.'),
  'access.no_administrator': you(
    'Use the set-up link that `deskside serve` prints, or run `deskside admin <e-mail>` on the machine of the server.',
  ),
  'access.disabled': you('Ask an administrator to enable the user again.'),
  'access.link_over': you('Ask whoever sent the link for a new one.'),
  'access.last_administrator': you('Make somebody else an administrator first.'),
  'access.provider_unreachable': {
    who: 'you',
    retry: 'later',
    exit: 1,
    fix: 'Wait until the identity provider answers again, then sign in anew. Whoever has a password can sign in with it meanwhile.',
  },
  'access.provider_refused': you(
    'Sign in again. If that does not help, compare client id, client secret and redirect URI with those at the identity provider.',
  ),
  'access.provider_not_trusted': you(
    'Sign in again. If it stays so, compare the issuer and the client id with those at the identity provider.',
  ),
  'access.provider_claims': you('Make the identity provider send the claim that is named above.'),
  'access.sign_in_over': you('Sign in again, and end it within 10 minutes in the same browser.'),
  'access.no_public_url': you(
    'Set DESKSIDE_PUBLIC_URL to the https address under which people reach the server, and start it again.',
  ),
  'access.key_missing': you(
    'Set DESKSIDE_SECRET_KEY, or put the key file back that the secrets were encrypted with; then start again.',
  ),
  'access.key_unusable': you(
    'Set DESKSIDE_SECRET_KEY to 32 bytes in base64 (`openssl rand -base64 32`), or mend .deskside/secret.key.',
    2,
  ),
  'access.secret_broken': you('Set the secret again: what is stored under its name cannot be opened.'),
  'api.invalid': you('Correct the request at the places named above.'),
  'api.not_found': you('See the reference at /api/docs for the paths there are.'),
  'api.precondition_required': you('Send `If-Match` with the ETag that you read the object with.'),
  'api.key_reused': you('Use a new Idempotency-Key for another request.'),
  'api.key_busy': you('Wait until the first request with this Idempotency-Key has its answer, then send it again.'),
  'definition.invalid': you('Correct the fields named above.'),
  'definition.from_git': you('Change deskside.yml and run `deskside apply`: this object comes from there.'),
  'definition.in_use': you('Take it out of the objects named above first.'),
  'upload.refused': you('Correct the file as said above, then upload it again.'),
  'upload.too_large': you(
    'Send a smaller file, or raise DESKSIDE_UPLOAD_LIMIT_MIB of the server; a large table can also be named in deskside.yml.',
  ),
  'workflow.not_now': you('Look at the state of the workflow: this cannot be done in it.'),
  'server.running': you('Stop the server of this project first, or use the one that runs.'),
  'server.file_refused': you(
    'Stop the server if one runs, remove .deskside/server.json, and start it again: it gets a new token.',
  ),
  'server.stopping': you('Wait until the server is up again, then repeat the request.'),
  'server.lost': you('Look whether the server still runs, then run the same command: its workflows go on.'),
  'query.invalid': you('Correct the SQL at the place named above.'),
  'segment.invalid': you('Correct the rules or names at the places named above.'),
  'query.not_one_select': you('Write the query as one SELECT (or WITH ... SELECT) statement.'),
  'query.forbidden': you('Read only the tables that deskside.yml declares.'),
  'query.failed': source('Correct the value in the source or make the query tolerate it (for instance with TRY_CAST).'),
  'query.timed_out': you('Make the query cheaper, or raise database.limits in deskside.yml.'),
  'query.too_many_rows': you('Give the query fewer rows, or send it by an orchestration.'),
  'query.out_of_memory': you('Make the query smaller, or raise database.limits in deskside.yml.'),
  'query.duplicate_column': you('Give each column of the query a name of its own.'),
  'source.missing': source('Put the file where deskside.yml says, or correct the path.'),
  'source.unreadable': source('Correct the file at the place named above.'),
  'source.unreachable': {
    who: 'source',
    retry: 'later',
    exit: 1,
    fix: 'Check that the database answers under the URL of the source, then run the same command.',
  },
  'source.refused': source('Correct user and password in the URL of the source, or what its role may read.'),
  'source.locked': {
    who: 'source',
    retry: 'later',
    exit: 1,
    fix: 'Wait until whoever changes the table is done (pg_stat_activity tells who), then run the same command.',
  },
  'source.changed': source('Run again when nothing writes to the file any more.'),
  'mapping.no_identity': you('Give the query a column `external_id` or `email`.'),
  'mapping.no_name': you('Give the query a column `name`.'),
  'mapping.no_country_column': you('Give the query the column that `country_column` names, or remove that setting.'),
  'mapping.refused_attribute': you('Remove the column from the query, or alias it to a name that is not sent.'),
  'mapping.duplicate_attribute': you('Keep one of the columns that stand for the same attribute.'),
  'guard.empty_source': source('Check the source; if it is right to send nothing, run again with --approve.'),
  'guard.max_changed': you('Look at the plan; if it is right, run again with --approve.'),
  'guard.max_created': you('Look at the plan; if it is right, run again with --approve.'),
  'guard.max_cleared': you('Look at the plan; if it is right, run again with --approve.'),
  'guard.max_exits': source(
    'Check the source: people seem to be missing from it. If they are right to leave, run again with --approve.',
  ),
  'guard.rows_below': source('Check the source; if so few rows are right, run again with --approve.'),
  'guard.rows_above': source('Check the source; if so many rows are right, run again with --approve.'),
  'guard.rows_changed': source('Check the source; if the number of rows is right, run again with --approve.'),
  'orchestration.paused': you('Run `deskside resume <orchestration>` when it may run again.'),
  'plan.other_account': you(
    'Point the destination to the account that the run delivered to, then run the same command.',
  ),
  'plan.not_found': you('Run `deskside workflows` to see the plans there are.', 2),
  'plan.stale': you('Make a new plan with `deskside plan`, look at it, and run that one.'),
  'workflow.not_found': you('Run `deskside workflows` to see the runs there are.', 2),
  'workflow.stopped': you('Run the same command to continue.'),
  'workflow.out_of_patience': destination(
    'Look at the status of Zendesk, then run the same command to continue.',
    'later',
  ),
  'records.gone': you('Choose a younger run: the details of this one were removed after the history period.', 2),
  'zendesk.unreachable': destination(
    'Check the network and the address, then run the same command to continue.',
    'later',
  ),
  'zendesk.unknown_subdomain': you('Correct `subdomain` of the destination in deskside.yml.'),
  'zendesk.base_url_refused': you(
    'Use https and a *.zendesk.com host, or list the host in DESKSIDE_ALLOWED_HOSTS. deskside.yml may name a loopback address, for an emulator, without that.',
    2,
  ),
  'zendesk.redirected': you('Correct `subdomain` (or `base_url`): requests are sent to the configured address only.'),
  'zendesk.credentials_rejected': you(
    'Renew the credential in Zendesk and in the environment, then run the same command to continue.',
  ),
  'zendesk.token_expired': you('Check the OAuth client in Zendesk: its token was refused again after a renewal.'),
  'zendesk.anonymous': you('Correct the credential: Zendesk treats these requests as anonymous.'),
  'zendesk.not_an_agent': you('Use a credential of an admin (or of an agent who may manage end users).'),
  'zendesk.permission_denied': you(
    'Give the owner of the credential the right to manage users in Zendesk, then run the same command.',
  ),
  'zendesk.bulk_import_disabled': destination(
    'Ask Zendesk Customer Support to enable bulk user import for the account, or set `without_bulk_import: one_by_one`; then run the same command.',
  ),
  'zendesk.unknown_user_field': you(
    'Correct the column; or create the field, in Zendesk or by declaring it under `user_fields` and running `deskside fields apply <destination>`; or set `unknown_fields: ignore`.',
  ),
  'zendesk.field_conflict': you('Correct each field as said above, then run the same command.'),
  'zendesk.fields_changed': you('Run `deskside fields plan <destination>`, look at the changes, and apply them again.'),
  'zendesk.field_refused': you('Correct the field under `user_fields` in deskside.yml, then run the same command.'),
  'zendesk.fields_not_seen': destination(
    'Run `deskside fields plan <destination>` to see what is left; apply again, or look who else changes the fields.',
    'later',
  ),
  'zendesk.account_changed': you(
    'Point the destination to the right account, or run `deskside forget <destination>` to start from empty.',
  ),
  'zendesk.maintenance': destination(
    'Wait until Zendesk is back (status.zendesk.com), then run the same command.',
    'later',
  ),
  'zendesk.unexpected_answer': destination(
    'Run the same command again; if it repeats, report it with the code above.',
    'later',
  ),
  'internal.bug': {
    who: 'us',
    retry: 'never',
    exit: 1,
    fix: 'Please report this with the text above; nothing was lost.',
  },
} as const satisfies Record<string, Entry>

/** A code of {@link problems}. */
export type ProblemCode = keyof typeof problems

/** Why one row was rejected, failed, or sent without a value. The texts are completed by the row's own value. */
export const rowReasons = {
  missing_name: 'The row has no name.',
  name_too_long: 'The name has more than 255 characters.',
  missing_identity: 'The row has neither an external_id nor an email.',
  invalid_email: 'The e-mail address is not valid.',
  email_conflict: 'Another person of this result or of an earlier delivery has this e-mail address.',
  is_agent: 'The person is an agent or admin of the Zendesk account.',
  'conflict.two_people': 'The external_id and the e-mail address belong to two people of the account.',
  'conflict.other_id': 'The e-mail address belongs to a person of the account with another external_id.',
  'conflict.agent': 'The e-mail address belongs to an agent or admin of the account.',
  'conflict.secondary': 'The e-mail address is a secondary one of another person of the account.',
  'conflict.suspended': 'The e-mail address belongs to a suspended person of the account.',
  'conflict.case_twins': 'Two external_ids differ only in upper and lower case, which Zendesk takes for one.',
  unknown_organization: 'The account has no such organisation.',
  invalid_phone: 'The phone number cannot be made a valid E.164 number.',
  invalid_value: 'The value is not valid for this attribute.',
  unknown_option: 'The value is none of the options of the field.',
  pattern_mismatch: 'The value does not match the pattern of the field.',
  unknown_field: 'The account has no such user field.',
  'zendesk.refused': 'Zendesk refused the row.',
  'zendesk.duplicate_value': 'Zendesk says that another user has this value.',
  'zendesk.job_failed': 'The job of this row failed in Zendesk, also alone.',
  'zendesk.rejected_attribute':
    'Zendesk refused an attribute of this row; this is a bug of Deskside, please report it.',
  'zendesk.no_result': 'Zendesk finished the job without a result for this row, also alone.',
  'seen.field_unknown': 'The account has no such user field, so Zendesk dropped the value in silence.',
  'seen.agent_edited': 'The user was changed in Zendesk after the value was delivered.',
  'seen.normalised': 'Zendesk writes the value in another way: case, white space or the form of a number differ.',
  'seen.not_taken': 'Zendesk said that the row was written, and holds another value.',
  'seen.gone': 'The user is not in the account any more.',
} as const satisfies Record<string, string>

/** A code of {@link rowReasons}. */
export type RowCode = keyof typeof rowReasons

/** JSON that may stand in a problem, an event or an answer. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export interface ProblemInit {
  /** What happened, as a sentence. Never contains a secret. */
  message: string
  /** Replaces the table's fix where the thrower knows better. */
  fix?: string
  effect?: Effect
  /** Ids, counts, file:line. Never a secret. */
  data?: { [key: string]: Json }
  cause?: unknown
}

/** The only error that Deskside throws on purpose; everything else is `internal.bug` at the edge ({@link asProblem}). */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly fix: string
  readonly effect: Effect
  readonly data: { [key: string]: Json }

  constructor(code: ProblemCode, init: ProblemInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause })
    this.name = 'Problem'
    this.code = code
    this.fix = init.fix ?? problems[code].fix
    this.effect = init.effect ?? 'none'
    this.data = init.data ?? {}
  }

  get who(): Who {
    return problems[this.code].who
  }

  get retry(): 'never' | 'later' {
    return problems[this.code].retry
  }

  /** Exit code of a command that ends with this problem. */
  get exitCode(): 1 | 2 {
    return problems[this.code].exit
  }

  /** The form that is stored and printed: `{code, message, fix, effect, data}`. */
  toJSON(): { code: ProblemCode; message: string; fix: string; effect: Effect; data: { [key: string]: Json } } {
    return { code: this.code, message: this.message, fix: this.fix, effect: this.effect, data: this.data }
  }
}

/** The problem of a full disk or an exhausted quota, wherever it is noticed; null for every other error. */
export function diskFull(error: unknown): Problem | null {
  const text = error instanceof Error ? error.message : String(error)
  if (!/ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/.test(text)) return null
  return new Problem('project.disk_full', {
    message: 'There is no room left on the disk of .deskside, so nothing more was sent. Nothing is lost.',
    effect: 'unknown',
    cause: error,
  })
}

/** What is neither a `Problem` nor the machine's state is a bug of ours, and says so. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const full = diskFull(error)
  if (full !== null) return full
  const text = error instanceof Error ? error.message : String(error)
  if (text.includes('Out of Memory Error')) {
    const message = 'The work needs more memory than Deskside allows itself. Nothing is lost.'
    return new Problem('project.out_of_memory', { message, effect: 'unknown', cause: error })
  }
  return new Problem('internal.bug', { message: `Unexpected error: ${text}`, effect: 'unknown', cause: error })
}
