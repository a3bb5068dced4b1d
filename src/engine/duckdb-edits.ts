/** A piece of a text that is written in other words; offset and length are UTF-8 bytes of the text as it was. */
export interface Edit {
  at: number
  length: number
  text: string
}

/** The text with its edits, which are in order and do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text
  const bytes = Buffer.from(text, 'utf8')
  const pieces: Buffer[] = []
  let end = 0
  for (const edit of edits) {
    pieces.push(bytes.subarray(end, edit.at), Buffer.from(edit.text, 'utf8'))
    end = edit.at + edit.length
  }
  pieces.push(bytes.subarray(end))
  return Buffer.concat(pieces).toString('utf8')
}

/** Where an offset of the edited text stands in the text as it was; inside of an edit, where the edit begins. */
export function originalOffset(edits: readonly Edit[], offset: number): number {
  let grown = 0
  for (const { at, length, text } of edits) {
    const start = at + grown
    if (offset < start) break
    const written = Buffer.byteLength(text)
    if (offset < start + written) return at
    grown += written - length
  }
  return offset - grown
}
