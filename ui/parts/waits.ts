/** An attempt has ended and the workflow waits for somebody, not for its turn. */
export const waitsForSomebody = ({ state, ended_at: ended }: { state: string; ended_at: string | null }): boolean =>
  state === 'waiting' && ended !== null
