// Where somebody is on the page: #/people?q=ann&filter=agents&page=2, #/people/123?q=ann, #/jobs/V3-abc, #/requests, #/mail

const views = ['people', 'jobs', 'requests', 'mail']

/** `id`: the person or job that is open, or ''. `page` counts from 1. */
export function readPlace(hash) {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?')
  const [view, id = ''] = path.split('/')
  const query = new URLSearchParams(search)
  return {
    view: views.includes(view) ? view : 'people',
    id: views.includes(view) ? id : '',
    q: query.get('q') ?? '',
    filter: query.get('filter') ?? 'everybody',
    page: Math.max(1, Number.parseInt(query.get('page') ?? '1', 10) || 1),
  }
}

/** The hash of a place; what is not said is as at the start. */
export function hashOf({ view = 'people', id = '', q = '', filter = 'everybody', page = 1 }) {
  const query = new URLSearchParams()
  if (view === 'people') {
    if (q !== '') query.set('q', q)
    if (filter !== 'everybody') query.set('filter', filter)
    if (page !== 1) query.set('page', String(page))
  }
  const text = query.toString()
  return `#/${view}${id === '' ? '' : `/${encodeURIComponent(id)}`}${text === '' ? '' : `?${text}`}`
}
