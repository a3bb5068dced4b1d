import { Text } from '@mantine/core'
import { type DiffLine, diffLines } from './diff-lines.ts'
import classes from './diff-text.module.css'

const signs = { added: '+', removed: '−', same: ' ', gap: '⋯' } as const

/** A unified diff, line by line; what was added and removed is said by a sign and by the element, not by colour alone. */
export function DiffText({ diff, label }: { diff: string; label: string }) {
  const lines = diffLines(diff)
  if (lines.length === 0)
    return (
      <Text c="dimmed" size="sm">
        Nothing differs.
      </Text>
    )
  return (
    // A region that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className={classes.diff} aria-label={label} tabIndex={0}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line has nothing but its place
        <Line key={index} line={line} />
      ))}
    </section>
  )
}

function Line({ line: { kind, text } }: { line: DiffLine }) {
  const As = kind === 'added' ? 'ins' : kind === 'removed' ? 'del' : 'span'
  return (
    <As className={classes.line} data-kind={kind}>
      <span className={classes.sign} aria-hidden>
        {signs[kind]}
      </span>
      <span>{text}</span>
    </As>
  )
}
