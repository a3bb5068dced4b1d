import { SimpleGrid, Text } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { said } from '../../parts/dialogs.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { SearchInput } from '../../parts/search-input.tsx'
import { useSearchState } from '../../parts/search-state.ts'
import classes from './activations.module.css'
import { DestinationForm } from './destination-form.tsx'

/** A new destination: first its plugin, then its settings. */
export function NewDestination() {
  const [{ q, plugin }] = useSearchState()
  const navigate = useNavigate()
  const plugins = useGet('GET /plugins', { query: { ...(q !== undefined && { q }) } }, { keepsPrevious: true })
  const create = useCall('POST /destinations', {
    stale: ['/destinations', '/credentials'],
    onDone: ({ key }) => {
      said('The destination is saved.')
      void navigate({ to: '/destinations/$key', params: { key }, state: { isSaved: true } })
    },
  })
  return (
    <>
      <PageHead
        title="New destination"
        about="The connection is tested when it is saved; one that does not work is not saved."
      />
      <WithAnswer of={plugins} loading="Reading the plugins">
        {({ items }) => {
          const chosen = items.find(({ key }) => key === plugin)
          if (chosen !== undefined)
            return (
              <DestinationForm
                initial={{ plugin: chosen.key }}
                settings={chosen.settings}
                verb="Create destination"
                isSaving={create.isPending}
                error={create.error}
                onSave={(body) => create.mutate({ body: { body } })}
                onCancel={() => void navigate({ to: '/activations/destinations' })}
              />
            )
          return (
            <>
              <SearchInput label="Search plugins" />
              {items.length === 0 && <EmptyState why="No plugin matches the search." />}
              <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} mt="sm">
                {items.map((one) => (
                  <Link
                    key={one.key}
                    to="/destinations/new"
                    search={{ plugin: one.key } as never}
                    className={classes.card}
                  >
                    <Text fw={600}>{one.name}</Text>
                    <Text size="sm" c="dimmed">
                      {one.description}
                    </Text>
                  </Link>
                ))}
              </SimpleGrid>
            </>
          )
        }}
      </WithAnswer>
    </>
  )
}
