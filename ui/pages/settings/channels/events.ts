/** What a subscription can ask for, in words. */
export const events = [
  { value: 'failed', label: 'A run ended with an error' },
  { value: 'stopped', label: 'A run was stopped' },
  { value: 'completed_with_alerts', label: 'A run completed with alerts' },
  { value: 'completed', label: 'A run completed without alerts' },
  { value: 'recovered', label: 'A run completed after one that did not' },
  { value: 'waits_for_approval', label: 'A run waits for approval' },
  { value: 'rows_refused', label: 'Many rows failed or were rejected' },
  { value: 'rows_alert', label: 'The number of rows is beyond a bound' },
  { value: 'rows_unusual', label: 'The number of rows is far from normal' },
  { value: 'runs_long', label: 'A run takes long' },
  { value: 'upstream_failed', label: 'A group did not begin because another one failed' },
  { value: 'run_skipped', label: 'A scheduled run was not begun' },
  { value: 'credential_expires', label: 'A credential ends soon' },
  { value: 'credential_broken', label: 'A credential is not accepted any more' },
  { value: 'credential_works', label: 'A credential works again' },
  { value: 'credential_handed_over', label: 'Somebody entered a credential by a link' },
] as const

export const eventLabel = (event: string): string => events.find(({ value }) => value === event)?.label ?? event
