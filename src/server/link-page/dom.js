/**
 * An element with attributes and children; texts are texts, whatever is in them.
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

/** What people read first, and where a screen reader goes on. */
export function show(title, ...children) {
  const heading = document.getElementById('title')
  heading.textContent = title
  document.title = `${title} · Deskside`
  document.getElementById('content').replaceChildren(...children)
  heading.focus()
}

/** Said to those who do not see it. */
export function say(text) {
  document.getElementById('status').textContent = text
}

/** A time as people of this browser write it. */
export function moment(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}

/** Nothing can be done with the link. */
export function showOver() {
  show(
    'This link is over',
    element('p', {}, 'It was used, was replaced by another one, has run out, or is not complete.'),
    element('p', {}, 'Open it once more from the message that it came in; else ask whoever sent it for a new one.'),
  )
}
