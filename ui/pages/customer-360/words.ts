import type { LookedColumn } from '../../api/operations.ts'
import { figure, percent } from '../../parts/values.tsx'

/** `98.3%`; what is not everything is never called 100%, and what is not nothing never 0%. */
export function shareText(share: number): string {
  const rounded = percent(share)
  if (share < 1 && rounded === '100%') return '>99.9%'
  if (share > 0 && rounded === '0%') return '<0.1%'
  return rounded
}

/** What was counted about has a `~` before it. */
export const about = (text: string, isExact: boolean | null): string => (isExact === false ? `~${text}` : text)

type Counted = Pick<LookedColumn, 'distinct' | 'uniqueness' | 'distinct_is_exact'>

export const distinctText = ({ distinct, distinct_is_exact: isExact }: Counted): string =>
  distinct === null ? '—' : about(figure(distinct), isExact)

export const uniquenessText = ({ uniqueness, distinct_is_exact: isExact }: Counted): string =>
  uniqueness === null ? '—' : about(shareText(uniqueness), isExact)

const deciders = { declared: 'deskside.yml', confirmed: 'somebody here', guessed: 'a guess' } as const
const shortDeciders = { declared: 'declared', confirmed: 'tagged', guessed: 'guessed' } as const

/** Who has the last word on whether a column is personal. */
export const deciderText = (by: LookedColumn['by']): string => deciders[by]
export const deciderWord = (by: LookedColumn['by']): string => shortDeciders[by]

/** Words that SQL keeps for itself. */
const reserved = new Set(
  'all and any as asc between both by case cast check collate column constraint create cross default desc distinct else end except exists false fetch for from full grant group having in inner intersect into is join left like limit not null offset on only or order outer primary references right select some table then to true union unique user using when where window with'.split(
    ' ',
  ),
)

export function sqlName(name: string): string {
  const isPlain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !reserved.has(name.toLowerCase())
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`
}

/** All columns of a table, one a line. */
export const selectOf = (table: string, columns: readonly string[]): string =>
  `SELECT\n  ${columns.map(sqlName).join(',\n  ')}\nFROM ${sqlName(table)}`

/** `3.2 MB` */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB']
  let value = bytes
  let unit = 'B'
  for (const next of units) {
    if (value < 1_000) break
    value /= 1_000
    unit = next
  }
  return `${value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`
}

/** A key for the table of a file: what of its name a key may have. */
export function keyOfFile(name: string): string {
  const plain = name
    .replace(/\.[^.]*$/, '')
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 64)
  return /^[0-9]/.test(plain) ? `t_${plain}`.slice(0, 64) : plain
}
