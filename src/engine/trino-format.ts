/** Letters of MySQL's formats in those of strftime; those that mean the same in both are not listed. */
const mysql: Readonly<Record<string, string>> = {
  a: '%a',
  b: '%b',
  c: '%-m',
  d: '%d',
  e: '%-d',
  f: '%f',
  H: '%H',
  h: '%I',
  I: '%I',
  i: '%M',
  j: '%j',
  k: '%-H',
  l: '%-I',
  M: '%B',
  m: '%m',
  p: '%p',
  r: '%I:%M:%S %p',
  S: '%S',
  s: '%S',
  T: '%H:%M:%S',
  v: '%V',
  W: '%A',
  x: '%G',
  Y: '%Y',
  y: '%y',
  '%': '%%',
}

/** Letters that Trino itself refuses. */
const refused = new Set([...'DUuVwX'])

/** A mistake in a format, as a sentence. */
export type FormatMistake = { mistake: string }

/** What a format of MySQL (`%Y-%m-%d %H:%i`) is for strftime. */
export function fromMysql(format: string): string | FormatMistake {
  let out = ''
  for (let index = 0; index < format.length; index++) {
    const one = format[index]!
    if (one !== '%') {
      out += one
      continue
    }
    const letter = format[++index]
    if (letter === undefined) return { mistake: 'The format ends with a single %; write %% for a percent sign.' }
    if (refused.has(letter)) return { mistake: `The format has %${letter}, which Trino does not know either.` }
    out += mysql[letter] ?? letter
  }
  return out
}

/** Letters of Joda's formats by their number; the last of a list holds for every greater number. */
const joda: Readonly<Record<string, readonly string[]>> = {
  a: ['%p'],
  D: ['%-j', '%-j', '%j'],
  d: ['%-d', '%d'],
  E: ['%a', '%a', '%a', '%A'],
  e: ['%u'],
  H: ['%-H', '%H'],
  h: ['%-I', '%I'],
  M: ['%-m', '%m', '%b', '%B'],
  m: ['%-M', '%M'],
  S: ['', '', '%g', '', '', '%f'],
  s: ['%-S', '%S'],
  w: ['%V', '%V'],
  x: ['%G'],
  Y: ['%Y', '%y', '%Y'],
  y: ['%Y', '%y', '%Y'],
  Z: ['%z', ''],
  z: ['%Z', '%Z', '%Z', ''],
}

/** What a format of Joda (`yyyy-MM-dd''T''HH:mm`) is for strftime. Between quotes stands text; two quotes are one. */
export function fromJoda(format: string): string | FormatMistake {
  let out = ''
  for (const [piece] of format.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|./gsu)) {
    if (piece === "'") return { mistake: "The format has a quote that does not end; write '' for a quote." }
    const first = piece[0]!
    if (piece === "''") out += "'"
    else if (first === "'") out += piece.slice(1, -1).replaceAll("''", "'").replaceAll('%', '%%')
    else if (/[A-Za-z]/.test(first)) {
      const known = joda[first]
      const letters = known?.[Math.min(piece.length, known.length) - 1]
      if (!letters) return { mistake: `The format has ${piece}, which is not supported.` }
      out += letters
    } else out += first === '%' ? '%%' : piece
  }
  return out
}
