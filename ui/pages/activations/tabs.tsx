import { Link } from '@tanstack/react-router'
import classes from './activations.module.css'

const tabs = [
  ['/activations', 'Orchestrations'],
  ['/activations/destinations', 'Destinations'],
  ['/activations/groups', 'Groups'],
  ['/activations/canvas', 'Canvas'],
] as const

/** The four lists of activations, each with its own address. */
export function ActivationTabs() {
  return (
    <nav aria-label="Activations" className={classes.tabs}>
      {tabs.map(([to, text]) => (
        <Link key={to} to={to} className={classes.tab} activeOptions={{ exact: true, includeSearch: false }}>
          {text}
        </Link>
      ))}
    </nav>
  )
}
