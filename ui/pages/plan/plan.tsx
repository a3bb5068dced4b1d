import { PageHead } from '../../parts/page-head.tsx'

export function Plan() {
  return <PageHead title="Plan" />
}
