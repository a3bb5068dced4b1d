import { PageHead } from '../../parts/page-head.tsx'

export function Queries() {
  return <PageHead title="Queries" />
}
