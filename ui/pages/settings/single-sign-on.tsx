import { PageHead } from '../../parts/page-head.tsx'

export function SingleSignOn() {
  return <PageHead title="SingleSignOn" />
}
