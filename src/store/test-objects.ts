import type {
  ActivityEntry,
  ApiKey,
  Dispatch,
  GroupRun,
  Link,
  Notification,
  Session,
  User,
  WorkflowHeader,
} from './store.ts'

/** Objects for the suites of the store: whole ones, in which a test says only what it is about. */

export const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1) + seconds * 1000)

export function header(fields: Partial<WorkflowHeader> = {}): WorkflowHeader {
  return {
    ...{ id: 'W-1', orchestration: 'north', state: 'waiting', trigger: 'manual', startedBy: null, groupRun: null },
    ...{ request: {}, launched: {}, tasks: [], rows: null, problem: null, runId: null, attempt: 0 },
    ...{ requestedAt: at(0), startedAt: null, endedAt: null },
    ...fields,
  }
}

export function groupRun(fields: Partial<GroupRun> = {}): GroupRun {
  return {
    ...{ id: 'G-1', group: 'nightly', trigger: 'schedule', startedBy: null, dueAt: null, state: 'running' },
    ...{ startedAt: at(0), endedAt: null },
    ...fields,
  }
}

export function notification(fields: Partial<Notification> = {}): Notification {
  return {
    ...{ id: 'N-1', about: 'workflow W-1 ended', event: 'workflow_failed', severity: 'error', orchestration: 'north' },
    ...{
      workflow: 'W-1',
      title: 'north failed',
      text: 'Sign in again.',
      link: '/workflows/W-1',
      at: at(0),
      readAt: null,
    },
    ...fields,
  }
}

export function dispatch(fields: Partial<Dispatch> = {}): Dispatch {
  return {
    ...{ id: 'D-1', notification: 'N-1', channel: 'mail', target: 'team@example.com', state: 'pending', attempts: 0 },
    ...{ nextAt: at(0), lastError: null, sentAt: null },
    ...fields,
  }
}

export function user(fields: Partial<User> = {}): User {
  return {
    ...{ id: 'U-1', email: 'admin@example.com', name: 'Ann', passwordHash: 'hash', state: 'active' },
    ...{ policies: ['datagrid_administrator'], options: [], identity: null, version: 1 },
    ...{ createdAt: at(0), lastSeenAt: null },
    ...fields,
  }
}

export function session(fields: Partial<Session> = {}): Session {
  return {
    ...{ id: 'S-1', user: 'U-1', csrf: 'digest', createdAt: at(0), expiresAt: at(100) },
    ...{ address: '192.0.2.1', agent: 'test' },
    ...fields,
  }
}

export function link(fields: Partial<Link> = {}): Link {
  return {
    ...{ id: 'L-1', kind: 'invitation', about: 'U-1', createdBy: 'cli', createdAt: at(0), expiresAt: at(100) },
    ...{ usedAt: null, detail: {} },
    ...fields,
  }
}

export function apiKey(fields: Partial<ApiKey> = {}): ApiKey {
  return {
    ...{ id: 'K-1', name: 'reports', user: 'cli', hash: 'digest', scopes: ['workflow:read', 'activity:read'] },
    ...{ createdAt: at(0), expiresAt: null, lastUsedAt: null },
    ...fields,
  }
}

export function entry(fields: Partial<ActivityEntry> = {}): ActivityEntry {
  return {
    ...{
      id: 'A-1',
      at: at(0),
      actor: 'user/U-1',
      actorName: 'admin@example.com',
      action: 'destination:write',
      object: 'destination/zendesk',
    },
    ...{ allowed: true, detail: {}, address: '192.0.2.1', agent: 'test' },
    ...fields,
  }
}
