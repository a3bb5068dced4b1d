import { PageHead } from '../../parts/page-head.tsx'

export function People() {
  return <PageHead title="People" />
}
