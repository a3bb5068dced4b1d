import type { Database } from './ledger/database.ts'

/** C0 without tab, line feed and carriage return, then DEL and C1: never part of a delivered value. */
const CONTROLS = '\\x{00}-\\x{08}\\x{0B}\\x{0C}\\x{0E}-\\x{1F}\\x{7F}-\\x{9F}'
const CONTROL = `[${CONTROLS}]`
const SPACE = '\\s\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}'
const EDGE = `${SPACE}${CONTROLS}`

/**
 * Macros that give every cell one meaning: `clean_text` takes control characters out and turns a blank text into NULL, changing nothing
 * else; `clean_email` trims white space and control characters and lowers, but takes nothing out of the middle: what was left would be
 * the address of somebody else, perhaps. All identity and all values of a plan pass through them.
 */
export async function createTextMacros(db: Database): Promise<void> {
  await db.run(
    `CREATE OR REPLACE TEMP MACRO without_controls(x) AS CASE WHEN regexp_matches(x, '${CONTROL}') THEN regexp_replace(x, '${CONTROL}', '', 'g') ELSE x END`,
  )
  await db.run(
    `CREATE OR REPLACE TEMP MACRO null_if_blank(x) AS CASE WHEN regexp_full_match(x, '[${SPACE}]*') THEN NULL ELSE x END`,
  )
  await db.run('CREATE OR REPLACE TEMP MACRO clean_text(x) AS null_if_blank(without_controls(x))')
  await db.run(
    `CREATE OR REPLACE TEMP MACRO clean_email(x) AS lower(nullif(regexp_replace(x, '^[${EDGE}]+|[${EDGE}]+$', '', 'g'), ''))`,
  )
}
