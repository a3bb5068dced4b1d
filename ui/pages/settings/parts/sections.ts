import type { Action } from '../../../api/me.ts'

/** The sections of the settings, in the order of how often they are needed. */
export const sections = [
  {
    to: '/settings/credentials',
    label: 'Credentials',
    about: 'How Deskside signs in where it sends to.',
    need: 'credential:read',
  },
  {
    to: '/settings/users',
    label: 'Users and policies',
    about: 'Who comes in, and what each may do.',
    need: 'user:read',
  },
  {
    to: '/settings/single-sign-on',
    label: 'Single sign-on',
    about: 'Identity providers where people sign in.',
    need: 'user:read',
  },
  { to: '/settings/keys', label: 'API keys', about: 'Keys with which programs use the API.', need: 'key:write' },
  {
    to: '/settings/notifications',
    label: 'Notifications',
    about: 'Through which channels whom is told what.',
    need: 'notification:read',
  },
  { to: '/settings/activity', label: 'Activity log', about: 'Who did what, and when.', need: 'activity:read' },
  { to: '/settings/account', label: 'Your account', about: 'Password, sessions, and what you may do.', need: null },
  { to: '/settings/appearance', label: 'Appearance', about: 'Light or dark, in this browser.', need: null },
  { to: '/settings/about', label: 'About', about: 'This server: its version, project and figures.', need: null },
] as const satisfies readonly { to: string; label: string; about: string; need: Action | null }[]

export type Section = (typeof sections)[number]['to']

export function mayOpen(need: Action | null, may: readonly Action[]): boolean {
  return need === null || may.includes(need)
}
