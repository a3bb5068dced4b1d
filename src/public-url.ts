/** Address under which people reach the server; null where none is set, or an empty one, as compose files do. */
export function publicUrlOf({ DESKSIDE_PUBLIC_URL }: Record<string, string | undefined>): string | null {
  return DESKSIDE_PUBLIC_URL || null
}
