import { Skeleton } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { RulesBuilderProps } from './builder.tsx'

const Builder = lazy(() => import('./builder.tsx').then(({ RulesBuilder }) => ({ default: RulesBuilder })))

/** Rules to edit. The builder comes when it is first needed. */
export function RulesEditor(props: RulesBuilderProps) {
  return (
    <Suspense fallback={<Skeleton h={72} aria-label="Opening the rules" />}>
      <Builder {...props} />
    </Suspense>
  )
}
