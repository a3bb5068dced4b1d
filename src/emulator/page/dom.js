// Building the page. Values of the account become text nodes and attributes, never markup.

/** An element. `attributes`: null and false leave one out; functions listen. `children`: nodes, texts, nothing, or lists of these. */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children)
}

export function graphic(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children)
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (typeof value === 'function') node.addEventListener(name, value)
    else node.setAttribute(name, value === true ? '' : String(value))
  }
  for (const child of children.flat(Number.POSITIVE_INFINITY)) {
    if (child !== null && child !== undefined && child !== false) node.append(child)
  }
  return node
}

const shown = new WeakMap()

/** Shows what `build` makes of the data, unless that stands there already. What had the focus keeps it, by its id. */
export function show(holder, data, build) {
  const text = JSON.stringify(data)
  if (shown.get(holder) === text) return
  shown.set(holder, text)
  const focused = holder.contains(document.activeElement) ? document.activeElement.id : ''
  holder.replaceChildren(...[build()].flat())
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
}

const dateFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const clockFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const hourFormat = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' })

/** `iso` or milliseconds of the epoch. */
export function time(moment) {
  const date = new Date(moment)
  return element('time', { datetime: date.toISOString() }, dateFormat.format(date))
}

/** Without the day, for what has just been. */
export function clockTime(moment) {
  const date = new Date(moment)
  return element('time', { datetime: date.toISOString(), title: dateFormat.format(date) }, clockFormat.format(date))
}

export function hour(iso) {
  return hourFormat.format(new Date(iso))
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`
}

export function badge(text, kind) {
  return element('span', { class: `badge ${kind}` }, text)
}

export function empty(title, hint) {
  return element('div', { class: 'empty' }, element('p', {}, title), hint && element('p', { class: 'quiet' }, hint))
}

/** A table that scrolls inside of itself when it is too wide; on a narrow screen its cells stand below each other, with their titles. */
export function table(label, columns, rows) {
  for (const row of rows)
    for (const [index, cell] of [...row.cells].entries()) if (cell.colSpan === 1) cell.dataset.label = columns[index]
  return element(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': label, id: `table-${label.replaceAll(' ', '-')}` },
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          columns.map((column) => element('th', { scope: 'col' }, column)),
        ),
      ),
      element('tbody', {}, rows),
    ),
  )
}
