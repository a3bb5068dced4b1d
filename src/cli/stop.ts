import type { Control } from '../app.ts'

/** A stop asked for by Ctrl-C or SIGTERM. */
export interface StopSignals {
  control: Required<Pick<Control, 'signal' | 'abort'>>
  /** Gives the signals back to the process. */
  dispose(): void
}

const stopped = ['SIGINT', 'SIGTERM'] as const

/**
 * The first signal asks to stop when the jobs in flight are settled, the second to end at once, and a third leaves the process where
 * it is: the journal makes each of them safe. A signal that a supervisor sends together with the terminal's counts once.
 */
export function stopSignals(
  source: NodeJS.EventEmitter = process,
  leave: () => void = () => process.exit(1),
  // A wall clock that is set back would make deaf to every further signal.
  now: () => number = () => performance.now(),
): StopSignals {
  const first = new AbortController()
  const second = new AbortController()
  let lastAtMs = Number.NEGATIVE_INFINITY
  // npm and some supervisors pass a Ctrl-C on that the terminal has already delivered to the whole group.
  const sameKeyMs = 100
  const received = () => {
    const atMs = now()
    if (atMs - lastAtMs < sameKeyMs) return
    lastAtMs = atMs
    if (!first.signal.aborted) first.abort()
    else if (!second.signal.aborted) second.abort()
    else leave()
  }
  for (const signal of stopped) source.on(signal, received)
  return {
    control: { signal: first.signal, abort: second.signal },
    dispose() {
      for (const signal of stopped) source.off(signal, received)
    },
  }
}
