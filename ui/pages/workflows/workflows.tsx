import { PageHead } from '../../parts/page-head.tsx'

export function Workflows() {
  return <PageHead title="Workflows" />
}
