import { UnstyledButton } from '@mantine/core'
import { Folder } from 'lucide-react'
import { useSearchState } from '../../parts/search-state.ts'
import { foldersOf, type Row } from './model.ts'
import classes from './queries.module.css'

/** The folders, those within others set in; one that is chosen stands in the address. */
export function Folders({ rows }: { rows: readonly Row[] }) {
  const [search, setSearch] = useSearchState()
  const folders = foldersOf(rows)
  const choices = [{ folder: undefined as string | undefined, name: 'All queries', depth: 0 }].concat(
    folders.map((folder) => ({
      folder,
      name: folder.slice(folder.lastIndexOf('/') + 1),
      depth: folder.split('/').length - 1,
    })),
  )
  return (
    <nav aria-label="Folders" className={classes.tree}>
      <ul className={classes.folders}>
        {choices.map(({ folder, name, depth }) => (
          <li key={folder ?? ''}>
            <UnstyledButton
              className={classes.folder}
              aria-current={search.folder === folder}
              aria-label={folder ?? name}
              style={{ paddingLeft: 8 + depth * 16 }}
              onClick={() => setSearch({ folder })}
            >
              {folder !== undefined && <Folder size={14} aria-hidden />}
              {name}
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </nav>
  )
}
