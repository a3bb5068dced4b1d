import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../problem.ts'

export const projectFileName = 'deskside.yml'

/** The bytes of `deskside.yml` in a folder. Throws `project.not_found` where it is not, or cannot be read. */
export async function readProjectFile(root: string): Promise<Uint8Array> {
  const path = join(root, projectFileName)
  try {
    return await readFile(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw new Problem('project.not_found', { message: `${path} cannot be read (${code}).`, cause: error })
    }
    const others = await readdir(root).catch(() => [])
    const similar = others.find((name) => /^\.?deskside\.(ya?ml|json)$/i.test(name))
    const hint = similar === undefined ? '' : ` ${similar} is there: rename it to ${projectFileName}.`
    throw new Problem('project.not_found', {
      message: `There is no project here: searched ${path}.${hint}`,
      data: { searched: [path] },
    })
  }
}
