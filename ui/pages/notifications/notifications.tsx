import { PageHead } from '../../parts/page-head.tsx'

export function Notifications() {
  return <PageHead title="Notifications" />
}
