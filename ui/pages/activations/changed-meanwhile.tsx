import { Alert, Button, Group, Text } from '@mantine/core'
import type { Definition } from '../../api/operations.ts'
import { Difference } from '../../parts/difference.tsx'

interface ChangedMeanwhileProps {
  /** What was there when the editing began, and what is there now. */
  before: Definition
  now: Definition
  onTheirs: () => void
  onOver: () => void
}

/** Somebody else has saved since: what was entered stays, what they changed is shown, and the person decides. */
export function ChangedMeanwhile({ before, now, onTheirs, onOver }: ChangedMeanwhileProps) {
  const names = [...new Set([...Object.keys(before.body), ...Object.keys(now.body)])].filter(
    (name) => JSON.stringify(before.body[name]) !== JSON.stringify(now.body[name]),
  )
  return (
    <Alert color="yellow" title="Somebody has changed this meanwhile" role="alert" mb="md">
      {names.length === 0 && <Text size="sm">It was saved again without a difference.</Text>}
      {names.map((name) => (
        <Text key={name} size="sm" component="div">
          {name}: <Difference before={before.body[name] as string} after={now.body[name] as string} />
        </Text>
      ))}
      <Group mt="xs">
        <Button variant="default" onClick={onTheirs}>
          Take theirs
        </Button>
        <Button onClick={onOver}>Save mine over it</Button>
      </Group>
    </Alert>
  )
}
