import { Text } from '@mantine/core'
import type { LookedColumn } from '../../api/operations.ts'
import { HIDDEN } from '../../parts/hidden.ts'
import { counted, figure } from '../../parts/values.tsx'
import classes from './share-bar.module.css'

/** A share from 0 to 1 as a small bar with its figure. */
export function ShareBar({ share, text }: { share: number | null; text: string }) {
  if (share === null) return <span>—</span>
  return (
    <span className={classes.share}>
      <span className={classes.track} aria-hidden>
        <span className={classes.part} style={{ width: `${share * 100}%` }} />
      </span>
      <span className={classes.text}>{text}</span>
    </span>
  )
}

/** The most usual values in a line. */
export function UsualValues({ of }: { of: LookedColumn['examples'] }) {
  const shown = of.filter(({ value }) => value !== HIDDEN)
  if (of.length === 0) return <span>—</span>
  if (shown.length === 0)
    return (
      <Text span c="dimmed" fs="italic" inherit>
        hidden by your policy
      </Text>
    )
  return <span>{shown.map(({ value }) => value).join(' · ')}</span>
}

/** The most usual values, each with how many rows of the sample have it. */
export function ValueBars({ of, sampled }: { of: LookedColumn['examples']; sampled: number | null }) {
  const most = Math.max(...of.map(({ rows }) => rows), 1)
  if (of.length === 0)
    return (
      <Text size="sm" c="dimmed">
        There are none.
      </Text>
    )
  return (
    <>
      <ul className={classes.values}>
        {of.map(({ value, rows }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: hidden values are all the same
          <li key={index}>
            <span className={classes.value} title={value === HIDDEN ? undefined : value}>
              {value === HIDDEN ? (
                <Text span c="dimmed" fs="italic" inherit>
                  hidden by your policy
                </Text>
              ) : (
                value
              )}
            </span>
            <span title={counted(rows, 'row')} className={classes.share}>
              <span className={classes.track} aria-hidden>
                <span className={classes.part} style={{ width: `${(rows / most) * 100}%` }} />
              </span>
              {figure(rows)}
            </span>
          </li>
        ))}
      </ul>
      {sampled !== null && (
        <Text size="xs" c="dimmed" mt={4}>
          Rows of a sample of {counted(sampled, 'row')}.
        </Text>
      )}
    </>
  )
}
