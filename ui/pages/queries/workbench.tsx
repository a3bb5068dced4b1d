import type { EditorView } from '@codemirror/view'
import { Button, Group, Stack, Tabs } from '@mantine/core'
import { Keyboard, Play, TextCursor, WandSparkles } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { useMay } from '../../api/me.ts'
import type { Problem, QueryTryInput } from '../../api/operations.ts'
import { SqlCheck } from '../../parts/column-check.tsx'
import { said } from '../../parts/dialogs.tsx'
import { DatabaseSelect } from '../../parts/sql/database-select.tsx'
import type { Mistake } from '../../parts/sql/editor.tsx'
import { useSchema } from '../../parts/sql/schema.ts'
import { SqlEditor } from '../../parts/sql/sql.tsx'
import { EditorKeys } from './editor-keys.tsx'
import classes from './queries.module.css'
import { Results } from './results.tsx'
import { TableBrowser } from './table-browser.tsx'
import type { EditedDraft } from './use-draft.ts'
import { useTry } from './use-try.ts'

const FIRST_ROWS = 100

/** The editor with its buttons, the rows below it and the tables beside it. */
export function Workbench({ draft, mayWrite }: { draft: EditedDraft; mayWrite: boolean }) {
  const view = useRef<EditorView | null>(null)
  const mayRun = useMay('query:run')
  const mayCheck = useMay('destination:read') && mayRun
  const database = draft.body.database ?? null
  const schema = useSchema(database)
  const [tab, setTab] = useState<string | null>('rows')
  const { trial, run, cancel } = useTry()
  const [hasKeys, setHasKeys] = useState(false)
  const text = draft.body.text ?? ''
  const { line, column, detail } = trial.problem ?? ({} as Partial<Problem>)
  const mistakes = useMemo<Mistake[]>(
    () => (typeof line === 'number' ? [{ line, column: Number(column ?? 1), message: String(detail) }] : []),
    [line, column, detail],
  )
  const tried = (part: Partial<QueryTryInput>) => {
    if (!mayRun) return true
    setTab('rows')
    const read = database === null ? {} : { database }
    run({ sql: view.current?.state.doc.toString() ?? text, limit: FIRST_ROWS, ...read, ...part })
    return true
  }
  const runAll = () => tried({})
  const runPart = () => tried(partOf(view.current))
  const formatAll = () => {
    void format(view.current)
    return true
  }
  const keys = [
    { key: 'Mod-Enter', run: runAll, preventDefault: true },
    { key: 'Mod-Shift-Enter', run: runPart, preventDefault: true },
    { key: 'Shift-Alt-f', run: formatAll, preventDefault: true },
  ]
  return (
    <div className={classes.workbench}>
      <Stack gap="sm" style={{ minWidth: 0 }}>
        <DatabaseSelect
          value={database}
          isReadOnly={!mayWrite}
          onChange={(chosen) => draft.change({ database: chosen ?? undefined })}
        />
        <Tools
          {...(mayRun && { onRun: runAll, onRunPart: runPart, isEmpty: text.trim() === '' })}
          {...(mayWrite && { onFormat: formatAll, onComment: () => void comment(view.current) })}
          onKeys={() => setHasKeys(true)}
        />
        <SqlEditor
          label="SQL of the draft"
          value={text}
          isReadOnly={!mayWrite}
          onChange={(changed) => changed !== (draft.body.text ?? '') && draft.change({ text: changed })}
          schema={schema}
          mistakes={mistakes}
          keys={keys}
          onView={(made) => {
            view.current = made
          }}
          minHeight="240px"
          maxHeight="50dvh"
        />
        {mayRun && (
          <Tabs value={tab} onChange={setTab} keepMounted={false}>
            <Tabs.List mb="sm">
              <Tabs.Tab value="rows">Rows</Tabs.Tab>
              {mayCheck && (
                <Tabs.Tab value="columns" disabled={text.trim() === ''}>
                  Columns
                </Tabs.Tab>
              )}
            </Tabs.List>
            <Tabs.Panel value="rows">
              <Results trial={trial} onCancel={cancel} onGoTo={(line, column) => goTo(view.current, line, column)} />
            </Tabs.Panel>
            {mayCheck && (
              <Tabs.Panel value="columns">
                <SqlCheck sql={text} database={database} />
              </Tabs.Panel>
            )}
          </Tabs>
        )}
      </Stack>
      <TableBrowser database={database} onInsert={(name) => insert(view.current, name)} />
      <EditorKeys isOpen={hasKeys} onClose={() => setHasKeys(false)} />
    </div>
  )
}

interface ToolsProps {
  /** Without it nothing can be run. */
  onRun?: () => void
  onRunPart?: () => void
  isEmpty?: boolean
  /** Without it nothing can be written. */
  onFormat?: () => void
  onComment?: () => void
  onKeys: () => void
}

function Tools({ onRun, onRunPart, isEmpty, onFormat, onComment, onKeys }: ToolsProps) {
  return (
    <Group gap="xs">
      {onRun !== undefined && (
        <>
          <Button leftSection={<Play size={14} aria-hidden />} onClick={onRun} disabled={isEmpty === true}>
            Run
          </Button>
          <Button variant="default" leftSection={<TextCursor size={14} aria-hidden />} onClick={onRunPart}>
            Run selection or up to here
          </Button>
        </>
      )}
      {onFormat !== undefined && (
        <>
          <Button variant="default" leftSection={<WandSparkles size={14} aria-hidden />} onClick={onFormat}>
            Format
          </Button>
          <Button variant="default" onClick={onComment}>
            Comment
          </Button>
        </>
      )}
      <Button variant="subtle" color="gray" leftSection={<Keyboard size={14} aria-hidden />} onClick={onKeys}>
        Keys
      </Button>
    </Group>
  )
}

/** The selection; without one, everything up to the line of the cursor. */
function partOf(view: EditorView | null): Partial<QueryTryInput> {
  if (view === null) return {}
  const { from, to, empty, head } = view.state.selection.main
  if (!empty) return { characters: { from, to: to - 1 } }
  return { lines: { from: 1, to: view.state.doc.lineAt(head).number } }
}

function goTo(view: EditorView | null, line: number, column: number): void {
  if (view === null) return
  const found = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines))
  view.dispatch({ selection: { anchor: Math.min(found.from + column - 1, found.to) }, scrollIntoView: true })
  view.focus()
}

function insert(view: EditorView | null, name: string): void {
  if (view === null) return
  view.dispatch(view.state.replaceSelection(name), { scrollIntoView: true })
  view.focus()
}

async function comment(view: EditorView | null): Promise<void> {
  const { toggleComment } = await import('@codemirror/commands')
  if (view === null) return
  toggleComment(view)
  view.focus()
}

/** What cannot be formatted stays as it is. */
async function format(view: EditorView | null): Promise<void> {
  if (view === null) return
  const before = view.state.doc.toString()
  const { format: formatted } = await import('sql-formatter')
  try {
    const after = formatted(before, { language: 'trino', keywordCase: 'upper', tabWidth: 2 })
    if (view.state.doc.toString() !== before || after === before) return
    view.dispatch({ changes: { from: 0, to: before.length, insert: after } })
  } catch {
    said('This SQL cannot be formatted as long as it is not complete.')
  }
  view.focus()
}
