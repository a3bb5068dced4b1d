import { Button, Group, Progress, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { ApiProblem } from '../../api/call.ts'
import type { Definition } from '../../api/operations.ts'
import { upload } from '../../api/upload.ts'
import { markStale } from '../../api/use.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { said } from '../../parts/dialogs.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { counted, percent } from '../../parts/values.tsx'
import { FilePlace } from './file-place.tsx'
import { bytesText, keyOfFile } from './words.ts'

interface UploadDialogProps {
  /** Where the project has several. */
  databases?: readonly string[]
  /** The table whose content is replaced; a new one where there is none. */
  replaces?: Definition
  onClose: () => void
}

/** A CSV becomes a table, or takes the place of one that was uploaded. */
export function UploadDialog({ databases = [], replaces, onClose }: UploadDialogProps) {
  const sending = useUpload(replaces, onClose)
  const close = () => {
    sending.stop()
    onClose()
  }
  return (
    <Dialog
      opened
      onClose={close}
      title={replaces === undefined ? 'Upload a CSV as a table' : `Replace the content of ${replaces.key}`}
      size="lg"
      closeOnClickOutside={sending.sent === null}
    >
      <UploadForm databases={databases} replaces={replaces} sending={sending} onClose={close} />
    </Dialog>
  )
}

interface Request {
  file: File
  query: Record<string, string | undefined>
}

interface Sending {
  /** Bytes that went out; null: nothing is being sent. */
  sent: number | null
  problem: ApiProblem | null
  start: (request: Request) => void
  stop: () => void
}

function useUpload(replaces: Definition | undefined, onClose: () => void): Sending {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [sent, setSent] = useState<number | null>(null)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  const send = async ({ file, query }: Request) => {
    abort.current = new AbortController()
    const { signal } = abort.current
    setSent(0)
    setProblem(null)
    const common = { file, query, signal, onSent: setSent }
    try {
      const made = await (replaces === undefined
        ? upload('POST /tables', common)
        : upload('PUT /tables/{key}/content', {
            ...common,
            params: { key: replaces.key },
            ifVersion: replaces.version,
          }))
      await markStale(client, ['/tables'])
      const { rows } = made.status
      said(`${made.key} has ${counted(typeof rows === 'number' ? rows : 0, 'row')}.`)
      onClose()
      if (replaces === undefined) void navigate({ to: '/customer-360/$table', params: { table: made.key } })
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
      if (error.status === 412) await markStale(client, ['/tables'])
    } finally {
      setSent(null)
    }
  }
  return { sent, problem, start: (request) => void send(request), stop: () => abort.current?.abort() }
}

interface UploadFormProps {
  databases: readonly string[]
  replaces: Definition | undefined
  sending: Sending
  onClose: () => void
}

function UploadForm({ databases, replaces, sending: { sent, problem, start }, onClose }: UploadFormProps) {
  const [file, setFile] = useState<File | null>(null)
  const [key, setKey] = useState('')
  const [name, setName] = useState('')
  const [types, setTypes] = useState<'text' | 'told'>('text')
  const [database, setDatabase] = useState<string | null>(databases[0] ?? null)
  const [isAsked, setAsked] = useState(false)
  const keyField = useRef<HTMLInputElement>(null)
  const isNew = replaces === undefined
  const errorAt = (field: string) =>
    problem?.problem.errors?.find(({ pointer }) => pointer === `/query/${field}`)?.message
  const isOfKey = errorAt('key') !== undefined || problem?.status === 409
  useEffect(() => {
    if (isOfKey) keyField.current?.focus()
  }, [isOfKey])
  const choose = (chosen: File | null) => {
    setFile(chosen)
    if (chosen !== null && key === '') setKey(keyOfFile(chosen.name))
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (file === null || (isNew && key === '')) return
    const query = {
      ...(isNew && { key, name: name === '' ? undefined : name }),
      ...(isNew && databases.length > 1 && { database: database ?? undefined }),
      ...(isNew && types === 'told' && { types: '{}' }),
    }
    start({ file, query })
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <FilePlace
          file={file}
          onFile={choose}
          isMissing={isAsked && file === null}
          problem={problem?.problem ?? null}
        />
        {isNew && (
          <>
            <TextInput
              ref={keyField}
              label="Key"
              description="The name by which SQL reads it: letters, digits and _."
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
              error={
                isAsked && key === ''
                  ? 'A table needs a key.'
                  : (errorAt('key') ?? (isOfKey && problem?.problem.detail))
              }
              required
            />
            <TextInput
              label="Name"
              description="What people read in its place."
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={errorAt('name')}
            />
            {databases.length > 1 && (
              <Select label="Database" data={databases} value={database} onChange={setDatabase} allowDeselect={false} />
            )}
            <Stack gap={4}>
              <Text size="sm" fw={500} id="types-of-columns">
                Types of the columns
              </Text>
              <SegmentedControl
                aria-labelledby="types-of-columns"
                value={types}
                onChange={(value) => setTypes(value as 'text' | 'told')}
                data={[
                  { value: 'text', label: 'All text, as written' },
                  { value: 'told', label: 'Told from the values' },
                ]}
                style={{ alignSelf: 'flex-start' }}
              />
              <Text size="xs" c="dimmed">
                As text, leading zeros and plus signs stay. Told from the values, numbers and dates become such.
              </Text>
            </Stack>
          </>
        )}
        {!isNew && <Replacing table={replaces} />}
        {problem !== null && problem.code !== 'upload.refused' && !isOfKey && <ProblemCard problem={problem.problem} />}
        {sent !== null && <SendingBar sent={sent} of={file?.size ?? 0} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {sent === null ? 'Cancel' : 'Stop the upload'}
          </Button>
          <Button type="submit" loading={sent !== null}>
            {isNew ? 'Upload' : 'Replace'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Replacing({ table }: { table: Definition }) {
  return (
    <Text size="sm">
      {table.used_by.length === 0
        ? 'Nothing reads this table.'
        : `Read by ${table.used_by.join(', ')}. What they send changes with the next run. The new file must have every column that the old one has.`}{' '}
      Runs that are at work read the old file to its end.
    </Text>
  )
}

function SendingBar({ sent, of }: { sent: number; of: number }) {
  const isSent = sent >= of
  return (
    <Stack gap={4} role="status">
      <Text size="sm">
        {isSent
          ? 'The file has arrived; it is being read to its end…'
          : `Sending ${bytesText(sent)} of ${bytesText(of)}, ${percent(of === 0 ? 1 : sent / of)}`}
      </Text>
      <Progress value={of === 0 ? 100 : (sent / of) * 100} striped={isSent} aria-label="Upload" />
    </Stack>
  )
}
