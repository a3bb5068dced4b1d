import { Box, Button, Group, NativeSelect, Stack, Text, UnstyledButton } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import type { Answer } from '../api/call.ts'
import type { Definition } from '../api/operations.ts'
import { markStale, useCall, useGet } from '../api/use.ts'
import { WithAnswer } from './answer.tsx'
import { confirm, said, saidProblem } from './dialogs.tsx'
import { DiffText } from './diff-text.tsx'
import { useSearchState } from './search-state.ts'
import { UserName } from './user-name.tsx'
import { Moment } from './values.tsx'
import classes from './versions.module.css'

/** Kinds that keep their versions, by their path of the API. */
export type VersionedPath = 'queries' | 'attributes-tables' | 'segments'

const one: Record<VersionedPath, string> = {
  queries: 'query',
  'attributes-tables': 'attributes table',
  segments: 'segment',
}

type Version = Answer<'GET /queries/{key}/versions'>['items'][number]

interface VersionsProps {
  path: VersionedPath
  /** As it is now. */
  definition: Definition
  /** Whether the person may change it; one from git is restored in git. */
  mayRestore: boolean
}

/** What an object was: who changed it and when, what differs between two versions, and a way back. The address says which two are shown. */
export function Versions({ path, definition, mayRestore }: VersionsProps) {
  const versions = useGet(`GET /${path}/{key}/versions`, { params: { key: definition.key } })
  return (
    <WithAnswer of={versions} loading="Reading the versions">
      {({ items }) => <Compared items={items} {...{ path, definition, mayRestore }} />}
    </WithAnswer>
  )
}

function Compared({ items, path, definition, mayRestore }: VersionsProps & { items: Version[] }) {
  const [search, setSearch] = useSearchState()
  const chosen = items.find(({ version }) => String(version) === search.version) ?? items[0]
  if (chosen === undefined) return null
  const before = items[items.indexOf(chosen) + 1]?.version
  const against = items.some(({ version }) => String(version) === search.against) ? Number(search.against) : before
  return (
    <div className={classes.split}>
      <ol className={classes.list} aria-label="Versions, newest first">
        {items.map((item) => (
          <li key={item.version}>
            <UnstyledButton
              className={classes.version}
              aria-current={item === chosen}
              onClick={() => setSearch({ version: String(item.version), against: undefined })}
            >
              <OneVersion item={item} isPresent={item.version === definition.version} />
            </UnstyledButton>
          </li>
        ))}
      </ol>
      <Stack gap="sm" style={{ minWidth: 0 }}>
        <Group justify="space-between" gap="xs">
          <Against items={items} chosen={chosen} against={against} onChange={(against) => setSearch({ against })} />
          {mayRestore && definition.source === 'ui' && chosen.version !== definition.version && (
            <Restore path={path} definition={definition} version={chosen.version} />
          )}
        </Group>
        {against === undefined ? (
          <Text size="sm" c="dimmed">
            This is the first version that is kept.
          </Text>
        ) : (
          <Differences path={path} of={definition.key} version={chosen.version} against={against} />
        )}
      </Stack>
    </div>
  )
}

function OneVersion({ item, isPresent }: { item: Version; isPresent: boolean }) {
  return (
    <>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <span>
          Version {item.version}
          {isPresent && ' · present'}
        </span>
        <Text span size="xs" c="dimmed">
          <Moment at={item.updated_at} />
        </Text>
      </Group>
      <Text size="xs" c="dimmed" truncate>
        {item.source === 'git' ? 'from git' : <UserName of={item.updated_by} />}
      </Text>
    </>
  )
}

interface AgainstProps {
  items: Version[]
  chosen: Version
  against: number | undefined
  onChange: (against: string) => void
}

function Against({ items, chosen, against, onChange }: AgainstProps) {
  const others = items.filter((item) => item !== chosen)
  if (others.length === 0 || against === undefined) return <span />
  return (
    <NativeSelect
      size="xs"
      label={`Version ${chosen.version} compared with`}
      value={String(against)}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={others.map(({ version }) => ({ value: String(version), label: `Version ${version}` }))}
    />
  )
}

interface DifferencesProps {
  path: VersionedPath
  of: string
  version: number
  against: number
}

function Differences({ path, of: key, version, against }: DifferencesProps) {
  const answer = useGet(`GET /${path}/{key}/versions/{version}`, { params: { key, version }, query: { against } })
  return (
    <WithAnswer of={answer} loading={`Comparing version ${version} with version ${against}`}>
      {({ diff }) => (
        <Box>
          <DiffText diff={diff ?? ''} label={`What differs in version ${version} from version ${against}`} />
        </Box>
      )}
    </WithAnswer>
  )
}

function Restore({ path, definition, version }: { path: VersionedPath; definition: Definition; version: number }) {
  const client = useQueryClient()
  const restore = useCall(`POST /${path}/{key}/restore`, {
    stale: [`/${path}`],
    onDone: (now) => said(`Version ${version} is the present one again, as version ${now.version}.`),
  })
  const ask = async () => {
    const isSure = await confirm({
      title: `Restore version ${version}`,
      what: `The ${one[path]} becomes what it was in version ${version}, as a new version. Version ${definition.version} stays in this list. Whatever uses the ${one[path]} takes the restored one from its next run on.`,
      verb: 'Restore',
    })
    if (!isSure) return
    restore.mutate(
      { params: { key: definition.key }, body: { version }, ifVersion: definition.version },
      {
        onError: (error) => {
          saidProblem(error)
          // Somebody may have changed it meanwhile: their version is shown.
          void markStale(client, [`/${path}`])
        },
      },
    )
  }
  return (
    <Button
      variant="default"
      leftSection={<RotateCcw size={14} aria-hidden />}
      loading={restore.isPending}
      onClick={() => void ask()}
    >
      Restore version {version}
    </Button>
  )
}
