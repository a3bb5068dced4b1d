import type { Connection } from '../destination/destination.ts'
import type { UserFieldSettings } from '../destination/zendesk/field-settings.ts'
import { asProblem } from '../problem.ts'

/** Keys of the user fields that these columns name and the account lacks. */
export async function unknownFields(connection: Connection, columns: readonly string[]): Promise<string[]> {
  const account = await connection.readAccount()
  try {
    account.mapColumns(columns)
    return []
  } catch (error) {
    const problem = asProblem(error)
    if (problem.code !== 'zendesk.unknown_user_field') throw problem
    return (problem.data.columns as string[]).map((column) => column.trim().slice('user_fields.'.length))
  }
}

/** Settings of text fields with these keys. */
export function textFields(keys: readonly string[]): UserFieldSettings {
  return Object.fromEntries(keys.map((key) => [key, { type: 'text', title: key, active: true }]))
}
