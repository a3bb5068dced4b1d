import { PageHead } from '../../parts/page-head.tsx'

export function Activity() {
  return <PageHead title="Activity" />
}
