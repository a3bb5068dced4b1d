// Requests per minute as bars, and the latest calls.
import { badge, clockTime, count, element, empty, graphic, hour, table } from './dom.js'
import { hashOf } from './place.js'

const classes = [
  ['2xx', 'answered (2xx)'],
  ['3xx', 'redirected (3xx)'],
  ['4xx', 'refused (4xx)'],
  ['429', 'over the limit (429)'],
  ['5xx', 'failed (5xx)'],
  ['no_answer', 'no answer'],
]

export function requestsView({ limit, minutes, calls }) {
  return [chart(minutes, limit), element('h2', { class: 'calls' }, 'Latest calls'), callTable(calls)]
}

const size = { width: 720, height: 180, left: 60, bottom: 34, top: 20 }

function totalOf(minute) {
  return classes.reduce((sum, [name]) => sum + minute[name], 0)
}

/** A round number that is not below. */
function ceiling(value) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1)))
  return [1, 2, 4, 5, 10].map((factor) => factor * unit).find((round) => round >= value) ?? value
}

function chart(minutes, limit) {
  const highest = Math.max(...minutes.map(totalOf))
  const sum = minutes.reduce((all, minute) => all + totalOf(minute), 0)
  // A limit far above the bars would flatten them; then words say it.
  const isLimitShown = limit !== null && highest * 4 >= limit
  const scale = ceiling(Math.max(highest, isLimitShown ? limit : 0, 4))
  const plotHeight = size.height - size.bottom - size.top
  const y = (value) => size.top + plotHeight * (1 - value / scale)
  const step = (size.width - size.left) / minutes.length
  const used = classes.filter(([name]) => minutes.some((minute) => minute[name] > 0))
  const about = `${count(sum, 'request')} in the last 30 minutes, at most ${highest} in one minute`
  const allowed =
    limit === null ? 'The plan has no limit.' : `The account allows ${limit.toLocaleString('en')} a minute.`
  return element(
    'figure',
    { class: 'chart' },
    element(
      'figcaption',
      {},
      element('h2', {}, 'Requests per minute'),
      element('p', { class: 'quiet' }, `${about}. ${allowed}`),
    ),
    graphic(
      'svg',
      { viewBox: `0 0 ${size.width} ${size.height}`, role: 'img', 'aria-label': `${about}. ${allowed}` },
      [0, scale / 2, scale].map((value) => gridLine(y(value), value)),
      minutes.map((minute, index) => bar(minute, size.left + index * step, step, y)),
      isLimitShown && limitLine(y(limit), limit),
      minutes.map(
        (minute, index) =>
          (minutes.length - 1 - index) % 10 === 0 &&
          hourMark(minute, size.left + (index + 0.5) * step, index === minutes.length - 1),
      ),
    ),
    used.length > 0 &&
      element(
        'ul',
        { class: 'legend' },
        used.map(([name, title]) => element('li', {}, element('span', { class: `swatch class-${name}` }), title)),
      ),
  )
}

function gridLine(y, value) {
  return [
    graphic('line', { class: 'grid', x1: size.left, x2: size.width, y1: y, y2: y }),
    graphic('text', { x: size.left - 8, y: y + 4, 'text-anchor': 'end' }, Math.round(value).toLocaleString('en')),
  ]
}

function limitLine(y, limit) {
  return [
    graphic('line', { class: 'limit', x1: size.left, x2: size.width, y1: y, y2: y }),
    graphic('text', { x: size.width, y: y - 4, 'text-anchor': 'end' }, `limit ${limit.toLocaleString('en')}`),
  ]
}

function hourMark(minute, x, isLast) {
  return graphic(
    'text',
    { x: isLast ? size.width : x, y: size.height - 8, 'text-anchor': isLast ? 'end' : 'middle' },
    hour(minute.started_at),
  )
}

function bar(minute, x, step, y) {
  let below = 0
  const parts = []
  for (const [name] of classes) {
    if (minute[name] === 0) continue
    const [bottom, top] = [y(below), y(below + minute[name])]
    parts.push(
      graphic('rect', { class: `class-${name}`, x: x + 2, width: step - 4, y: top, height: Math.max(1, bottom - top) }),
    )
    below += minute[name]
  }
  const words = classes.filter(([name]) => minute[name] > 0).map(([name, title]) => `${minute[name]} ${title}`)
  return (
    parts.length > 0 && graphic('g', {}, graphic('title', {}, `${hour(minute.started_at)}: ${words.join(', ')}`), parts)
  )
}

function callTable(calls) {
  if (calls.length === 0)
    return empty('No call yet.', 'What a client asks of the account appears here, the latest first.')
  return table(
    'Latest calls',
    ['Time', 'Method', 'Path', 'Status'],
    calls.map(({ atMs, method, path, status, jobId, fault }) =>
      element(
        'tr',
        {},
        element('td', {}, clockTime(atMs)),
        element('td', {}, element('code', {}, method)),
        element(
          'td',
          { class: 'path' },
          element('code', {}, path),
          jobId && [' ', element('a', { href: hashOf({ view: 'jobs', id: jobId }) }, 'its job')],
          fault && [' ', badge(`fault: ${fault}`, 'warning')],
        ),
        element('td', {}, badge(status ?? 'no answer', statusKind(status))),
      ),
    ),
  )
}

function statusKind(status) {
  if (status === null || status >= 500) return 'error'
  return status >= 400 ? 'warning' : 'good'
}
