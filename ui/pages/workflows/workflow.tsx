import { PageHead } from '../../parts/page-head.tsx'

export function Workflow() {
  return <PageHead title="Workflow" />
}
