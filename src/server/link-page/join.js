import { ask } from './ask.js'
import { element, moment, show } from './dom.js'
import { field, form } from './form.js'

/** As in src/access/passwords.ts, which has the last word. */
const SHORTEST = 12

/** Where somebody goes who is signed in. */
const next = { href: './', text: 'Go on to Deskside' }

const texts = {
  setup: {
    title: 'Set up Deskside',
    lead: 'You become the first administrator of this server, who invites everybody else.',
    submit: 'Set up and sign in',
  },
  invitation: {
    title: 'Welcome to Deskside',
    lead: 'You were invited to this server. Choose a password to sign in.',
    submit: 'Sign in',
  },
  reset: {
    title: 'Choose a new password',
    lead: 'Wherever you are signed in with the one before, you are signed out.',
    submit: 'Save and sign in',
  },
}

/** The first administrator, somebody who was invited, or a new password. */
export async function join(token) {
  const { kind, email, name, expires_at } = await ask('/links/open', { token })
  const { title, lead, submit } = texts[kind]
  const isFirst = kind === 'setup'
  const fields = [
    field({
      name: 'email',
      title: 'E-mail address',
      type: 'email',
      value: email,
      autocomplete: 'username',
      isFixed: !isFirst,
      ...(isFirst && { hint: 'You sign in with it.' }),
    }),
    field({ name: 'name', title: 'Name', value: name, autocomplete: 'name', isOptional: true }),
    field({
      name: 'password',
      title: 'Password',
      type: 'secret',
      hint: `At least ${SHORTEST} characters; several words are good.`,
      autocomplete: 'new-password',
      shortest: SHORTEST,
    }),
  ]
  show(
    title,
    element('p', {}, lead),
    form({
      fields: kind === 'reset' ? fields.filter((one) => one.name !== 'name') : fields,
      submit,
      busy: 'Signing in…',
      async send(values) {
        const signedIn = await ask('/links/join', { token, ...values })
        show(
          'You are signed in',
          element('p', {}, `As ${signedIn.actor.name}. The link is used up.`),
          element('p', {}, element('a', { href: next.href }, next.text)),
        )
      },
    }),
    element('p', { class: 'quiet' }, `The link works once, until ${moment(expires_at)}.`),
  )
}
