// A person's card: what the account holds, and how it came to be.
import { badge, element, empty, time } from './dom.js'
import { personBadges } from './people.js'
import { hashOf } from './place.js'

/** Attributes in the order of the card. `tags`, `user_fields` and what says who it is stand apart. */
const attributes = [
  ['email', 'E-mail'],
  ['phone', 'Phone'],
  ['shared_phone_number', 'Shared phone number'],
  ['external_id', 'External id'],
  ['id', 'Zendesk id'],
  ['alias', 'Alias'],
  ['details', 'Details'],
  ['notes', 'Notes'],
  ['signature', 'Signature'],
  ['role', 'Role'],
  ['verified', 'Verified'],
  ['suspended', 'Suspended'],
  ['locale', 'Locale'],
  ['time_zone', 'Time zone'],
  ['custom_role_id', 'Custom role id'],
  ['default_group_id', 'Default group id'],
  ['ticket_restriction', 'Ticket restriction'],
  ['moderator', 'Moderator'],
  ['only_private_comments', 'Private comments only'],
  ['created_at', 'Created'],
  ['updated_at', 'Updated'],
]

export function personCard(person, place, close) {
  const closeButton = element(
    'button',
    { type: 'button', class: 'close', id: 'card-close', 'aria-label': 'Close', click: close },
    '×',
  )
  if (person === null) {
    const heading = element('h2', { id: 'card-name' }, 'Nobody')
    return [
      closeButton,
      heading,
      empty('The account has no such person.', 'The emulator may have been started anew or reset.'),
    ]
  }
  return [
    closeButton,
    head(person),
    section('Attributes', attributeList(person)),
    person.fields.length > 0 && section('User fields', fieldList(person.fields)),
    person.user.tags?.length > 0 && section(`Tags (${person.user.tags.length})`, tagList(person.user.tags)),
    person.organizations.length > 0 && section('Organisations', organizationList(person.organizations)),
    section('Identities', identityList(person)),
    section('History', historyList(person, place)),
  ].filter(Boolean)
}

function head({ user, is_owner: isOwner, permanently_deleted: isErased }) {
  return element(
    'div',
    { class: 'card-head' },
    element('h2', { id: 'card-name', dir: 'auto' }, user.name || '(no name)'),
    element(
      'p',
      { class: 'badges' },
      personBadges(user),
      isOwner && badge('Owner', 'staff'),
      isErased && badge('Deleted for good', 'error'),
      user.role === 'end-user' && badge('End user', ''),
    ),
  )
}

function section(title, content) {
  return element('section', {}, element('h3', {}, title), content)
}

function definitions(pairs) {
  return element(
    'dl',
    {},
    pairs.map(([term, ...value]) => element('div', {}, element('dt', {}, term), element('dd', { dir: 'auto' }, value))),
  )
}

function attributeList({ user, former_email: formerEmail }) {
  const pairs = attributes
    .filter(([key]) => user[key] !== null && user[key] !== undefined && user[key] !== '')
    .map(([key, title]) => [title, key.endsWith('_at') ? time(user[key]) : plain(user[key])])
  if (formerEmail !== null) pairs.unshift(['E-mail, before he was deleted', formerEmail])
  return definitions(pairs)
}

function fieldList(fields) {
  return definitions(
    fields.map(({ key, title, type, value, label }) => [
      element('span', { title: `user_fields.${key}` }, title),
      label ?? (type === 'date' ? String(value).slice(0, 10) : plain(value)),
      label !== null && element('span', { class: 'quiet' }, ` ${plain(value)}`),
    ]),
  )
}

function tagList(tags) {
  return element(
    'ul',
    { class: 'tags' },
    tags.map((tag) => element('li', { dir: 'auto' }, tag)),
  )
}

function organizationList(organizations) {
  return element(
    'ul',
    { class: 'plain' },
    organizations.map(({ name, is_default: isDefault }) =>
      element('li', {}, element('bdi', {}, name), ' ', isDefault && badge('Default', '')),
    ),
  )
}

const identityTypes = {
  email: 'E-mail',
  phone_number: 'Phone',
  twitter: 'Twitter',
  facebook: 'Facebook',
  google: 'Google',
}

function identityList({ identities, user }) {
  if (identities.length === 0) {
    return element('p', { class: 'quiet' }, user.active ? 'None.' : 'None: they went when the person was deleted.')
  }
  return element(
    'ul',
    { class: 'plain identities' },
    identities.map(({ type, value, primary, verified }) =>
      element(
        'li',
        {},
        element('span', { class: 'type quiet' }, identityTypes[type] ?? type),
        ' ',
        element('bdi', {}, value),
        ' ',
        primary && badge('Primary', 'staff'),
        ' ',
        verified ? badge('Verified', 'good') : badge('Not verified', ''),
      ),
    ),
  )
}

const kinds = {
  created: 'Created',
  updated: 'Updated',
  merged: 'Merged',
  deleted: 'Deleted',
  erased: 'Deleted for good',
}

function historyList({ user, history, is_history_whole: isWhole }, place) {
  const earlier = isWhole
    ? null
    : element(
        'li',
        { class: 'quiet' },
        'In the account since ',
        time(user.created_at),
        '. No earlier request or job is known: seeded people have none, and only the latest changes are kept.',
      )
  return element(
    'ol',
    { class: 'history' },
    history.map((entry) => historyEntry(entry, user, place)),
    earlier,
  )
}

function historyEntry({ at, kind, request, job, other, changes }, user, place) {
  // Of two people who were merged, the one that is left stays active.
  const merged = other && [
    user.active ? ': took over ' : ' into ',
    element('a', { href: hashOf({ ...place, id: other.id }) }, element('bdi', {}, other.name)),
  ]
  return element(
    'li',
    {},
    element(
      'p',
      { class: 'event' },
      element('strong', {}, kinds[kind]),
      merged,
      ' ',
      element('span', { class: 'quiet' }, time(at)),
    ),
    element(
      'p',
      { class: 'cause quiet' },
      job
        ? element('a', { href: hashOf({ view: 'jobs', id: job.id }) }, `Job: ${job.type}`)
        : element('code', {}, request),
    ),
    changes.length === 0
      ? element('p', { class: 'quiet' }, kind === 'updated' ? 'Every value was the same as before.' : null)
      : element('ul', { class: 'changes' }, changes.map(changeLine)),
  )
}

const identityKeys = {
  email: 'E-mail identity',
  phone_number: 'Phone identity',
  organizations: 'Organisations',
  tags: 'Tags',
}
const titles = new Map(attributes)

function changeLine({ key, title, old, new: value }) {
  const isIdentity = key in identityKeys
  if (key === 'tags') return tagChange(old ?? [], value ?? [])
  return element(
    'li',
    {},
    element('span', { class: 'what' }, title ?? (isIdentity ? identityKeys[key] : (titles.get(key) ?? key)), ' '),
    old !== null && element('del', { dir: 'auto', 'aria-label': `before: ${plain(old)}` }, plain(old)),
    old !== null && ' → ',
    value === null
      ? element('span', { class: 'quiet' }, old === null ? '' : isIdentity ? 'removed' : 'empty')
      : element('ins', { dir: 'auto' }, plain(value)),
  )
}

/** Of many tags, only those that came and went. */
function tagChange(old, value) {
  const [added, removed] = [value.filter((tag) => !old.includes(tag)), old.filter((tag) => !value.includes(tag))]
  return element(
    'li',
    {},
    element('span', { class: 'what' }, 'Tags '),
    removed.map((tag) => [element('del', { dir: 'auto', 'aria-label': `removed: ${tag}` }, tag), ' ']),
    added.map((tag) => [element('ins', { dir: 'auto' }, `+\u00a0${tag}`), ' ']),
  )
}

function plain(value) {
  if (value === true) return 'Yes'
  if (value === false) return 'No'
  return Array.isArray(value) ? value.join(', ') : String(value)
}
