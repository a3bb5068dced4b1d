// Writes the tables of docs/guide/access.md from src/access. Run it after a change of policies, options or actions; a test compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Action, actions, allActions, ownActs } from '../src/access/authorize.ts'
import { type OptionKey, options, type PolicyKey, policies } from '../src/access/policies.ts'

const policyKeys = Object.keys(policies) as PolicyKey[]
const optionKeys = Object.keys(options) as OptionKey[]

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}

const code = (text: string) => `\`${text}\``

const tables: Record<string, () => string> = {
  policies: () =>
    table(
      ['Policy', 'Key', 'For whom'],
      policyKeys.map((key) => [policies[key].name, code(key), policies[key].description]),
    ),
  options: () =>
    table(
      ['Option', 'Key', 'What it does', 'Actions'],
      optionKeys.map((key) => {
        const { name, description, effect, actions: about } = options[key]
        const verb = effect === 'allow' ? 'allows' : 'denies'
        return [name, code(key), description, `${verb} ${about.map(code).join(', ')}`]
      }),
    ),
  actions: () =>
    table(
      ['Action', 'What it is', ...policyKeys.map((key) => policies[key].name)],
      allActions.map((action) => [
        code(action),
        actions[action],
        ...policyKeys.map((key) => ((policies[key].actions as readonly Action[]).includes(action) ? 'yes' : '—')),
      ]),
    ),
  acts: () =>
    table(
      ['Action', 'What it is'],
      Object.entries(ownActs).map(([act, description]) => [code(act), description]),
    ),
}

/** The guide with its tables as they are in the code now; everything between them stays. */
export function accessDocs(guide: string): string {
  return Object.entries(tables).reduce((text, [name, made]) => {
    const [begin, end] = [`<!-- ${name}: by scripts/generate-access-docs.ts -->\n`, `<!-- end of ${name} -->`]
    const from = text.indexOf(begin)
    const to = text.indexOf(end)
    if (from < 0 || to < from) throw new Error(`The guide has no place for the table of ${name}.`)
    return `${text.slice(0, from + begin.length)}\n${made()}\n\n${text.slice(to)}`
  }, guide)
}

if (import.meta.main) {
  const path = fileURLToPath(new URL('../docs/guide/access.md', import.meta.url))
  writeFileSync(path, accessDocs(readFileSync(path, 'utf8')))
}
