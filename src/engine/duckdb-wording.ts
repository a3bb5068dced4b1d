import { closest, distance } from 'fastest-levenshtein'
import type { EngineError } from './duckdb-problem.ts'
import { inTrinoWords, trinoNames } from './trino.ts'

/** Kinds of mistakes that many queries have; `data.mistake` of a `query.invalid`. */
export type Mistake = 'column' | 'table' | 'types' | 'function' | 'grouping'

/** A mistake in the words of who wrote the query. */
interface Wording {
  mistake: Mistake | null
  sentence: string
  fix?: string
}

interface Rule {
  pattern: RegExp
  mistake: Mistake
  say: (found: string[], error: EngineError) => { sentence: string; fix?: string }
}

const castFix = 'Turn one side into the type of the other with CAST or, where values may not fit, TRY_CAST.'

const rules: readonly Rule[] = [
  {
    pattern: /^Referenced column "(.+)" (?:not found|was not found)/,
    mistake: 'column',
    say: ([name = ''], { message }) => unknownColumn(name, candidatesOf(message)),
  },
  {
    pattern: /^(?:Table|Values list) "(.+)" does not have a column named "(.+)"/,
    mistake: 'column',
    say: ([table, name = ''], { message }) => unknownColumn(`${table}.${name}`, candidatesOf(message)),
  },
  {
    pattern: /^Referenced table "(.+)" not found/,
    mistake: 'table',
    say: ([name = ''], { message }) => ({
      sentence: `The query reads no table ${name}${list(' here', candidatesOf(message))}.`,
    }),
  },
  {
    pattern: /^(?:Scalar|Aggregate|Table)? ?Function with name (\S+) does not exist!(?:\nDid you mean "(.+)"\?)?/,
    mistake: 'function',
    say: ([name = '', other]) => ({
      sentence: `There is no function ${name}${meant(near(name, other === undefined ? trinoNames : [other, ...trinoNames]))}`,
    }),
  },
  {
    pattern: /(?:argument types '|function call ")(.+?)\((.*)\)['"]/,
    mistake: 'types',
    say: ([name = '', types = '']) => ({
      sentence: `${called(name)} cannot be applied to ${plain(types)}.`,
      fix: castFix,
    }),
  },
  {
    pattern: /^Macro (\S+)\(\) does not support the supplied arguments/,
    mistake: 'types',
    say: ([name]) => ({ sentence: `${name} cannot be applied to these arguments.` }),
  },
  {
    pattern: /^Cannot (?:mix|compare) values of type (.+?) and (?:type )?(\S+)/,
    mistake: 'types',
    say: ([one = '', other = '']) => ({
      sentence: `Values of the types ${plain(one)} and ${plain(other)} cannot stand together.`,
      fix: castFix,
    }),
  },
  {
    pattern: /^Unimplemented type for cast \((.+) -> (.+)\)/,
    mistake: 'types',
    say: ([from = '', to = '']) => ({ sentence: `${plain(from)} cannot become ${plain(to)}.`, fix: castFix }),
  },
  {
    pattern: /^column "(.+)" must appear in the GROUP BY clause/,
    mistake: 'grouping',
    say: ([name]) => ({
      sentence: `The column ${name} stands beside an aggregate, but not in GROUP BY.`,
      fix: `Add ${name} to GROUP BY, or take one of its values with arbitrary(${name}), max(${name}) or max_by(${name}, ...).`,
    }),
  },
  {
    pattern: /^WHERE clause cannot contain aggregates/,
    mistake: 'grouping',
    say: () => ({
      sentence: 'WHERE is decided before rows are grouped and cannot have an aggregate.',
      fix: 'Use HAVING.',
    }),
  },
]

/** Puts what DuckDB says of a text into our words; what no rule knows is one line of DuckDB's own. */
export function wordingOf(error: EngineError, rename = (message: string) => message): Wording {
  const message = inTrinoWords(rename(error.message))
  if (message.includes("'Division by zero'")) {
    return {
      mistake: null,
      sentence: 'Division by zero.',
      fix: 'Divide by NULLIF(x, 0), which gives NULL, or use TRY.',
    }
  }
  if (/^(memory exhausted|Max expression depth|maximum recursion)/i.test(message)) {
    return {
      mistake: null,
      sentence: 'The text is nested too deep.',
      fix: 'Put parts of it into WITH or into tables by SQL.',
    }
  }
  if (message.startsWith('Wrong number of arguments to IF')) {
    return { mistake: null, sentence: 'IF has three arguments here.', fix: 'Write IF(condition, value, NULL).' }
  }
  for (const { pattern, mistake, say } of rules) {
    const found = pattern.exec(message)
    if (found) return { mistake, ...say([...found].slice(1), { ...error, message }) }
  }
  return { mistake: null, sentence: message }
}

function candidatesOf(message: string): string[] {
  const [, text = ''] = /Candidate (?:bindings|tables): ?:?(.*)$/s.exec(message) ?? []
  return [...text.matchAll(/"((?:[^"]|"")*)"/g)].map(([, name]) => name!)
}

function unknownColumn(name: string, candidates: readonly string[]): { sentence: string; fix?: string } {
  const sentence = `The column ${name} cannot be resolved${meant(near(name.split('.').at(-1)!, candidates))}`
  return { sentence, fix: 'Correct the name; a text stands between single quotes, and "double quotes" are for names.' }
}

function near(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const best = closest(name, [...names])
  return distance(name.toLowerCase(), best.toLowerCase()) <= Math.max(2, name.length / 3) ? best : undefined
}

function meant(name: string | undefined): string {
  return name === undefined ? '.' : `; did you mean ${name}?`
}

function list(where: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `; it reads${where} ${names.join(', ')}`
}

/** Names of literals are types to nobody. */
function plain(types: string): string {
  return types.replaceAll('STRING_LITERAL', 'VARCHAR').replaceAll('INTEGER_LITERAL', 'INTEGER')
}

const operators: Readonly<Record<string, string>> = { '~~': 'LIKE', '!~~': 'NOT LIKE', '//': '/' }

function called(name: string): string {
  return /^\w/.test(name) ? name : `'${operators[name] ?? name}'`
}
