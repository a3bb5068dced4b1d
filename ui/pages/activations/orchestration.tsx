import { PageHead } from '../../parts/page-head.tsx'

export function Orchestration() {
  return <PageHead title="Orchestration" />
}
