// The latest jobs, and the failed rows of the one that is open.
import { badge, count, element, empty, table, time } from './dom.js'
import { hashOf } from './place.js'

export function jobsUrl({ id }) {
  return id === '' ? 'jobs' : `jobs?${new URLSearchParams({ id })}`
}

export function jobList({ jobs, selected }, { id }) {
  if (jobs.length === 0) {
    return empty(
      'No job yet.',
      'A request to a bulk endpoint, such as POST users/create_or_update_many, becomes a job.',
    )
  }
  const isListed = jobs.some((job) => job.id === selected?.id)
  const lines = selected && !isListed ? [selected, ...jobs] : jobs
  return [
    id !== '' &&
      selected === null &&
      element('p', { class: 'quiet note' }, 'The job that was asked for is not kept any more.'),
    table(
      'Jobs',
      ['Job', 'Status', 'Rows', 'Failed', 'Created', 'Completed'],
      lines.flatMap((job) => jobRows(job, job.id === selected?.id ? selected : null)),
    ),
  ].filter(Boolean)
}

const kinds = { completed: 'good', failed: 'error', killed: 'error', working: 'staff', queued: '' }

function jobRows(job, open) {
  const hash = open ? hashOf({ view: 'jobs' }) : hashOf({ view: 'jobs', id: job.id })
  const line = element(
    'tr',
    { class: open ? 'open' : null },
    element(
      'td',
      {},
      element('a', { href: hash, id: `job-${job.id}`, 'aria-expanded': open ? 'true' : 'false' }, job.type),
      element('code', { class: 'quiet' }, job.id),
    ),
    element('td', {}, badge(job.status, kinds[job.status] ?? '')),
    element('td', {}, progress(job)),
    element('td', { class: job.failed > 0 ? 'number bad' : 'number' }, job.failed),
    element('td', {}, time(job.created_at)),
    element('td', {}, job.completed_at ? time(job.completed_at) : '–'),
  )
  return open ? [line, element('tr', { class: 'details' }, element('td', { colspan: 6 }, details(open)))] : [line]
}

function progress({ status, total, progress: done, id, type }) {
  if (status !== 'working' && status !== 'queued') return String(total)
  const label = `${done ?? 0} of ${total}`
  return [element('progress', { max: total, value: done ?? 0, 'aria-label': `${type} ${id}` }), ` ${label}`]
}

function details({ failed_rows: rows, status, message }) {
  if (rows.length === 0) {
    return element(
      'p',
      { class: 'quiet' },
      status === 'completed' ? 'No row failed.' : (message ?? `The job is ${status}.`),
    )
  }
  return [
    element('p', {}, `${count(rows.length, 'row')} failed. The first row of the request is row 1.`),
    element(
      'ul',
      { class: 'plain failures' },
      rows.map(({ row, error, details: words }) =>
        element(
          'li',
          {},
          element('strong', {}, `Row ${row + 1}`),
          ' ',
          element('span', { dir: 'auto' }, words),
          ' ',
          element('code', { class: 'quiet' }, error),
        ),
      ),
    ),
  ]
}
