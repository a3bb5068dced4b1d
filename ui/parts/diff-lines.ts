export interface DiffLine {
  kind: 'added' | 'removed' | 'same' | 'gap'
  text: string
}

/** The lines of a unified diff as they are shown: without its heads, and a gap in the place of the lines that were left out. */
export function diffLines(diff: string): DiffLine[] {
  const lines: DiffLine[] = []
  let isBody = false
  for (const line of diff.split('\n')) {
    if (line.startsWith('@@')) {
      if (isBody) lines.push({ kind: 'gap', text: '' })
      isBody = true
    } else if (isBody && line !== '' && !line.startsWith('\\')) {
      const kind = line[0] === '+' ? 'added' : line[0] === '-' ? 'removed' : 'same'
      lines.push({ kind, text: line.slice(1) })
    }
  }
  return lines
}
