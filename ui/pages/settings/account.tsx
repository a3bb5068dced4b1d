import { PageHead } from '../../parts/page-head.tsx'

export function Account() {
  return <PageHead title="Account" />
}
