export interface Right {
  action: string
  description: string
}

/** What the part before the colon of an action is about. */
const groups: Record<string, string> = {
  project: 'Project and customer 360',
  column: 'Project and customer 360',
  table: 'Project and customer 360',
  segment: 'Segments and queries',
  query: 'Segments and queries',
  credential: 'Credentials and destinations',
  destination: 'Credentials and destinations',
  orchestration: 'Orchestrations and workflows',
  workflow: 'Orchestrations and workflows',
  person: 'People and their data',
  pii: 'People and their data',
  data: 'People and their data',
  notification: 'Notifications',
  activity: 'Users, keys and the activity log',
  key: 'Users, keys and the activity log',
  user: 'Users, keys and the activity log',
  server: 'Server',
}

/** Those of `all` that `chosen` names (or everything), in groups, in the order of the API. */
export function rightsByGroup(all: readonly Right[], chosen?: readonly string[]): { group: string; rights: Right[] }[] {
  const found = new Map<string, Right[]>()
  for (const right of all) {
    if (chosen !== undefined && !chosen.includes(right.action)) continue
    const group = groups[right.action.split(':')[0] ?? ''] ?? 'Other'
    found.set(group, [...(found.get(group) ?? []), right])
  }
  return [...found].map(([group, rights]) => ({ group, rights }))
}
