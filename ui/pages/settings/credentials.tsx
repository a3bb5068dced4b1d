import { PageHead } from '../../parts/page-head.tsx'

export function Credentials() {
  return <PageHead title="Credentials" />
}
