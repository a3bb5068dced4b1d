import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { type SQLNamespace, StandardSQL, sql } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension, Prec } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  type KeyBinding,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'
import { styleNonce } from '../../nonce.ts'
import classes from './sql.module.css'

/** A mistake at its place: line and column begin at 1. */
export interface Mistake {
  line: number
  column: number
  message: string
}

export interface SqlEditorProps {
  value: string
  /** What the text is, for whoever hears the page. */
  label: string
  onChange?: (value: string) => void
  isReadOnly?: boolean
  /** Tables and their columns, for completion. */
  schema?: SQLNamespace
  mistakes?: readonly Mistake[]
  /** Keys beside those of every editor. */
  keys?: readonly KeyBinding[]
  /** Gives the view away, for buttons beside the editor. */
  onView?: (view: EditorView | null) => void
  minHeight?: string
  maxHeight?: string
}

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--deskside-running)', fontWeight: '500' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--deskside-good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--deskside-alert)' },
  { tag: tags.comment, color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
])

const look = EditorView.theme({
  '&': { backgroundColor: 'transparent', color: 'inherit' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': { fontFamily: 'inherit', padding: '8px 0', caretColor: 'currentColor' },
  '.cm-scroller': { fontFamily: 'inherit', lineHeight: '1.6', overflow: 'auto' },
  '.cm-gutters': { backgroundColor: 'transparent', border: 'none', color: 'var(--mantine-color-dimmed)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, currentColor 4%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'currentColor' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--mantine-color-anchor) 25%, transparent) !important',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--mantine-color-body)',
    color: 'var(--mantine-color-text)',
    border: '1px solid var(--deskside-line)',
    borderRadius: '6px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--mantine-primary-color-filled)',
    color: 'var(--mantine-primary-color-contrast)',
  },
})

/** Tab leaves the field, as everywhere else; Ctrl-M (Mac: Shift-Alt-M) lets it indent. */
const usual: readonly KeyBinding[] = [
  ...closeBracketsKeymap,
  ...defaultKeymap,
  ...historyKeymap,
  ...searchKeymap,
  ...completionKeymap,
  { key: 'Mod-]', run: indentWithTab.run! },
]

function extensionsOf({ label, isReadOnly = false, keys = [] }: SqlEditorProps): Extension[] {
  return [
    EditorView.cspNonce.of(styleNonce),
    Prec.highest(keymap.of([...keys])),
    keymap.of([...usual]),
    isReadOnly ? [] : [history(), lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), lintGutter()],
    closeBrackets(),
    bracketMatching(),
    indentOnInput(),
    drawSelection(),
    highlightSelectionMatches(),
    autocompletion({ icons: false }),
    EditorView.lineWrapping,
    EditorState.readOnly.of(isReadOnly),
    EditorView.contentAttributes.of({ 'aria-label': label }),
    syntaxHighlighting(colours),
    look,
  ]
}

/** CodeMirror in the colours of the page. The text is its own while somebody types; a `value` from elsewhere replaces it. */
export function SqlEditor(props: SqlEditorProps) {
  const { value, schema, mistakes, minHeight, maxHeight, onView } = props
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const language = useRef(new Compartment())
  const latest = useRef(props)
  latest.current = props
  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; what changes is told to it below
  useEffect(() => {
    const sizes = EditorView.theme({
      '.cm-scroller': { ...(minHeight && { minHeight }), ...(maxHeight && { maxHeight }) },
    })
    const listener = EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange?.(update.state.doc.toString())
    })
    // Keys ask for the present handlers.
    const keys = (props.keys ?? []).map((binding, index) => ({
      ...binding,
      run: (target: EditorView) => latest.current.keys?.[index]?.run?.(target) ?? false,
    }))
    const extensions = [extensionsOf({ ...props, keys }), language.current.of(languageOf(schema)), listener, sizes]
    const made = new EditorView({ state: EditorState.create({ doc: value, extensions }), parent: place.current! })
    view.current = made
    onView?.(made)
    return () => {
      onView?.(null)
      made.destroy()
    }
  }, [])
  useEffect(() => {
    const shown = view.current!
    if (shown.state.doc.toString() !== value)
      shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: value } })
  }, [value])
  useEffect(() => {
    view.current!.dispatch({ effects: language.current.reconfigure(languageOf(schema)) })
  }, [schema])
  useEffect(() => {
    const { state } = view.current!
    view.current!.dispatch(
      setDiagnostics(
        state,
        (mistakes ?? []).map((mistake) => diagnosticOf(state, mistake)),
      ),
    )
  }, [mistakes])
  return <div ref={place} className={classes.editor} />
}

function languageOf(schema: SQLNamespace | undefined): Extension {
  return sql({ dialect: StandardSQL, upperCaseKeywords: true, ...(schema !== undefined && { schema }) })
}

function diagnosticOf(state: EditorState, { line, column, message }: Mistake): Diagnostic {
  const found = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines))
  const from = Math.min(found.from + Math.max(column - 1, 0), found.to)
  const word = state.wordAt(from)
  return { from: word?.from ?? from, to: word?.to ?? Math.min(from + 1, found.to), severity: 'error', message }
}
