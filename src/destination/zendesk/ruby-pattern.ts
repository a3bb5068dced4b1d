/**
 * Zendesk checks `regexp` fields with Ruby's regular expressions. Their common parts are rewritten for JavaScript; a pattern with
 * anything else is not judged here at all: Zendesk decides, and its words are reported.
 */

/** In Ruby these are ASCII only, in JavaScript partly not. */
const asciiClasses: Record<string, string> = {
  h: '0-9a-fA-F',
  d: '0-9',
  w: 'a-zA-Z0-9_',
  s: ' \\t\\r\\n\\f\\v',
}

const bracketClasses: Record<string, string> = {
  alpha: '\\p{L}\\p{M}',
  digit: '\\p{Nd}',
  alnum: '\\p{L}\\p{M}\\p{N}',
  upper: '\\p{Lu}',
  lower: '\\p{Ll}',
  space: '\\s',
  blank: ' \\t',
  punct: '\\p{P}\\p{S}',
  cntrl: '\\p{Cc}',
  xdigit: '0-9a-fA-F',
  word: '\\p{L}\\p{M}\\p{N}_',
}

/** Anchors: Ruby's `^` and `$` are those of lines, always. */
const anchors: Record<string, string> = {
  A: '(?<![\\s\\S])',
  z: '(?![\\s\\S])',
  Z: '(?=\\n?(?![\\s\\S]))',
  b: '\\b',
  B: '\\B',
}

const escapedControls: Record<string, string> = {
  n: '\\n',
  t: '\\t',
  r: '\\r',
  f: '\\f',
  v: '\\v',
  a: '\\x07',
  e: '\\x1b',
}

const syntax = /[\^$\\.*+?()[\]{}|/]/

class Untranslatable extends Error {}

/** The JavaScript form of a Ruby pattern, or null when it has parts that cannot be rewritten faithfully. */
export function translatePattern(ruby: string): RegExp | null {
  try {
    return new RegExp(new Translation(ruby).run(), 'mu')
  } catch (error) {
    if (error instanceof Untranslatable || error instanceof SyntaxError) return null
    throw error
  }
}

/** One pass over the pattern. */
class Translation {
  readonly #text: string
  /**
   * Whether letters stand in brackets. V8 leaves regular expressions unoptimised once a process has compiled a megabyte of them, and then takes only
   * the case that is written of a single letter among alternatives, `(?i:b|c)`. Of `(?i:[b]|[c])` it takes both.
   */
  readonly #folds: boolean
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#folds = /\(\?m?i/.test(text)
  }

  run(): string {
    const out = this.#alternatives()
    if (this.#at < this.#text.length) throw new Untranslatable()
    return out
  }

  /** Up to the end of the group or of the pattern. */
  #alternatives(): string {
    let out = ''
    while (this.#at < this.#text.length && this.#text[this.#at] !== ')') {
      const flags = this.#take(/\(\?([mi]*)\)/y)
      if (flags !== null) {
        // Holds to the end of the enclosing group, its further alternatives included.
        out += `${this.#flagGroup(flags[1]!)}${this.#alternatives()})`
        return out
      }
      out += this.#piece()
    }
    return out
  }

  /** Ruby's `m` is JavaScript's `s`. */
  #flagGroup(flags: string): string {
    const own = `${flags.includes('i') ? 'i' : ''}${flags.includes('m') ? 's' : ''}`
    return own === '' ? '(?:' : `(?${own}:`
  }

  #piece(): string {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at)!)
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return this.#bracket()
      case '\\':
        return this.#letter(this.#escape())
      case '*':
      case '+':
      case '?':
      case '{':
        return this.#quantifier()
      case '}':
      case ']':
        this.#at++
        return `\\${character}`
      default:
        this.#at += character.length
        return character === '/' ? '\\/' : this.#letter(character)
    }
  }

  #letter(character: string): string {
    return this.#folds && /^(?:\p{L}|\\[xu].*)$/u.test(character) ? `[${character}]` : character
  }

  #group(): string {
    if (this.#take(/\(\?#[^)]*\)/y) !== null) return ''
    const options = this.#take(/\(\?([mi]+):/y)
    if (options !== null) return this.#close(this.#flagGroup(options[1]!))
    const special = this.#take(/\(\?(?::|=|!|<=|<!|<[A-Za-z_]\w*>)/y)
    if (special !== null) return this.#close(special[0]!)
    if (this.#take(/\((?!\?)/y) === null) throw new Untranslatable()
    return this.#close('(')
  }

  #close(open: string): string {
    const inside = this.#alternatives()
    if (this.#text[this.#at] !== ')') throw new Untranslatable()
    this.#at++
    return `${open}${inside})`
  }

  /** A second sign makes a quantifier possessive, or repeats it; JavaScript knows neither. */
  #quantifier(): string {
    const upTo = this.#take(/\{,(\d+)\}/y)
    const taken = upTo === null ? this.#take(/[*+?]|\{\d+(?:,\d*)?\}/y) : null
    if (upTo === null && taken === null) {
      this.#at++
      return '\\{'
    }
    const lazy = this.#take(/\?/y) === null ? '' : '?'
    if (/[*+?]/.test(this.#text[this.#at] ?? '')) throw new Untranslatable()
    return `${upTo === null ? taken![0] : `{0,${upTo[1]}}`}${lazy}`
  }

  #escape(): string {
    const anchor = this.#take(/\\([AzZbB])/y)
    if (anchor !== null) return anchors[anchor[1]!]!
    const named = this.#take(/\\([hdwsHDWS])/y)
    if (named !== null) {
      const letter = named[1]!
      const negated = letter === letter.toUpperCase()
      return `[${negated ? '^' : ''}${asciiClasses[letter.toLowerCase()]}]`
    }
    const back = this.#take(/\\([1-9]|k<[A-Za-z_]\w*>)/y)
    if (back !== null) return back[0]!
    return this.#character()
  }

  /** An escaped single character, inside or outside brackets. */
  #character(): string {
    const code = this.#take(/\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\})/y)
    if (code !== null) return code[0]!
    const property = this.#take(/\\[pP]\{(?:L|Lu|Ll|N|Nd|P|S|M|Z|Zs)\}/y)
    if (property !== null) return property[0]!
    const control = this.#take(/\\([ntrfvae])/y)
    if (control !== null) return escapedControls[control[1]!]!
    // Letters and digits that are left mean something that JavaScript lacks.
    const literal = this.#take(/\\([^A-Za-z0-9])/uy)
    if (literal === null) throw new Untranslatable()
    const character = literal[1]!
    return syntax.test(character) || character === '-' ? `\\${character === '-' ? 'x2d' : character}` : character
  }

  #bracket(): string {
    let out = this.#take(/\[\^/y) === null ? '[' : '[^'
    if (out === '[') this.#at++
    if (this.#text[this.#at] === ']') throw new Untranslatable()
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined || this.#text.startsWith('&&', this.#at)) throw new Untranslatable()
      if (character === ']') break
      const posix = this.#take(/\[:([a-z]+):\]/y)
      if (posix !== null) {
        out += bracketClasses[posix[1]!] ?? unknownClass()
      } else if (character === '[') {
        throw new Untranslatable()
      } else if (character === '\\') {
        const named = this.#take(/\\([hdws])/y)
        out += named === null ? (this.#take(/\\b/y) === null ? this.#character() : '\\x08') : asciiClasses[named[1]!]
      } else {
        const whole = String.fromCodePoint(this.#text.codePointAt(this.#at)!)
        this.#at += whole.length
        out += whole
      }
    }
    this.#at++
    return `${out}]`
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match !== null) this.#at += match[0].length
    return match
  }
}

function unknownClass(): never {
  throw new Untranslatable()
}
