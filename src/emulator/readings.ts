/**
 * What nobody outside Zendesk knows, as settings: every reading that a rule here depends on, the likelier one first, which is the
 * default. A client that is right under each of them need not know.
 */
export const readings = {
  /** The external_id is new, but the e-mail belongs to a user with another one. */
  externalIdOnEmailMatch: ['overwrite', 'refuse'],
  /** Which key of a row finds its user first. */
  keyPrecedence: ['external_id', 'email'],
  /** Whether an e-mail finds the user who has it as a secondary address. */
  emailMatch: ['any_address', 'primary'],
  /** Whether `id` in a row of an upsert finds a user. */
  idSelects: [true, false],
  /** Two rows of one user in one job: at the same time, or each after the one before it. */
  rowRace: ['parallel', 'in_order'],
  /** The name of the error when two rows meet in one user. */
  collisionError: ['DatabaseConflict', 'UserUpdateError'],
  /** The name of the error of a row that was to create a user. */
  failedCreateError: ['UserUpdateError', 'UserCreateError'],
  /** Keys of the results of upserts: as recorded in 2023, or with `index`, `action` and `success` beside them. */
  upsertResultKeys: ['recorded', 'extended'],
  /** Results of a job that failed or was killed: null, or those of the rows it had done. */
  brokenJobResults: ['null', 'partial'],
  /** `details` of a failed row follow the `locale` of the API user. */
  localizedJobDetails: [true, false],
  /** A dropdown or multiselect value that is no option: the row fails, or the value is dropped. */
  badDropdown: ['fail', 'drop'],
  /** Any other value that its user field does not take. */
  badFieldValue: ['fail', 'drop'],
  /** A key of user_fields that the account does not have: ignored, or the row fails. */
  unknownFieldKey: ['ignore', 'refuse'],
  /** Decimals are kept as they came, or rounded to two places. */
  decimals: ['exact', 'two_places'],
  /** A role that does not exist. */
  badRole: ['fail', 'ignore'],
  /** A locale that is not among the languages of the account. */
  badLocale: ['ignore', 'fail'],
  /** A time zone that Zendesk does not know. */
  badTimeZone: ['ignore', 'fail'],
  /** An organization_id that nobody has. */
  unknownOrganization: ['fail', 'ignore'],
  /** `organization: {name}` of nobody: no organisation, or a new one. */
  organizationByName: ['find', 'create'],
  /** Whether five writes a minute for one user hold for the rows of bulk jobs too. */
  userLimitInBulk: [false, true],
  /** Whose jobs count against `jobLimit`: all of the account, or those of the same class. */
  jobLimitScope: ['account', 'class'],
  /** HTTP status of too many jobs. */
  tooManyJobsStatus: [429, 400, 409, 422, 503],
  /** Whether answers to bulk requests of users carry the header that counts the jobs in flight. */
  inFlightJobsHeader: [true, false],
  /** The list of jobs: by completion, then creation, youngest first, with unfinished jobs at the start or the end; or by creation only. */
  jobListOrder: ['unfinished_first', 'unfinished_last', 'created'],
  /** Ids that `job_statuses/show_many` takes at once. */
  jobIdsLimit: [100, 50, 30],
  /** The body of the 404 of a job that is not there any more. */
  missingJobBody: ['json', 'text'],
  /** The body of the 403 while bulk import is off. */
  importsOffBody: ['title', 'description'],
  /** Whether `users/update_many` needs bulk import too. */
  updateManyNeedsImport: [false, true],
  /** HTTP status of a bulk request whose `users` are absent, empty or unreadable. */
  noUsersStatus: [400, 422],
  /** HTTP status of an identity that somebody has already. */
  duplicateIdentityStatus: [422, 400],
  /** A wrong API token: a 401 (Aug 2026), or an anonymous 200 on users/me (Oct 2023). */
  anonymousOnBadToken: [false, true],
  /** A keyword of a search that is given more than once: one of its values is enough, or all must be met. */
  repeatedKeyword: ['any', 'all'],
  /** Whether a search finds users by their secondary addresses. */
  searchEmails: ['all', 'primary'],
} as const satisfies Record<string, readonly (string | number | boolean)[]>

type Widened<Value> = Value extends number ? number : Value

export type Readings = { -readonly [Name in keyof typeof readings]: Widened<(typeof readings)[Name][number]> }

/** The likelier reading of each. */
export const defaultReadings = Object.fromEntries(
  Object.entries(readings).map(([name, [likelier]]) => [name, likelier]),
) as unknown as Readings
