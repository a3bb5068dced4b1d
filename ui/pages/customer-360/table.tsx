import { PageHead } from '../../parts/page-head.tsx'

export function Table() {
  return <PageHead title="Table" />
}
