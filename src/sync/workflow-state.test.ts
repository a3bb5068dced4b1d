import { describe, expect, it } from 'vitest'
import type { WorkflowState } from './report.ts'
import { nextState, transitions, type WorkflowHappening } from './workflow-state.ts'

const states = Object.keys(transitions) as WorkflowState[]
const happenings = Object.keys(transitions.waiting) as WorkflowHappening[]
const final: WorkflowState[] = ['completed', 'completed_with_alerts']

const reachableFrom = (state: WorkflowState) => happenings.flatMap((happening) => transitions[state][happening] ?? [])

describe('states of a workflow', () => {
  it('1. every state decides on every happening', () => {
    expect(states.toSorted()).toEqual([
      'completed',
      'completed_with_alerts',
      'error',
      'running',
      'stopped',
      'stopping',
      'waiting',
    ])
    for (const state of states) expect(Object.keys(transitions[state])).toEqual(happenings)
  })

  it('2. what is completed stays as it is', () => {
    for (const state of final) expect(reachableFrom(state)).toEqual([])
  })

  it('3. whatever is not completed can be started (again) and can be superseded, which stops it', () => {
    for (const state of states.filter((one) => !final.includes(one))) {
      expect([state, transitions[state].start]).toEqual([state, 'running'])
      expect([state, transitions[state].superseded]).toEqual([state, 'stopped'])
    }
  })

  it('4. only what has been started can complete, and only by being settled', () => {
    for (const state of states) {
      const completing = happenings.filter((happening) =>
        final.includes(transitions[state][happening] as WorkflowState),
      )
      const isStarted = state === 'running' || state === 'stopping'
      expect([state, completing]).toEqual([state, isStarted ? ['settled', 'settled_with_alerts'] : []])
    }
  })

  it('5. alerts are told from none', () => {
    expect(nextState('running', 'settled')).toBe('completed')
    expect(nextState('running', 'settled_with_alerts')).toBe('completed_with_alerts')
  })

  it('6. a guard stops a run, before it was asked to stop', () => {
    expect(nextState('running', 'guard_tripped')).toBe('stopped')
    expect(transitions.stopping.guard_tripped).toBeNull()
  })

  it('7. a problem is an error, and an error goes on when it is started', () => {
    for (const state of ['waiting', 'running', 'stopping'] as const) expect(nextState(state, 'problem')).toBe('error')
    expect(nextState('error', 'start')).toBe('running')
  })

  it('8. a run that is asked to stop is stopping until it has stopped, or has completed after all', () => {
    expect(nextState('running', 'stop_asked')).toBe('stopping')
    expect(nextState('stopping', 'stop_asked')).toBe('stopping')
    expect(reachableFrom('stopping').toSorted()).toEqual([
      'completed',
      'completed_with_alerts',
      'error',
      'running',
      'stopped',
      'stopped',
      'stopping',
    ])
  })

  it('9. a killed process leaves `running`, which the next one starts', () => {
    expect(nextState('running', 'start')).toBe('running')
  })

  it('10. what cannot be is a bug, not a silent change', () => {
    for (const state of states)
      for (const happening of happenings) {
        const next = transitions[state][happening]
        if (next === null)
          expect(() => nextState(state, happening)).toThrow(expect.objectContaining({ code: 'internal.bug' }))
        else expect(nextState(state, happening)).toBe(next)
      }
  })
})
