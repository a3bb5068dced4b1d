// Writes schema/deskside.schema.json from the schemas that check deskside.yml. Run it after a change of those; a test compares.
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { projectJsonSchema } from '../src/project/json-schema.ts'

const folder = fileURLToPath(new URL('../schema/', import.meta.url))
await mkdir(folder, { recursive: true })
await writeFile(`${folder}deskside.schema.json`, projectJsonSchema())
