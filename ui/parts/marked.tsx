import { Fragment } from 'react'

/** A sentence of the API, whose names of fields, settings and commands stand between backticks: here they look like what one writes. */
export function Marked({ text }: { text: string }) {
  const parts = text.split('`')
  // Without its partner, one belongs to a value.
  if (parts.length % 2 === 0) return <>{text}</>
  return (
    <>
      {parts.map((part, position) =>
        position % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence keep their places
          <code key={position}>{part}</code>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <Fragment key={position}>{part}</Fragment>
        ),
      )}
    </>
  )
}
