import { randomBytes } from 'node:crypto'
import { join, sep } from 'node:path'

/** Folder of the files that people have uploaded, in that of the project's state: one folder for each table, one file for each version. */
export const uploadsFolder = 'uploads'

const fileName = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-[0-9a-f]{8}\.csv$/

/** A name for a file that was uploaded at this moment: two never have the same one, and it keeps its time in every copy. */
export function uploadName(at: Date): string {
  return `${at.toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}.csv`
}

/** Path of an uploaded file, as the body of its table has it: relative to the project. */
export function uploadPath(key: string, name: string): string {
  return ['.deskside', uploadsFolder, key, name].join('/')
}

/** When a file was uploaded, by its path; null: it is none of the project in this folder. */
export function uploadedAt(projectDir: string, path: string): Date | null {
  if (!path.startsWith(join(projectDir, '.deskside', uploadsFolder) + sep)) return null
  const parts = fileName.exec(path.slice(path.lastIndexOf(sep) + 1))
  if (parts === null) return null
  const [, year, month, day, hour, minute, second, ms] = parts
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`)
}
