import { PageHead } from '../../parts/page-head.tsx'

export function Segments() {
  return <PageHead title="Segments" />
}
