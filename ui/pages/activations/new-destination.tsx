import { PageHead } from '../../parts/page-head.tsx'

export function NewDestination() {
  return <PageHead title="NewDestination" />
}
