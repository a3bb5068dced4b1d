/** A name as SQL writes it, in double quotes. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as SQL writes it, in single quotes. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
