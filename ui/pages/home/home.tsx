import { PageHead } from '../../parts/page-head.tsx'

export function Home() {
  return <PageHead title="Home" />
}
