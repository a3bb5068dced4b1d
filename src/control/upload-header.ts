import { open } from 'node:fs/promises'
import { Problem } from '../problem.ts'

/** The first line of a file that has more before its end is no header. */
const longestHeaderBytes = 256 * 1024

const mostColumns = 1_000
const longestName = 255

/** What nobody calls a column, and many call a person. */
const looksLikeAddress = /^[^@\s]+@[^@\s]+\.[^@\s]+$/
const looksLikeValue = /^[-+(]?\d[\d\s.,:/()+-]*$/

/**
 * The names in the first line of a CSV file. Throws `upload.refused` where that is no header: a name that is missing, there twice or no name. No
 * message repeats what stands there, because without a header it is somebody's data.
 */
export async function readHeader(path: string): Promise<string[]> {
  const names = firstRecord(await beginningOf(path)).map((name) => name.trim())
  if (names.length > mostColumns) throw refused(1, `has more than ${mostColumns} columns`)
  if (names.every((name) => looksLikeValue.test(name) || name === ''))
    throw refused(1, 'holds values, and no names of columns')
  const places = new Map<string, number>()
  for (const [index, name] of names.entries()) {
    const place = index + 1
    if (name === '') throw refused(1, `has no name for column ${place}`)
    if ([...name].length > longestName)
      throw refused(1, `has a name of more than ${longestName} characters, at column ${place}`)
    if (/\p{Cc}/u.test(name)) throw refused(1, `has a line break or control character in the name of column ${place}`)
    if (looksLikeAddress.test(name))
      throw refused(1, `holds an e-mail address at column ${place}, and no name of a column`)
    // SQL counts rows by this name.
    if (name.toLowerCase() === 'row')
      throw refused(1, `calls column ${place} "row", which stands for the number of a row`)
    const first = places.get(name.toLowerCase())
    if (first !== undefined)
      throw refused(1, `has the same name for the columns ${first} and ${place}; upper and lower case are the same`)
    places.set(name.toLowerCase(), place)
  }
  return names
}

/** The file is not taken. `line` null: it cannot be told. */
export function refused(line: number | null, what: string): Problem {
  const where = line === null ? 'The file' : `Line ${line} of the file`
  return new Problem('upload.refused', { message: `${where} ${what}.`, data: line === null ? {} : { line } })
}

async function beginningOf(path: string): Promise<string> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestHeaderBytes), 0, longestHeaderBytes, 0)
    return new TextDecoder().decode(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

/** The cells of the first line, by the delimiter that stands in it most often; quoted ones may hold delimiters and doubled quotes. */
function firstRecord(text: string): string[] {
  const cellsBy = (delimiter: string) => split(text, delimiter)
  return [',', ';', '\t', '|'].map(cellsBy).reduce((most, one) => (one.length > most.length ? one : most))
}

function split(text: string, delimiter: string): string[] {
  const cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!
    if (isQuoted) {
      if (character !== '"') cell += character
      else if (text[at + 1] === '"') {
        cell += '"'
        at += 1
      } else isQuoted = false
    } else if (character === '"' && cell === '') isQuoted = true
    else if (character === delimiter) {
      cells.push(cell)
      cell = ''
    } else if (character === '\n' || character === '\r') return [...cells, cell]
    else cell += character
  }
  if (isQuoted || text.length >= longestHeaderBytes) throw refused(1, 'never ends, or has a quote that is not closed')
  return [...cells, cell]
}
