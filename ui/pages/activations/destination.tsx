import { PageHead } from '../../parts/page-head.tsx'

export function Destination() {
  return <PageHead title="Destination" />
}
