import { PageHead } from '../../parts/page-head.tsx'

export function Person() {
  return <PageHead title="Person" />
}
