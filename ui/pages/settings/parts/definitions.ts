import type { Definition } from '../../../api/operations.ts'

export const nameOf = ({ key, body }: Definition): string =>
  typeof body.name === 'string' && body.name !== '' ? body.name : key
