/**
 * Where the emulator knowingly differs from Zendesk's OpenAPI file, and what overrules the file: what was recorded of real accounts
 * goes before what the file says. Short names of sources are explained in docs/emulator.md.
 */
export interface KnownDifference {
  /** By the name of Zendesk’s schema; all operations that answer with it are meant. */
  at: string
  difference: string
  because: string
}

const missing = 'is not there'
const more = 'is not in the schema'

const usersKnown: readonly KnownDifference[] = [
  ...['alias', 'details', 'email', 'notes', 'signature', 'last_login_at'].map((key) => ({
    at: `UserForAdmin.${key}`,
    difference: 'is null, not string',
    because: 'ZENPY: recorded null when unset',
  })),
  { at: 'UserForAdmin.default_group_id', difference: 'is null, not integer', because: 'ZENPY: recorded null' },
  ...['agent_brand_ids', 'chat_only', 'remote_photo_url'].map((key) => ({
    at: `UserForAdmin.${key}`,
    difference: missing,
    because: 'ZENPY: none of the 37 recorded keys',
  })),
  {
    at: 'UserForAdmin.suspension_details',
    difference: missing,
    because: 'ZENPY: none of the 37 recorded keys; suspension by channel is newer, and not emulated',
  },
  { at: 'UserForAdmin.separation', difference: missing, because: 'DOC-USERS: with brand separation only' },
  { at: 'UserForAdmin.permanently_deleted', difference: more, because: 'ZENPY: recorded in incremental exports' },
  { at: 'UserResponse.identities', difference: more, because: 'DOC: side-loads add arrays beside the record' },
  { at: 'DeletedUserObject.separation', difference: missing, because: 'DOC-USERS: with brand separation only' },
  { at: 'DeletedUserObject.email', difference: 'is null, not string', because: 'ZENPY: a user may have no address' },
  {
    at: 'DeletedUserObject.organization_id',
    difference: 'is null, not integer',
    because: 'ZENPY: recorded null for users who have none',
  },
]

const envelope = (schemas: string[], keys: string[], difference: string, because: string): KnownDifference[] =>
  schemas.flatMap((schema) => keys.map((key) => ({ at: `${schema}.${key}`, difference, because })))

const offsetKeys = ['count', 'next_page', 'previous_page']
const cursorKeys = ['links', 'meta']

const pagesKnown: readonly KnownDifference[] = [
  ...envelope(
    ['UsersResponse', 'UserIdentitiesResponse', 'DeletedUsersResponse', 'OrganizationMembershipsResponse'],
    offsetKeys,
    more,
    'ZENPY, GRP: recorded beside the records of an offset page',
  ),
  ...envelope(
    [
      ...['UsersResponse', 'UserIdentitiesResponse', 'DeletedUsersResponse', 'JobStatusesResponse'],
      ...['OrganizationsResponse', 'UserFieldsResponse'],
    ],
    cursorKeys,
    more,
    'ZENPY, NODEZ: recorded beside the records of a cursor page',
  ),
  ...envelope(
    ['OrganizationsResponse', 'UserFieldsResponse'],
    offsetKeys,
    missing,
    'NODEZ: a recorded cursor page has none of them',
  ),
  ...envelope(
    ['OrganizationMembershipsResponse'],
    ['organizations', 'users'],
    more,
    'DOC: side-loads add arrays beside the records',
  ),
]

const jobsKnown: readonly KnownDifference[] = [
  {
    at: 'JobStatusObject.results',
    difference: 'has none of the forms',
    because: 'ZENPY, JAVA, COMM-ORDER: recorded rows of upserts have neither index nor success',
  },
  ...['email', 'external_id'].map((key) => ({
    at: `JobStatusResultObject.${key}`,
    difference: more,
    because: 'JAVA: recorded in successes of upserts',
  })),
]

const fieldsKnown: readonly KnownDifference[] = [
  { at: 'UserFieldObject.custom_field_options', difference: missing, because: 'RUDDER, GRP: on drop-downs only' },
  { at: 'UserFieldObject.tag', difference: missing, because: 'RUDDER, GRP: on checkboxes only' },
  ...['relationship_filter', 'relationship_target_type'].map((key) => ({
    at: `UserFieldObject.${key}`,
    difference: missing,
    because: 'RUDDER, GRP: none of the recorded keys of a field that is no lookup',
  })),
  ...['allow_solving', 'position', 'url'].map((key) => ({
    at: `CustomFieldOptionObject.${key}`,
    difference: missing,
    because: 'RUDDER, GRP: an option was recorded with id, name, raw_name and value',
  })),
]

/** Groups of settings that say nothing about users. */
const otherSettings = [
  ...['active_features', 'agents', 'api', 'apps', 'billing', 'branding', 'brands', 'cdn', 'chat', 'cross_sell'],
  ...['device_metadata', 'email', 'google_apps', 'groups', 'knowledge', 'limits', 'localization', 'lotus'],
  ...['messaging_inactivity', 'metrics', 'onboarding', 'routing', 'rule', 'side_conversations', 'statistics'],
  ...['ticket_form', 'tickets', 'twitter', 'voice'],
]

const surroundingsKnown: readonly KnownDifference[] = [
  ...otherSettings.map((group) => ({
    at: `AccountSettingsObject.${group}`,
    difference: missing,
    because: 'not emulated: it says nothing about users',
  })),
  { at: 'BrandObject.host_mapping', difference: 'is null, not string', because: 'not emulated: the brand has none' },
  { at: 'AttachmentObject', difference: 'is null, not object', because: 'not emulated: the brand has no logo' },
  { at: 'BrandObject.user_separation', difference: missing, because: 'DOC-USERS: with brand separation only' },
  { at: 'UserIdentityObject.brand_id', difference: missing, because: 'GRP: not recorded; brands are not emulated' },
  ...['deliverable_state', 'undeliverable_count'].map((key) => ({
    at: `UserIdentityObject.${key}`,
    difference: missing,
    because: 'GRP: recorded on addresses; a number has no mail to deliver',
  })),
  ...['refresh_token', 'refresh_token_expires_in'].map((key) => ({
    at: `OAuthTokenForGrantTypesObject.${key}`,
    difference: missing,
    because: 'OAUTH: client credentials give no refresh token',
  })),
  {
    at: 'OauthTokenObject.refresh_token',
    difference: 'is null, not string',
    because: 'OAUTH: client credentials give no refresh token',
  },
  {
    at: 'OauthTokenObject.refresh_token_expires_at',
    difference: missing,
    because: 'OAUTH: client credentials give no refresh token',
  },
]

export const knownDifferences: readonly KnownDifference[] = [
  ...usersKnown,
  ...pagesKnown,
  ...jobsKnown,
  ...fieldsKnown,
  ...surroundingsKnown,
]
