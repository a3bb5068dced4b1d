import { PageHead } from '../../parts/page-head.tsx'

export function Draft() {
  return <PageHead title="Draft" />
}
