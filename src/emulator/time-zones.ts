/** DOC-USERS: a time zone is given by its Rails name or its IANA name; the reply has both. The Rails names are a selection. */
const railsZones = new Map([
  ['Hawaii', 'Pacific/Honolulu'],
  ['Alaska', 'America/Anchorage'],
  ['Pacific Time (US & Canada)', 'America/Los_Angeles'],
  ['Arizona', 'America/Phoenix'],
  ['Mountain Time (US & Canada)', 'America/Denver'],
  ['Central Time (US & Canada)', 'America/Chicago'],
  ['Eastern Time (US & Canada)', 'America/New_York'],
  ['UTC', 'Etc/UTC'],
  ['London', 'Europe/London'],
  ['Berlin', 'Europe/Berlin'],
  ['Paris', 'Europe/Paris'],
  ['Madrid', 'Europe/Madrid'],
  ['Copenhagen', 'Europe/Copenhagen'],
  ['Tokyo', 'Asia/Tokyo'],
  ['Sydney', 'Australia/Sydney'],
])

let ianaZones: Set<string> | undefined

/** `undefined` for a name that is neither. */
export function ianaTimeZone(name: string): string | undefined {
  const rails = railsZones.get(name)
  if (rails !== undefined) return rails
  ianaZones ??= new Set([...Intl.supportedValuesOf('timeZone'), 'Etc/UTC'])
  return ianaZones.has(name) ? name : undefined
}
