import { PageHead } from '../../parts/page-head.tsx'

export function NewSegment() {
  return <PageHead title="NewSegment" />
}
