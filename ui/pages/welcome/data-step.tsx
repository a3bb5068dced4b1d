import { Button, FileButton, Group, Radio, Select, Stack, Text } from '@mantine/core'
import { FileUp } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { Definition } from '../../api/operations.ts'
import { useCall, useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { counted } from '../../parts/values.tsx'
import { samplePeople } from './sample.ts'
import { StepFrame } from './step-frame.tsx'
import type { StepProps } from './welcome.tsx'

const SAMPLE_KEY = 'sample_people'

/** A key that the server takes, made of the name of a file. */
const keyOf = (fileName: string) =>
  fileName
    .replace(/\.csv$/i, '')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 64) || 'people'

/** Which table has the people: one that is there, a file, or people who do not exist. */
export function DataStep({ setup, onDone }: StepProps) {
  const tables = useGet('GET /tables')
  return (
    <StepFrame
      title="Where are your people?"
      about="A table with one row per person. Tables of deskside.yml (CSV, Parquet, JSON, PostgreSQL) are there already; a CSV file can be uploaded here."
    >
      <WithAnswer of={tables} loading="Reading the tables" rows={3}>
        {({ items }) => <Choice tables={items} chosen={setup.table} onDone={(table) => onDone({ table })} />}
      </WithAnswer>
    </StepFrame>
  )
}

interface ChoiceProps {
  tables: readonly Definition[]
  chosen: string | undefined
  onDone: (table: string) => void
}

function Choice({ tables, chosen, onDone }: ChoiceProps) {
  const [table, setTable] = useState(chosen ?? tables[0]?.key)
  return (
    <Stack>
      {tables.length > 0 && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (table !== undefined) onDone(table)
          }}
        >
          <Radio.Group label="Tables" value={table ?? null} onChange={setTable}>
            <Stack gap="xs" mt="xs">
              {tables.map((one) => (
                <Radio key={one.key} value={one.key} label={one.key} description={rowsOf(one)} />
              ))}
            </Stack>
          </Radio.Group>
          <Button type="submit" mt="md" size="sm" disabled={table === undefined}>
            Use this table
          </Button>
        </form>
      )}
      <Upload tables={tables} onDone={onDone} />
    </Stack>
  )
}

function rowsOf({ status }: Definition): string {
  return typeof status.rows === 'number' ? counted(status.rows, 'row') : 'not counted yet'
}

function Upload({ tables, onDone }: Pick<ChoiceProps, 'tables' | 'onDone'>) {
  const may = useMay('table:upload')
  const project = useGet('GET /project')
  // A project with one database need not name it.
  const databases = Object.keys(project.data?.body.databases ?? {})
  const [chosen, setChosen] = useState<string | null>(null)
  const database = chosen ?? databases[0]
  const upload = useCall('POST /tables', { stale: ['/tables'], onDone: ({ key }) => onDone(key) })
  if (!may) return <Text size="sm">Uploading a file is switched off for you.</Text>
  const send = (key: string, body: Blob) =>
    upload.mutate({ query: { key, ...(database !== undefined && { database }) }, body } as never)
  const sample = tables.find(
    ({ status }) => status.table === SAMPLE_KEY && (database === undefined || status.database === database),
  )
  return (
    <Stack gap="xs">
      <Text fw={600} size="sm">
        Or bring a file
      </Text>
      {databases.length > 1 && (
        <Select
          label="Database"
          data={databases}
          value={database ?? null}
          onChange={setChosen}
          allowDeselect={false}
          w={280}
        />
      )}
      <Group>
        <FileButton accept=".csv,text/csv" onChange={(file) => file !== null && send(keyOf(file.name), file)}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              size="sm"
              leftSection={<FileUp size={15} />}
              loading={upload.isPending}
            >
              Upload a CSV file
            </Button>
          )}
        </FileButton>
        <Button
          variant="default"
          size="sm"
          disabled={upload.isPending}
          onClick={() => (sample === undefined ? send(SAMPLE_KEY, samplePeople()) : onDone(sample.key))}
        >
          Try with 100 sample people
        </Button>
      </Group>
      {upload.isPending && (
        <Text size="sm" role="status">
          The file is on its way and is checked to its end.
        </Text>
      )}
      {upload.error !== null && <ProblemCard problem={upload.error.problem} />}
    </Stack>
  )
}
