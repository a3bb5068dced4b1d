import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageHead } from '../parts/page-head.tsx'

export function NotFound() {
  return (
    <>
      <PageHead title="Nothing is here" />
      <EmptyState
        why="No page has this address. What stood here may have been deleted or renamed."
        action={
          <Button component={Link} to="/">
            Go home
          </Button>
        }
      />
    </>
  )
}
