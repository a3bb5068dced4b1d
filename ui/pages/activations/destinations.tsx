import { PageHead } from '../../parts/page-head.tsx'

export function Destinations() {
  return <PageHead title="Destinations" />
}
