// The list of people.
import { badge, count, element, empty } from './dom.js'
import { hashOf } from './place.js'

export const peopleOnPage = 25

export function peopleUrl({ q, filter, page }) {
  const query = new URLSearchParams({ q, filter, offset: (page - 1) * peopleOnPage, limit: peopleOnPage })
  return `people?${query}`
}

export function foundText({ total }, { q, filter }) {
  const people = count(total, 'person', 'people')
  const kind =
    { changed: ' lately changed', agents: ' among agents', suspended: ' suspended', deleted: ' deleted' }[filter] ?? ''
  return q === '' ? `${people}${kind}` : `${people}${kind} for “${q}”`
}

export function peopleList({ people, total }, place) {
  if (people.length === 0) return nobody(place, total)
  const pages = Math.ceil(total / peopleOnPage)
  return [
    element(
      'ul',
      { class: 'people' },
      people.map((person) => element('li', { class: 'person' }, personLink(person, place))),
    ),
    pages > 1 && pager(place, pages),
  ].filter(Boolean)
}

function nobody({ q, filter, page }, total) {
  if (page > 1 && total > 0)
    return empty('There is nobody on this page.', element('a', { href: hashOf({ q, filter }) }, 'First page'))
  if (q !== '')
    return empty(
      `Nobody matches “${q}”.`,
      'Every word must be found in a name, an address, an external_id, a number or a tag.',
    )
  const texts = {
    changed: ['Nobody has been changed by a request yet.', 'People that were seeded are not listed here.'],
    suspended: ['Nobody is suspended.'],
    deleted: ['Nobody has been deleted.'],
  }
  return empty(...(texts[filter] ?? ['There is nobody here.']))
}

function personLink(person, place) {
  const isOpen = place.id === String(person.id)
  return element(
    'a',
    {
      href: hashOf({ ...place, id: person.id }),
      id: `person-${person.id}`,
      class: 'row',
      'aria-current': isOpen ? 'true' : null,
    },
    element(
      'span',
      { class: 'who' },
      element('bdi', { class: 'name' }, person.name || '(no name)'),
      personBadges(person),
    ),
    element('span', { class: 'address quiet' }, person.email ?? 'no e-mail address'),
    element('span', { class: 'key quiet' }, person.external_id ?? ''),
  )
}

export function personBadges({ role, suspended, active }) {
  return [
    role === 'agent' && badge('Agent', 'staff'),
    role === 'admin' && badge('Admin', 'staff'),
    suspended && badge('Suspended', 'warning'),
    !active && badge('Deleted', 'error'),
  ]
}

function pager(place, pages) {
  const { page } = place
  const to = (target, text, id) =>
    target < 1 || target > pages
      ? element('span', { class: 'quiet', 'aria-disabled': 'true' }, text)
      : element('a', { href: hashOf({ ...place, page: target }), id }, text)
  return element(
    'nav',
    { class: 'pager', 'aria-label': 'Pages' },
    to(page - 1, '← Before', 'page-before'),
    element('span', { class: 'quiet' }, `Page ${page} of ${pages}`),
    to(page + 1, 'Next →', 'page-next'),
  )
}
