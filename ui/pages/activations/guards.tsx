import { useMay } from '../../api/me.ts'
import { useGet } from '../../api/use.ts'
import { ObjectLink } from '../../parts/object-link.tsx'
import { guardsOf } from './guard-words.ts'

/** At what the guards of a destination stop a run, with the values that it has. */
export function Guards({ of: key }: { of: string }) {
  const maySee = useMay('destination:read')
  const destination = useGet('GET /destinations/{key}', { params: { key } }, { enabled: maySee })
  const plugins = useGet('GET /plugins', {}, { enabled: maySee })
  const body = destination.data?.body
  const plugin = plugins.data?.items.find((one) => one.key === body?.plugin)
  if (body === undefined || plugin === undefined)
    return (
      <>
        Those of the destination <ObjectLink name={`destination/${key}`} />
      </>
    )
  const stops = guardsOf(body, plugin.settings)
  if (stops.length === 0) return <>None: nothing stops a run, however much it would change</>
  return (
    <>
      A run stops before anything is sent when
      {stops.map((stop, index) => (
        <span key={stop}>
          {index === 0 ? ' ' : index === stops.length - 1 ? ' or ' : ', '}
          {stop}
        </span>
      ))}
    </>
  )
}
