import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMe } from '../api/me.ts'
import type { Me } from '../api/operations.ts'

interface Kind {
  word: string
  to: string
  need: Me['may'][number]
}

/** Kinds of objects that have a page. */
const kinds: Record<string, Kind> = {
  table: { word: 'Table', to: '/customer-360', need: 'project:read' },
  query: { word: 'Query', to: '/queries', need: 'project:read' },
  query_draft: { word: 'Draft', to: '/query-drafts', need: 'project:read' },
  attributes_table: { word: 'Attributes table', to: '/attributes-tables', need: 'project:read' },
  segment: { word: 'Segment', to: '/segments', need: 'segment:read' },
  orchestration: { word: 'Orchestration', to: '/orchestrations', need: 'orchestration:read' },
  destination: { word: 'Destination', to: '/destinations', need: 'destination:read' },
}

/** `query/vip`, as the API names objects. */
export function kindAndKey(name: string): [kind: string, key: string] {
  const slash = name.indexOf('/')
  return slash < 0 ? [name, ''] : [name.slice(0, slash), name.slice(slash + 1)]
}

/** `Query`; the kind itself where it is another. */
export const kindWord = (kind: string): string => kinds[kind]?.word ?? kind.replaceAll('_', ' ')

/** An object by `<kind>/<key>`: a link to its page for whoever may see it, otherwise its key. */
export function ObjectLink({ name, hasKind = false }: { name: string; hasKind?: boolean }) {
  const { may } = useMe()
  const [kind, key] = kindAndKey(name)
  const found = kinds[kind]
  const isShown = found !== undefined && may.includes(found.need)
  return (
    <span style={{ overflowWrap: 'anywhere' }}>
      {hasKind && (
        <Text span c="dimmed" inherit>
          {kindWord(kind)}{' '}
        </Text>
      )}
      {isShown ? (
        <Anchor component={Link} to={`${found.to}/${encodeURIComponent(key)}`} inherit>
          {key}
        </Anchor>
      ) : (
        key
      )}
    </span>
  )
}
