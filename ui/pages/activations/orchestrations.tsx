import { PageHead } from '../../parts/page-head.tsx'

export function Orchestrations() {
  return <PageHead title="Orchestrations" />
}
