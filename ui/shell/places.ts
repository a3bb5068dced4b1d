import { Activity, Database, FileCode2, House, Send, Settings, Shapes, TableProperties, Users } from 'lucide-react'
import type { Action } from '../api/me.ts'

/** The places of the navigation, in the order of the work: from what is known to what was sent. */
export const places = [
  { to: '/', label: 'Home', key: 'h', icon: House, need: 'project:read' },
  { to: '/customer-360', label: 'Customer 360', key: 'c', icon: Database, need: 'project:read' },
  { to: '/queries', label: 'Queries', key: 'q', icon: FileCode2, need: 'project:read' },
  { to: '/segments', label: 'Segments', key: 's', icon: Shapes, need: 'segment:read' },
  { to: '/attributes-tables', label: 'Attributes tables', key: 't', icon: TableProperties, need: 'project:read' },
  { to: '/activations', label: 'Activations', key: 'a', icon: Send, need: 'destination:read' },
  { to: '/workflows', label: 'Workflows', key: 'w', icon: Activity, need: 'workflow:read' },
  { to: '/people', label: 'People', key: 'p', icon: Users, need: 'person:read' },
  { to: '/settings', label: 'Settings', key: 'e', icon: Settings, need: null },
] as const satisfies readonly { to: string; label: string; key: string; icon: unknown; need: Action | null }[]
