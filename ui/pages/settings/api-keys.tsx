import { PageHead } from '../../parts/page-head.tsx'

export function ApiKeys() {
  return <PageHead title="ApiKeys" />
}
