import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMay } from '../api/me.ts'
import { useGet } from '../api/use.ts'
import classes from './workspace.module.css'

/** The product and the project that this server has. */
export function Workspace() {
  const mayRead = useMay('project:read')
  const { data } = useGet('GET /project', {}, { enabled: mayRead })
  const name = data === undefined ? '' : String(data.body.name ?? '')
  return (
    <Link to="/" className={classes.workspace}>
      <img src="/icon.svg" alt="" width={22} height={22} />
      <Text fw={600} size="sm" visibleFrom="xs" component="span">
        Deskside
      </Text>
      {name !== '' && (
        <Text c="dimmed" size="sm" component="span" truncate>
          {name}
        </Text>
      )}
    </Link>
  )
}
