import { PageHead } from '../../parts/page-head.tsx'

export function Appearance() {
  return <PageHead title="Appearance" />
}
