interface Told {
  detail: string
  fix: string
  who: string
}

/**
 * What single sign-on can end with, by the code with which the server leads a browser here. The words are the page's own: an address says nothing
 * else, because anybody can write one.
 */
const failures: Record<string, Told> = {
  'access.sign_in_over': {
    detail: 'This sign-in is over: it took longer than 10 minutes, or was begun elsewhere or ended before.',
    fix: 'Sign in again, and end it in the same browser.',
    who: 'you',
  },
  'access.denied': {
    detail: 'The identity provider knows you, and Deskside does not let you in.',
    fix: 'Ask an administrator of Deskside for a group that gives a policy, or for an invitation. The activity log tells them why. If you have a password, sign in with it.',
    who: 'administrator',
  },
  'access.disabled': {
    detail: 'Your user of Deskside is disabled.',
    fix: 'Ask an administrator of Deskside to enable it again.',
    who: 'administrator',
  },
  'access.provider_refused': {
    detail: 'The identity provider has refused the sign-in.',
    fix: 'Sign in again. If that does not help, let an administrator compare client id, client secret and redirect URI with those at the identity provider.',
    who: 'administrator',
  },
  'access.provider_not_trusted': {
    detail: 'The answer of the identity provider cannot be trusted, and was not used.',
    fix: 'Sign in again. If it stays so, let an administrator compare issuer and client id with those at the identity provider.',
    who: 'administrator',
  },
  'access.provider_claims': {
    detail:
      'The identity provider does not say what Deskside needs to know of you: your e-mail address or your groups.',
    fix: 'Let it send these claims, the groups as a list. If you have a password, sign in with it meanwhile.',
    who: 'provider',
  },
  'access.provider_unreachable': {
    detail: 'The identity provider cannot be reached, or cannot be used as it is set up.',
    fix: 'Wait a little, then sign in again. If you have a password, sign in with it meanwhile. If it stays so, let an administrator look at the provider in the settings.',
    who: 'provider',
  },
  'access.secret_broken': {
    detail: 'The secret that Deskside has for the identity provider cannot be used.',
    fix: 'Let an administrator enter the client secret again: Settings, Single sign-on.',
    who: 'administrator',
  },
  'access.no_public_url': {
    detail: 'The server does not know the https address under which people reach it, which single sign-on needs.',
    fix: 'Set DESKSIDE_PUBLIC_URL to that address, and start the server again.',
    who: 'machine',
  },
  'store.not_found': {
    detail: 'There is no such identity provider here (any more).',
    fix: 'Choose one of the ways to sign in below.',
    who: 'you',
  },
  'api.invalid': {
    detail: 'The address of this sign-in cannot be read.',
    fix: 'Sign in below, not by a link that was kept or typed.',
    who: 'you',
  },
  'store.unreachable': {
    detail: 'The server does not reach its store.',
    fix: 'Check that its PostgreSQL answers; then sign in again.',
    who: 'machine',
  },
  'project.disk_full': {
    detail: 'The disk of the server is full.',
    fix: 'Make room on it; then sign in again.',
    who: 'machine',
  },
  'internal.bug': {
    detail: 'The server failed over this sign-in, which is a bug of Deskside.',
    fix: 'Report it with the lines of the server’s log of this minute. If you have a password, sign in with it meanwhile.',
    who: 'us',
  },
}

/** Every code that there are words for. */
export const failureCodes = Object.keys(failures)

/** What a code means; null where it is none of them. */
export function failureOf(code: string | undefined): (Told & { code: string }) | null {
  const told = code !== undefined && Object.hasOwn(failures, code) ? failures[code] : undefined
  return code === undefined || told === undefined ? null : { code, ...told }
}
