import { Button, Group, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Notification } from '../../api/operations.ts'
import { useCall } from '../../api/use.ts'
import { saidProblem } from '../../parts/dialogs.tsx'
import { Marked } from '../../parts/marked.tsx'
import { Moment } from '../../parts/values.tsx'
import { placeOf } from '../workflows/pages.ts'

/** What is told, where it leads, and that it was read. */
export function NotificationDetails({ of: { id, text, at, link, read_at: readAt } }: { of: Notification }) {
  const read = useCall('POST /notifications/read', { stale: ['/notifications'] })
  const place = placeOf(link)
  return (
    <Stack gap="sm">
      <Text size="sm" style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
        <Marked text={text} />
      </Text>
      <Text size="xs" c="dimmed" component="div">
        <Moment at={at} />
        {readAt !== null && (
          <>
            {' '}
            · read <Moment at={readAt} />
          </>
        )}
      </Text>
      <Group gap="xs">
        {place !== null && (
          <Button component={Link} to={place}>
            Show what it is about
          </Button>
        )}
        {readAt === null && (
          <Button
            variant="default"
            loading={read.isPending}
            onClick={() => read.mutate({ body: { ids: [id] } }, { onError: saidProblem })}
          >
            Mark as read
          </Button>
        )}
      </Group>
    </Stack>
  )
}
