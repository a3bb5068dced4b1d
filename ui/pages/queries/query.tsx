import { PageHead } from '../../parts/page-head.tsx'

export function Query() {
  return <PageHead title="Query" />
}
