import { PageHead } from '../../parts/page-head.tsx'

export function Channels() {
  return <PageHead title="Channels" />
}
