import { ask } from './ask.js'
import { element, moment, show } from './dom.js'
import { field, form } from './form.js'

/** A secret that goes to the server, past the person who asks for it. */
export async function handOver(token) {
  const asked = await ask('/links/hand-over/open', { token })
  const isTried = asked.accounts.length > 0
  const fields = asked.fields.map(({ field: name, title, secret }) =>
    // `new-password` keeps the browser from filling in one of its own.
    field({ name, title, ...(secret && { type: 'secret', autocomplete: 'new-password' }) }),
  )
  show(
    'Hand over a credential',
    element('p', {}, `${asked.asked_by || 'The owner of this server'} asks you to enter it here, once.`),
    facts(asked),
    ...(asked.note === '' ? [] : [element('blockquote', {}, asked.note)]),
    form({
      fields,
      submit: isTried ? 'Test and save' : 'Save',
      busy: isTried ? 'Testing the connection…' : 'Saving…',
      async send(values) {
        await ask('/links/hand-over', { token, fields: values })
        show(
          'Thank you, it was handed over',
          element('p', {}, `“${asked.name}” was ${isTried ? 'tested and ' : ''}saved. The link is used up.`),
          element('p', {}, 'You can close this page.'),
        )
      },
    }),
    element(
      'p',
      { class: 'quiet' },
      'Enter it only if you expected this. It is encrypted on the server, and nobody can read it there any more: neither who asks, nor you.',
    ),
  )
}

function facts({ project, type_name, name, is_new, accounts, expires_at }) {
  const rows = [
    ...(project === '' ? [] : [['Project', project]]),
    ['Credential', name],
    ['What it is', type_name],
    ...(is_new ? [] : [['Replaces', 'the secret that is there']]),
    ...(accounts.length === 0 ? [] : [['Tested at', accounts.join(', ')]]),
    ['Link works until', moment(expires_at)],
  ]
  return element('dl', {}, ...rows.flatMap(([term, text]) => [element('dt', {}, term), element('dd', {}, text)]))
}
