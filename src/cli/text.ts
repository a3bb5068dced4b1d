import { styleText } from 'node:util'

/** How a stream is written to: its width and whether it takes colours. Rendering functions get this and nothing else of a terminal. */
export interface Style {
  /** Columns of the terminal; Infinity for a pipe or file, where nothing is shortened. */
  columns: number
  color: boolean
}

type Format = Parameters<typeof styleText>[0]

/** Colours `text` if the stream takes colours. */
export function paint(style: Style, format: Format, text: string): string {
  return style.color ? styleText(format, text, { validateStream: false }) : text
}

// Everything that could move the cursor, change colours, reorder or hide text: C0, DEL, C1, line and paragraph separators, marks
// and overrides of direction, invisible spaces, tag characters, and lone surrogates. Joiners stay: emoji and Persian need them.
const unsafe =
  /[\p{Cc}\u061C\u200B\u200E\u200F\u2028\u2029\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|\p{Cs}/gu

const names = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

/** Text from data or from Zendesk as it may be shown: control, escape and invisible characters are written out (`\x1b`). */
export function visible(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0
    const hex = code.toString(16)
    return (
      names.get(character) ??
      (code < 256 ? `\\x${hex.padStart(2, '0')}` : code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`)
    )
  })
}

let segmenter: Intl.Segmenter | null = null

/** Made when a text needs it: that takes 9 ms, and most commands show plain ASCII. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return segmenter.segment(text)
}

// East Asian Wide and Fullwidth by script, and emoji: what terminals draw over two columns.
const wide =
  /^(?:(?![\uFF61-\uFFDC])[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\u3000-\u303E\uFF01-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F)/u
const zero = /^[\p{Mn}\p{Me}\u200C\u200D]+$/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: our own colour sequences begin with one
const colours = /\u001b\[[0-9;]*m/g

function graphemeWidth(grapheme: string): number {
  if (zero.test(grapheme)) return 0
  return wide.test(grapheme) ? 2 : 1
}

/** Columns that a text fills in a terminal; our own colour sequences count nothing. */
export function widthOf(text: string): number {
  const plain = text.replace(colours, '')
  // Printable ASCII needs no segmentation, which costs 100 times more.
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length
  let width = 0
  for (const { segment } of graphemes(plain)) width += graphemeWidth(segment)
  return width
}

/** Shortens an uncoloured text to `width` columns, ending in an ellipsis where something was cut. */
export function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width < 1) return ''
  let used = 0
  let kept = ''
  for (const { segment } of graphemes(text)) {
    const next = graphemeWidth(segment)
    if (used + next > width - 1) break
    used += next
    kept += segment
  }
  return `${kept}…`
}

/** Pads to `width` columns; coloured text may be padded too. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + gap : gap + text
}

/** Breaks an uncoloured sentence at spaces into lines of at most `width` columns; a longer word stands alone and is not cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

/** A label in a column of its own and its text wrapped beside it. */
export function labelled(
  style: Style,
  label: string,
  text: string,
  options: { indent?: number; width?: number } = {},
): string[] {
  const indent = ' '.repeat(options.indent ?? 2)
  const labelWidth = options.width ?? 8
  const room = Math.max(20, Math.min(style.columns, 100) - indent.length - labelWidth)
  return text
    .split('\n')
    .flatMap((line) => wrap(visible(line), style.columns === Infinity ? Infinity : room))
    .map((line, index) => `${indent}${paint(style, 'dim', pad(index === 0 ? label : '', labelWidth))}${line}`)
}

/** A label and a command, which is never broken: it is there to be copied, and terminals copy their own wrapping away. */
export function labelledCommand(
  style: Style,
  label: string,
  command: string,
  options: { indent?: number } = {},
): string {
  return `${' '.repeat(options.indent ?? 2)}${paint(style, 'dim', pad(label, 6))}${paint(style, 'cyan', command)}`
}

/** 12,345 */
export function number(count: number): string {
  // The first call of a process costs 6 ms, which small numbers need not wait for.
  return Number.isInteger(count) && Math.abs(count) < 1_000 ? String(count) : count.toLocaleString('en-US')
}

/** `1 row`, `2 rows`, `12,345 people`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`
}

/** `184 requests, 10 per 1,000 people`. The rate is left out for so few people that it says nothing. */
export function requestsFor(requests: number, people: number): string {
  const rate = people < 100 ? '' : `, ${number(Math.round((requests * 1_000) / people))} per 1,000 people`
  return `${counted(requests, 'request')}${rate}`
}

/** A length of time in the two largest units that matter: `0.4 s`, `27 s`, `3 min 20 s`, `2 h 05 min`. */
export function duration(ms: number): string {
  if (ms < 9950) return `${Number((Math.max(0, ms) / 1000).toFixed(1))} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`
}

/** Remaining time in whole seconds, never `0 s` while something remains. */
export function remaining(ms: number): string {
  return duration(Math.max(1000, Math.ceil(ms / 1000) * 1000))
}

/** UTC, to the second, as people read it: `2026-11-21 08:30:05`. */
export function moment(iso: string): string {
  return iso.replace('T', ' ').replace(/(?:\.\d+)?Z$/, '')
}
