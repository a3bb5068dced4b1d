// The mails that Zendesk would have sent.
import { element, empty, table, time } from './dom.js'
import { hashOf } from './place.js'

export const mailUrl = 'mail?limit=100'

export function mailList({ mail }) {
  if (mail.length === 0) {
    return empty(
      'No mail would have been sent.',
      'New addresses get a verification mail unless skip_verify_email or verified says otherwise.',
    )
  }
  return [
    element(
      'p',
      { class: 'quiet note' },
      'Mails that Zendesk would have sent, the latest first (at most 100). The emulator sends none.',
    ),
    table(
      'Mails',
      ['Sent', 'Kind', 'To', ''],
      mail
        .toReversed()
        .map(({ sent_at: sentAt, kind, to, user_id: userId }) =>
          element(
            'tr',
            {},
            element('td', {}, time(sentAt)),
            element('td', {}, kind),
            element('td', {}, element('bdi', {}, to)),
            element('td', {}, element('a', { href: hashOf({ id: userId }) }, 'Person')),
          ),
        ),
    ),
  ]
}
