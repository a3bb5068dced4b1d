import { PageHead } from '../../parts/page-head.tsx'

export function Segment() {
  return <PageHead title="Segment" />
}
