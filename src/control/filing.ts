import type { Definition } from '../store/store.ts'

/** What is looked for in a list of definitions; what is not given does not narrow it. */
export interface Filing {
  /** Part of the key, the name or the description, in any case. */
  text?: string | undefined
  /** This folder and those in it. */
  folder?: string | undefined
  /** At least one of these. */
  labels?: readonly string[] | undefined
  /** Key of the database that it is of, or reads. */
  database?: string | undefined
}

/** Whether a definition is among what is looked for. */
export function isFiled({ key, body }: Definition, { text, folder, labels }: Filing): boolean {
  const said = [key, body.name, body.description].filter((one) => typeof one === 'string').join('\n')
  if (text !== undefined && !said.toLowerCase().includes(text.toLowerCase())) return false
  if (folder !== undefined && body.folder !== folder && !String(body.folder ?? '').startsWith(`${folder}/`))
    return false
  const having = Array.isArray(body.labels) ? body.labels : []
  return labels === undefined || labels.some((one) => having.includes(one))
}
