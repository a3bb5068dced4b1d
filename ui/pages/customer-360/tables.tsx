import { PageHead } from '../../parts/page-head.tsx'

export function Tables() {
  return <PageHead title="Tables" />
}
