import type { ErrorComponentProps } from '@tanstack/react-router'
import { useRouter } from '@tanstack/react-router'
import { ApiProblem } from '../api/call.ts'
import type { Problem } from '../api/operations.ts'
import { PageHead } from '../parts/page-head.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'

/** A page that failed as a whole: a refusal of the API with its fix, or a bug of ours. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const again = () => {
    reset()
    void router.invalidate()
  }
  return (
    <main style={{ padding: 24 }}>
      <PageHead title="This page could not be shown" />
      <ProblemCard
        problem={
          error instanceof ApiProblem ? error.problem : bug(error instanceof Error ? error : new Error(String(error)))
        }
        onRetry={again}
      />
    </main>
  )
}

function bug(error: Error): Problem {
  const isStale = /dynamically imported module|Importing a module script failed/.test(error.message)
  return {
    type: 'urn:deskside:problem:ui.bug',
    title: 'The page failed',
    status: 0,
    code: isStale ? 'ui.stale' : 'ui.bug',
    detail: isStale ? 'A part of this page could not be loaded: Deskside may have been updated.' : error.message,
    fix: isStale ? 'Reload the page.' : 'Reload the page; if it fails again, report it with what you did.',
    who: 'us',
    request_id: '',
  }
}
