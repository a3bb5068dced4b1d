// Writes docs/guide/problems.md from the tables of src/problem.ts. Run it after a change of those; a test compares.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ProblemCode, problems, type RowCode, rowReasons, type Who } from '../src/problem.ts'

/** What has happened, where the code alone does not say it. A new code does not compile without its sentence. */
const meanings: Record<ProblemCode, string> = {
  'usage.invalid': 'The command line names a command, an option or a value that there is not.',
  'project.not_found': 'The folder holds no `deskside.yml`, or it cannot be read.',
  'project.not_empty': '`init` or `demo` would overwrite files that are there.',
  'project.locked': 'Another Deskside process works in this project. Only one at a time may.',
  'project.network_disk':
    '`.deskside` is on a network file system, where locks are not safe, so no server works there.',
  'project.newer': 'A newer release wrote the state in `.deskside`; this one would damage it.',
  'project.state_broken': 'The ledger in `.deskside` cannot be opened or written. Nothing is sent after that.',
  'project.disk_full':
    'The disk that holds `.deskside` is full, or a quota is used up. Nothing is sent after that, and nothing is lost: each batch is written down before it is sent.',
  'project.out_of_memory':
    'The ledger works within 600 MB and goes to disk beyond that. Some steps over very many people at once need more; ten million people who are all new are known to fit.',
  'config.invalid': '`deskside.yml` has mistakes. All of them are listed, each with its line and column.',
  'config.variable_missing':
    'A variable that `deskside.yml` uses has no value, neither in the environment nor in `.env`.',
  'config.unknown_object':
    'A destination, orchestration or other object was named that `deskside.yml` does not define.',
  'config.which_database':
    'The project has several databases, and which one is meant was not said: several have a table of that name, or there is none of that key.',
  'store.conflict': 'Somebody else has changed the object since it was read, or its key is taken. Nothing was changed.',
  'store.not_found': 'There is no object, workflow or key of that name.',
  'store.newer': 'A newer release has changed the tables of the control store; this one would damage them.',
  'store.unreachable':
    'The PostgreSQL server of the control store cannot be reached. Nothing falls back to another store.',
  'store.not_empty': 'A backup is only restored where nothing is yet.',
  'backup.broken': 'A file of the backup is missing, cut off, or of another backup.',
  'access.denied': 'Whoever asked has no right to this. The attempt stands in the activity log.',
  'access.unauthenticated': 'The request has no session and no valid API key.',
  'access.too_many_attempts': 'Too many sign-ins have failed in a short time.',
  'access.no_administrator': 'The server has no administrator yet, so nobody can sign in.',
  'access.disabled': 'An administrator has disabled this user.',
  'access.link_over': 'A link for one use was used before, has been replaced by a newer one, or is too old.',
  'access.last_administrator': 'Without this user nobody could administer the server any more.',
  'access.provider_unreachable':
    'The identity provider does not answer, answers with something unusable, or is at an address where no request may go.',
  'access.provider_refused':
    'The identity provider said no: to the person, to the code that came back, or to the client.',
  'access.provider_not_trusted':
    'What came back from the identity provider fails a check: signature, issuer, audience, time or nonce. Nobody was signed in.',
  'access.provider_claims': 'The identity provider leaves out something that signing in needs, such as the groups.',
  'access.sign_in_over':
    'The way back from the identity provider does not belong to a sign-in that this browser has begun, or it was used before.',
  'access.no_public_url':
    'Without its own address the server cannot tell an identity provider where to send people back to.',
  'access.key_missing': 'Secrets of the control store were encrypted with a key that is not there.',
  'access.key_unusable': 'The key of the secrets has a wrong form or length, or its file can be read by others.',
  'access.secret_broken':
    'The ciphertext of a secret was changed, cut off or moved under another name. It was not used.',
  'api.invalid': 'A path, query, header or body of the request is not as the reference says.',
  'api.not_found': 'The API has no such path.',
  'api.precondition_required': 'An edit without `If-Match` could overwrite the edit of somebody else.',
  'api.key_reused': 'The Idempotency-Key was used for another request before.',
  'api.key_busy': 'The first request with this Idempotency-Key is still being worked on.',
  'definition.invalid': 'The object has mistakes. All of them are listed.',
  'definition.from_git': 'The object comes from `deskside.yml` and is read-only in the server.',
  'definition.in_use': 'Other objects use this one, so it stays.',
  'upload.refused':
    'An uploaded file is not taken as a table: it is no CSV, or not one that fits. The line is named where it can be told.',
  'upload.too_large': 'An uploaded file is larger than the server takes.',
  'workflow.not_now': 'The workflow is in a state in which this has no meaning.',
  'server.running': 'A server works in this project. It alone may, and commands beside it use it.',
  'server.file_refused':
    'The file by which commands find the running server can be read by others, or Deskside did not write it. Its token is not used.',
  'server.stopping': 'The server is about to end, or has not begun yet.',
  'server.lost': 'The connection to the running server ended before it had answered.',
  'query.invalid': 'The SQL cannot be parsed or bound: a mistake of syntax, a missing table or column, a wrong type.',
  'segment.invalid':
    'Rules, fields or names of a segment, a visual query or an attributes table do not go with the columns there are.',
  'query.not_one_select': 'The file holds something other than exactly one SELECT.',
  'query.forbidden': 'The SQL reaches for something that is no declared table: a file, a setting, the network.',
  'query.failed': 'The SQL failed while it ran, for instance on a value that cannot be cast. Nothing was sent.',
  'query.timed_out': 'The SQL took longer than `database.limits.timeout_minutes`.',
  'query.too_many_rows': 'A download, which is made in memory, would have more than 100,000 rows.',
  'query.out_of_memory': 'The SQL needed more memory than `database.limits.memory_mb`, or the system ended it.',
  'query.duplicate_column': 'Two columns of the result have the same name, or one is named `row`, which is reserved.',
  'source.missing': 'A table names a file, or a table of a source, that is not there, or a glob that matches none.',
  'source.unreadable':
    'A file cannot be read in its format, the files of one glob have different columns, or a table of a source holds what has no place in the type of its column.',
  'source.unreachable':
    'The database of a source does not answer, or the connection to it broke while a table was read. Nothing was sent.',
  'source.refused':
    'The database of a source did not let Deskside in, or not read a table. Deskside only reads: a view that changes something is refused, too.',
  'source.locked':
    'Somebody changes a table of a source and keeps it locked for longer than Deskside waits. Nothing was sent.',
  'source.changed': 'A file was written, replaced or removed while it was read. Nothing was sent.',
  'mapping.no_identity': 'The query has neither `external_id` nor `email`, so its rows name nobody.',
  'mapping.no_name': 'The query has no `name`, without which Zendesk creates nobody.',
  'mapping.no_country_column': 'The destination names a `country_column` that the query does not have.',
  'mapping.refused_attribute':
    'The query has a column that is never sent, such as `role`, or one that the destination must allow first, such as `tags`.',
  'mapping.duplicate_attribute': 'Two columns of the query stand for the same attribute.',
  'guard.empty_source': 'The query gave no rows. Usually an export failed, so nothing was sent.',
  'guard.max_changed': 'More people would change than `guards.max_changed_percent` allows. Nothing was sent.',
  'guard.max_created': 'More people would be created than `guards.max_created` allows. Nothing was sent.',
  'guard.max_cleared': 'More values would be cleared than `guards.max_cleared` allows. Nothing was sent.',
  'guard.max_exits':
    'More of the people whom the orchestration held would leave than `guards.max_exits_percent` allows. A source that lost rows looks like that.',
  'guard.rows_below':
    'The result has fewer rows than `alerts.rows.fail_below` of the orchestration allows. Nothing was sent, and the next run with enough rows sends everything.',
  'guard.rows_above':
    'The result has more rows than `alerts.rows.fail_above` of the orchestration allows. Nothing was sent.',
  'guard.rows_changed':
    'The number of rows differs from that of the last completed run of the orchestration by more than `alerts.change_percent.fail` allows. Samples do not count. Nothing was sent.',
  'orchestration.paused':
    'The orchestration was paused, because a run of it was undone: its next run would send the same again.',
  'plan.other_account': 'The run was delivered to another account than the one that its destination names now.',
  'plan.not_found': 'No plan of this orchestration has that id.',
  'plan.stale':
    'The plan may not be executed any more: it is too old, was run or replaced, or something was delivered since.',
  'workflow.not_found': 'No run has that id.',
  'workflow.stopped': 'Somebody stopped the work before it was done.',
  'workflow.out_of_patience': 'For an hour no row was settled. The journal knows what is open.',
  'records.gone': 'The run ended before it was planned, or its details are older than 30 days.',
  'zendesk.unreachable': 'The host does not answer, or keeps failing.',
  'zendesk.unknown_subdomain': 'The host answers, but there is no Zendesk account of that name.',
  'zendesk.base_url_refused': '`base_url` or `subdomain` names an address to which no credentials may be sent.',
  'zendesk.redirected':
    'The address points elsewhere. Deskside follows no redirect, because that would carry the credential along.',
  'zendesk.credentials_rejected': 'Zendesk refuses the credential.',
  'zendesk.token_expired': 'Zendesk refuses an OAuth token, and refuses the renewed one too.',
  'zendesk.anonymous': 'Zendesk answers, but as if no credential had been sent.',
  'zendesk.not_an_agent': 'The credential belongs to an end user.',
  'zendesk.permission_denied': 'The owner of the credential may not do what is needed.',
  'zendesk.bulk_import_disabled': 'The account may not import users in bulk. This is so until Zendesk enables it.',
  'zendesk.unknown_user_field':
    'The query has a column `user_fields.<key>` whose field the account does not have. Nothing was sent.',
  'zendesk.field_conflict':
    '`user_fields`, or a flag of `deskside fields`, asks for something that Zendesk cannot do, such as another type for a field. Nothing was changed.',
  'zendesk.fields_changed':
    'Somebody changed the user fields of the account after the changes were shown. Deskside applies only what was shown.',
  'zendesk.field_refused': 'Zendesk does not take the definition of a user field. The message has its words.',
  'zendesk.fields_not_seen': 'Zendesk took every change of the user fields, but does not show all of them afterwards.',
  'zendesk.account_changed':
    'Most people delivered earlier are not in the account: it is another one, or a refreshed sandbox.',
  'zendesk.maintenance': 'Zendesk says that it is not available (HTTP 503).',
  'zendesk.unexpected_answer': 'Zendesk gave an answer that Deskside does not understand.',
  'internal.bug': 'Deskside met something that must not happen.',
}

/** Who can do something about a row, by its code. */
const rowFixes: Record<RowCode, string> = {
  missing_name:
    'Give the person a name in the source, or a substitute in the query, such as `coalesce(full_name, email)`.',
  name_too_long: 'Shorten the name in the source or the query.',
  missing_identity: 'Give the row an `external_id` or an `email`.',
  invalid_email:
    'Correct the address in the source. Without the address the person would get a second profile with their first ticket.',
  email_conflict:
    'Decide in the source whose address it is. `email_conflicts: omit_email` sends the others without it.',
  'conflict.two_people':
    'Merge the two people in Zendesk if they are one; otherwise correct the address in the source. `email_conflicts: omit_email` sends the row without it.',
  'conflict.other_id':
    'Give the person in Zendesk the external_id of the row if both are one; otherwise correct the address.',
  'conflict.agent': 'Correct the address in the source, or leave the row out.',
  'conflict.secondary':
    'Take the address away from the other person in Zendesk, or give the row the keys of that person.',
  'conflict.suspended': 'Unsuspend or delete the person in Zendesk, or leave the row out.',
  'conflict.case_twins':
    'Give different people external_ids that differ in more than case, and write one person\u2019s alike everywhere.',
  unknown_organization: 'Create the organisation in Zendesk, or set `organizations: create`.',
  is_agent: 'Nothing, as a rule. `protect_agents: false` sends agents and admins too.',
  invalid_phone: 'Correct the number, or say whose it is with `country_column` or `default_country`.',
  invalid_value: 'Correct the value; `reason` says what is expected.',
  unknown_option: 'Send the value of an option, not its label; or add the option in Zendesk.',
  pattern_mismatch: 'Correct the value, or the pattern of the field in Zendesk.',
  unknown_field: 'Create the field in Zendesk, or remove the column.',
  'zendesk.refused': 'Read `reason`: it has the words of Zendesk.',
  'zendesk.duplicate_value': 'Find the other user in Zendesk, and merge the two or correct the source.',
  'zendesk.job_failed': 'Run again; if it repeats, ask Zendesk what is wrong with this user.',
  'zendesk.rejected_attribute': 'Please report it.',
  'zendesk.no_result': 'Run again; if it repeats, please report it.',
  'seen.field_unknown': 'Create the field in Zendesk or activate it again, or remove the column.',
  'seen.agent_edited': 'Decide whose value is right. `deskside drift --repair` sends ours again.',
  'seen.normalised': 'Nothing, as a rule; or write the value in the query as Zendesk does.',
  'seen.not_taken':
    'Look at the user in Zendesk: a trigger, an app or a rule of the account may have changed it at once.',
  'seen.gone': 'Nothing, if it was deleted on purpose; `deskside drift --repair` creates it again.',
}

const areas: Record<string, string> = {
  usage: 'The command line',
  project: 'The project and its state',
  config: 'deskside.yml',
  query: 'Queries',
  source: 'Source files',
  mapping: 'Columns',
  guard: 'Guards',
  orchestration: 'Orchestrations',
  plan: 'Plans',
  workflow: 'Runs',
  records: 'Records',
  zendesk: 'Zendesk',
  store: 'The control store of a server',
  access: 'Signing in, keys and secrets',
  definition: 'Objects of a server',
  upload: 'Uploaded files',
  api: 'The HTTP API',
  server: 'The server',
  backup: 'Backups',
  internal: 'Bugs',
}

const whoActs: Record<Who, string> = {
  you: 'you, who runs Deskside',
  source: 'who owns the source data',
  destination: 'who owns the Zendesk account, or Zendesk',
  us: 'the maintainers',
}

function problemSection(code: ProblemCode): string[] {
  const { who, exit, retry, fix } = problems[code]
  const later = retry === 'later' ? ' It may pass by itself: the same command can succeed later.' : ''
  return [
    `### ${code}`,
    '',
    `${meanings[code]}${later}`,
    '',
    `- Who must act: ${whoActs[who]}.`,
    `- What to do: ${fix.replaceAll('named above', 'named in the message')}`,
    `- Exit code: ${exit}.`,
    '',
  ]
}

function rowTable(): string[] {
  const codes = Object.keys(rowReasons) as RowCode[]
  return [
    '| Code | What it says | What to do |',
    '| --- | --- | --- |',
    ...codes.map((code) => `| \`${code}\` | ${rowReasons[code]} | ${rowFixes[code]} |`),
  ]
}

/** Text of docs/guide/problems.md. */
export function problemDocs(): string {
  const codes = Object.keys(problems) as ProblemCode[]
  const sections = Object.entries(areas).flatMap(([area, title]) => [
    `## ${title}`,
    '',
    ...codes.filter((code) => code.startsWith(`${area}.`)).flatMap(problemSection),
  ])
  return [
    '<!-- Written by `node scripts/generate-problem-docs.ts` from src/problem.ts. Do not edit it here. -->',
    '',
    '# Problems',
    '',
    'Whatever stops Deskside has a code. The terminal prints it with three more things: what happened, what it did to the outside',
    'world if that is in doubt, and what to do. With `--json` the same stands in `problem`. A problem loses nothing: when its cause',
    'is gone, the same command continues.',
    '',
    'The fix that is printed may be more precise than the one below, when Deskside knows more about the case.',
    '',
    'Exit code 1 means that something stopped the work; run again to continue. Exit code 2 means that the command line or the',
    'configuration is wrong. See [the exit codes](runs.md#exit-codes).',
    '',
    ...sections,
    '## Reasons of rows',
    '',
    'These stop nothing. They say why a single row was rejected, failed, or was sent without a value.',
    '[Records](runs.md#records) lists the rows.',
    '',
    ...rowTable(),
    '',
  ].join('\n')
}

if (import.meta.main) {
  writeFileSync(fileURLToPath(new URL('../docs/guide/problems.md', import.meta.url)), problemDocs())
}
