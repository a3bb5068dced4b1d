import { Button, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core'
import { Check, Copy } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './shown-once.module.css'

interface ShownOnceProps {
  label: string
  value: string
  /** What it opens, until when, and whom it is for. */
  what: ReactNode
  onDone: () => void
}

/** A link or a key that is shown this once, to be copied. */
export function ShownOnce({ label, value, what, onDone }: ShownOnceProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.select(), [])
  return (
    <section className={classes.card} aria-label={label}>
      <Stack gap="sm">
        <Copied label={label} value={value} fieldRef={field} />
        <Text size="sm" component="div">
          {what}
        </Text>
        <Text size="sm" c="dimmed">
          It is shown this once. Deskside keeps a digest of it only.
        </Text>
        <Group>
          <Button variant="default" onClick={onDone}>
            Done
          </Button>
        </Group>
      </Stack>
    </section>
  )
}

interface CopiedProps {
  label: string
  value: string
  description?: string
  fieldRef?: React.RefObject<HTMLInputElement | null>
}

/** A text that is to be copied elsewhere. */
export function Copied({ label, value, description, fieldRef }: CopiedProps) {
  return (
    <div className={classes.line}>
      <TextInput
        ref={fieldRef}
        label={label}
        description={description}
        value={value}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
        classNames={{ input: classes.value }}
        style={{ flex: 1, minWidth: 0 }}
      />
      <CopyButton value={value} timeout={3_000}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            size="sm"
            onClick={copy}
            leftSection={copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
          >
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </div>
  )
}
