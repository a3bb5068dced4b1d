/** Some of a text: whole lines, counted from 1, or characters, counted from 0 as JavaScript counts them; `to` is the last of them. */
export type Part = { lines: { from: number; to: number } } | { characters: { from: number; to: number } }

/** A text of which only a part is to be run. What is around the part becomes white space, so that mistakes keep their places. */
export function partOf(text: string, part: Part): string {
  const blank = (around: string) => around.replaceAll(/[^\r\n]/g, ' ')
  if ('characters' in part) {
    const { from, to } = part.characters
    return blank(text.slice(0, from)) + text.slice(from, to + 1) + blank(text.slice(to + 1))
  }
  const { from, to } = part.lines
  return text
    .split('\n')
    .map((line, index) => (index + 1 < from || index + 1 > to ? blank(line) : line))
    .join('\n')
}
