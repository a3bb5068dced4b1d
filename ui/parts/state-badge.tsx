import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Clock,
  LoaderCircle,
  type LucideIcon,
} from 'lucide-react'
import classes from './state-badge.module.css'

type Tone = 'good' | 'running' | 'waiting' | 'alert' | 'bad'

interface Look {
  word: string
  tone: Tone
  icon: LucideIcon
}

/** Every state that is shown anywhere, once: of workflows, tasks, stages, outcomes, objects and users. */
export const states = {
  // workflows
  waiting: { word: 'Waiting', tone: 'waiting', icon: Clock },
  running: { word: 'Running', tone: 'running', icon: LoaderCircle },
  stopping: { word: 'Stopping', tone: 'running', icon: LoaderCircle },
  stopped: { word: 'Stopped', tone: 'waiting', icon: Ban },
  completed: { word: 'Completed', tone: 'good', icon: CircleCheck },
  completed_with_alerts: { word: 'Completed with alerts', tone: 'alert', icon: CircleAlert },
  error: { word: 'Error', tone: 'bad', icon: CircleX },
  // tasks and stages
  succeeded: { word: 'Succeeded', tone: 'good', icon: CircleCheck },
  passed: { word: 'Passed', tone: 'good', icon: CircleCheck },
  failed: { word: 'Failed', tone: 'bad', icon: CircleX },
  issue: { word: 'Issue', tone: 'alert', icon: CircleAlert },
  skipped: { word: 'Skipped', tone: 'waiting', icon: CircleDashed },
  // outcomes of rows
  created: { word: 'Created', tone: 'good', icon: CircleCheck },
  updated: { word: 'Updated', tone: 'good', icon: CircleCheck },
  unchanged: { word: 'Unchanged', tone: 'waiting', icon: CircleDashed },
  rejected: { word: 'Rejected', tone: 'alert', icon: CircleAlert },
  merged: { word: 'Merged', tone: 'waiting', icon: CircleDashed },
  pending: { word: 'Pending', tone: 'waiting', icon: Clock },
  // objects and people
  draft: { word: 'Draft', tone: 'waiting', icon: CircleDashed },
  active: { word: 'Active', tone: 'good', icon: CircleCheck },
  paused: { word: 'Paused', tone: 'waiting', icon: CirclePause },
  inactive: { word: 'Inactive', tone: 'waiting', icon: CircleDashed },
  invited: { word: 'Invited', tone: 'waiting', icon: Clock },
  disabled: { word: 'Disabled', tone: 'waiting', icon: Ban },
  warning: { word: 'Warning', tone: 'alert', icon: CircleAlert },
} as const satisfies Record<string, Look>

export type State = keyof typeof states

/** A state as icon and word in its colour; the colour is never the only sign. */
export function StateBadge({ state, word }: { state: State; word?: string }) {
  const look: Look = states[state]
  return (
    <span className={classes.badge} data-tone={look.tone} data-state={state}>
      <look.icon size={15} aria-hidden className={look.icon === LoaderCircle ? classes.turning : undefined} />
      {word ?? look.word}
    </span>
  )
}
