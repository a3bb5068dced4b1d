import { PageHead } from '../../parts/page-head.tsx'

export function AttributesTables() {
  return <PageHead title="AttributesTables" />
}
