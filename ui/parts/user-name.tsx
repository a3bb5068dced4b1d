import { useMay, useMe } from '../api/me.ts'
import { useGet } from '../api/use.ts'

/** Who has saved or begun something, as the API writes it: `user/<id>`. Names of users are for those who may read them; an id helps nobody. */
export function UserName({ of }: { of: string }) {
  const me = useMe()
  const mayRead = useMay('user:read')
  const isUser = of.startsWith('user/')
  const users = useGet('GET /users', {}, { enabled: mayRead && isUser })
  if (!isUser) return <>{of.startsWith('key/') ? 'an API key' : of}</>
  if (of === `user/${me.id}`) return <>you</>
  const found = users.data?.items.find(({ id }) => `user/${id}` === of)
  return <>{found === undefined ? 'another user' : found.name || found.email}</>
}
