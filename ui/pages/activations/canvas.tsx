import { PageHead } from '../../parts/page-head.tsx'

export function Canvas() {
  return <PageHead title="Canvas" />
}
