/** `DESKSIDE_FAULTS=full`, as `npm run test:faults` sets it: every combination; else one of each kind, for everyday runs of the tests. */
export const isFull = process.env.DESKSIDE_FAULTS === 'full'
