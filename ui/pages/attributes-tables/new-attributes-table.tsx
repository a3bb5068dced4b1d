import { PageHead } from '../../parts/page-head.tsx'

export function NewAttributesTable() {
  return <PageHead title="NewAttributesTable" />
}
