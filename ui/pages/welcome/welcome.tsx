import { PageHead } from '../../parts/page-head.tsx'

export function Welcome() {
  return <PageHead title="Welcome" />
}
