/** Attributes of a user that are the person's own, or hold what agents have written of the person. */
const personalAttributes = new Set([
  'name',
  'email',
  'phone',
  'alias',
  'details',
  'notes',
  'signature',
  'remote_photo_url',
])

/** Whether a column of this name feeds such an attribute; names are matched as those of all columns, without case and blanks around. */
export function isPersonalColumn(column: string): boolean {
  return personalAttributes.has(column.trim().toLowerCase())
}
