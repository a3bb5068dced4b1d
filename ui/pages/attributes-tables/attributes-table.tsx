import { PageHead } from '../../parts/page-head.tsx'

export function AttributesTable() {
  return <PageHead title="AttributesTable" />
}
