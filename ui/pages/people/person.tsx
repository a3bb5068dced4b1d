import { Anchor } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { PageHead } from '../../parts/page-head.tsx'
import { Found } from './found.tsx'

/** One person at an address of its own. */
export function Person() {
  const { key = '' } = useParams({ strict: false })
  return (
    <>
      <PageHead
        title={key}
        about={
          <Anchor component={Link} to="/people" inherit>
            Find somebody else
          </Anchor>
        }
      />
      <Found personKey={key} />
    </>
  )
}
