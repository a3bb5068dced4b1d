import { pad, paint, type Style, shorten, widthOf, wrap } from './text.ts'

export interface Column {
  title: string
  align?: 'left' | 'right'
  /** The higher, the sooner the column is left out when the terminal is too narrow; 0 or none: never. */
  spare?: number
  /** Of the last column: a cell that is too long goes on in further lines instead of being cut. */
  wraps?: boolean
  /** May be cut to what is left of the line, down to this many columns. */
  shrinkTo?: number
}

const gap = '  '

function measure(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map((column, index) =>
    Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[index] ?? ''))),
  )
}

function lineWidth(shown: readonly number[], widths: readonly number[], indent: number): number {
  return indent + shown.reduce((sum, index) => sum + widths[index]!, 0) + gap.length * (shown.length - 1)
}

/** Which columns stand, and how wide each is, so that a line fits the terminal: spare ones go first, then long ones shrink. */
function layout(
  columns: readonly Column[],
  natural: number[],
  available: number,
  indent: number,
): { shown: number[]; widths: number[] } {
  const widths = [...natural]
  let shown = columns.map((_, index) => index)
  const smallest = columns.map((column, index) => Math.min(natural[index]!, column.shrinkTo ?? natural[index]!))
  while (lineWidth(shown, smallest, indent) > available) {
    const out = shown
      .filter((index) => columns[index]!.spare)
      .sort((a, b) => columns[b]!.spare! - columns[a]!.spare!)[0]
    if (out === undefined) break
    shown = shown.filter((index) => index !== out)
  }
  for (;;) {
    if (lineWidth(shown, widths, indent) <= available) break
    const widest = shown.filter((index) => widths[index]! > smallest[index]!).sort((a, b) => widths[b]! - widths[a]!)[0]
    if (widest === undefined) break
    widths[widest]!--
  }
  return { shown, widths }
}

/** One line of cells, laid out by a heading's columns. */
type RowPrinter = (cells: readonly string[]) => string

/**
 * Lays a table out by its first rows and returns its heading and a printer for each row, so that a long table can be streamed.
 * Cells are uncoloured and already {@link visible}; `colour` may colour a finished cell.
 */
export function tableLayout(
  columns: readonly Column[],
  firstRows: readonly (readonly string[])[],
  style: Style,
  options: { indent?: number; colour?: (column: number, cell: string, row: readonly string[]) => string } = {},
): { heading: string; print: RowPrinter } {
  const indent = options.indent ?? 2
  const { shown, widths } = layout(columns, measure(columns, firstRows), style.columns, indent)
  const compose = (cells: readonly string[], colour: (column: number, cell: string) => string): string => {
    const lines: string[] = []
    let line = ' '.repeat(indent)
    for (const [position, index] of shown.entries()) {
      const { align = 'left', wraps = false } = columns[index]!
      const width = widths[index]!
      const cell = cells[index] ?? ''
      const isLast = position === shown.length - 1
      const pieces = isLast && wraps && widthOf(cell) > width ? wrap(cell, width) : [cell]
      const start = ' '.repeat(widthOf(line))
      const [first = '', ...more] = pieces.map((piece) =>
        colour(index, style.columns === Infinity ? piece : shorten(piece, width)),
      )
      line += pad(first, isLast && align === 'left' ? 0 : width, align) + (isLast ? '' : gap)
      lines.push(...more.map((piece) => start + piece))
    }
    return [line.trimEnd(), ...lines].join('\n')
  }
  return {
    heading: compose(
      columns.map((column) => column.title),
      (_, cell) => paint(style, 'dim', cell),
    ),
    print: (cells) => compose(cells, (column, cell) => options.colour?.(column, cell, cells) ?? cell),
  }
}

/** A whole table with its heading; no lines for no rows. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
  options: Parameters<typeof tableLayout>[3] & { heading?: boolean } = {},
): string[] {
  if (rows.length === 0) return []
  const { heading, print } = tableLayout(columns, rows, style, options)
  return [...(options.heading === false ? [] : [heading]), ...rows.flatMap((row) => print(row).split('\n'))]
}
