import { useMay } from '../../../api/me.ts'
import { useGet } from '../../../api/use.ts'
import { type CredentialType, credentialTypes } from './types.ts'

/** The types that there are, and what one of them is called; before they are read, its key. */
export function useCredentialTypes(): { types: CredentialType[]; titleOf: (type: unknown) => string } {
  const mayRead = useMay('project:read')
  const { data } = useGet('GET /plugins', {}, { enabled: mayRead })
  const types = data === undefined ? [] : credentialTypes(data.items)
  return { types, titleOf: (type) => types.find((one) => one.type === type)?.title ?? String(type ?? '') }
}
