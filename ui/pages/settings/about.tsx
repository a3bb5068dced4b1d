import { PageHead } from '../../parts/page-head.tsx'

export function About() {
  return <PageHead title="About" />
}
