import { PageHead } from '../../parts/page-head.tsx'

export function Settings() {
  return <PageHead title="Settings" />
}
