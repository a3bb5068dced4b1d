import type { ReactNode } from 'react'
import classes from './facts.module.css'

/** Names and values of one thing, in two columns. */
export function Facts({ of }: { of: readonly (readonly [name: string, value: ReactNode] | null)[] }) {
  return (
    <dl className={classes.facts}>
      {of.map(
        (fact) =>
          fact !== null && (
            <div key={fact[0]} className={classes.fact}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
