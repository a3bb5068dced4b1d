import { PageHead } from '../../parts/page-head.tsx'

export function Groups() {
  return <PageHead title="Groups" />
}
