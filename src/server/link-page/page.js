import { Refusal } from './ask.js'
import { element, show, showOver } from './dom.js'
import { handOver } from './hand-over.js'
import { join } from './join.js'

/** The token leaves the address at once: neither history nor a look over the shoulder has it then. */
function takeToken() {
  const token = location.hash.slice(1)
  history.replaceState(null, '', location.pathname)
  return token
}

async function begin(token) {
  if (token === '') return showOver()
  try {
    await (location.pathname.endsWith('/hand-over') ? handOver(token) : join(token))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, detail, fix } = error.problem
    // A token of another form than ours is no better than one that is over.
    if (code === 'access.link_over' || code === 'api.invalid') return showOver()
    const again = element('button', { type: 'button' }, 'Try again')
    again.addEventListener('click', () => begin(token))
    show('This did not work', element('p', {}, detail), element('p', {}, fix), element('p', {}, again))
  }
}

// Another link of the same kind, opened in the same tab.
addEventListener('hashchange', () => location.reload())
await begin(takeToken())
