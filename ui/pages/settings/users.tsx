import { PageHead } from '../../parts/page-head.tsx'

export function Users() {
  return <PageHead title="Users" />
}
