import { Button, FileButton, Group, Text } from '@mantine/core'
import { FileUp } from 'lucide-react'
import { type DragEvent, useEffect, useRef, useState } from 'react'
import type { Problem } from '../../api/operations.ts'
import classes from './file-place.module.css'
import { bytesText } from './words.ts'

interface FilePlaceProps {
  file: File | null
  onFile: (file: File | null) => void
  isMissing: boolean
  /** What the file was refused for. */
  problem: Problem | null
}

/** A file is dropped here, or chosen by the button. */
export function FilePlace({ file, onFile, isMissing, problem }: FilePlaceProps) {
  const [isOver, setOver] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const refusal = problem?.code === 'upload.refused' ? problem : null
  useEffect(() => {
    if (isMissing || refusal !== null) button.current?.focus()
  }, [isMissing, refusal])
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    onFile(event.dataTransfer.files[0] ?? null)
  }
  return (
    <section
      aria-label="File"
      className={classes.place}
      data-over={isOver || undefined}
      data-wrong={isMissing || refusal !== null || undefined}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Group gap="sm">
        <FileUp size={20} aria-hidden />
        <Text size="sm" style={{ flex: 1, minWidth: 160, overflowWrap: 'anywhere' }}>
          {file === null ? 'Drop a CSV here, with the names of its columns in the first line.' : file.name}
          {file !== null && (
            <Text span c="dimmed" ml={8} inherit>
              {bytesText(file.size)}
            </Text>
          )}
        </Text>
        <FileButton
          onChange={onFile}
          accept=".csv,.tsv,.txt,text/csv,text/plain"
          inputProps={{ 'aria-label': 'CSV file' }}
        >
          {(props) => (
            <Button {...props} ref={button} variant="default">
              {file === null ? 'Choose a file' : 'Choose another'}
            </Button>
          )}
        </FileButton>
      </Group>
      {isMissing && (
        <Text size="sm" role="alert" className={classes.mistake}>
          Choose a file first.
        </Text>
      )}
      {refusal !== null && file !== null && <Refusal file={file} problem={refusal} />}
    </section>
  )
}

/** Larger files are not looked into for the sake of one line. */
const mostShownBytes = 64_000_000

function Refusal({ file, problem }: { file: File; problem: Problem }) {
  const [line, setLine] = useState<string | null>(null)
  const number = typeof problem.line === 'number' ? problem.line : null
  useEffect(() => {
    let isGone = false
    if (number === null || file.size > mostShownBytes) return
    const show = (text: string) => {
      if (!isGone) setLine(text.split(/\r\n|\n|\r/)[number - 1]?.slice(0, 300) ?? null)
    }
    // It may be moved or written meanwhile; then the line is left out.
    file.text().then(show, () => setLine(null))
    return () => {
      isGone = true
    }
  }, [file, number])
  return (
    <div role="alert" className={classes.mistake}>
      <Text size="sm" fw={600}>
        {problem.detail}
      </Text>
      {line !== null && (
        <pre className={classes.line}>
          <span className={classes.number}>{number}</span>
          {line}
        </pre>
      )}
      <Text size="sm">{problem.fix}</Text>
    </div>
  )
}
