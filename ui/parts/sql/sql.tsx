import { lazy, Suspense } from 'react'
import type { SqlEditorProps } from './editor.tsx'
import classes from './sql.module.css'

const Editor = lazy(() => import('./editor.tsx').then(({ SqlEditor }) => ({ default: SqlEditor })))

/** SQL to write. The editor comes when it is first needed; its text is there at once. */
export function SqlEditor(props: SqlEditorProps) {
  return (
    <Suspense fallback={<pre className={classes.plain}>{props.value}</pre>}>
      <Editor {...props} />
    </Suspense>
  )
}

/** SQL to read and to copy from. */
export function SqlText({ sql, label }: { sql: string; label: string }) {
  return <SqlEditor value={sql.trimEnd()} label={label} isReadOnly />
}
