/** Where the API's `page` of a resolution or `link` of a notification stands in this page; null for what is not ours. */
export function placeOf(path: string | null): string | null {
  if (path === null || !/^\/(?![/\\])/.test(path)) return null
  const [, kind = '', key = ''] = path.split('/')
  if (kind === 'credentials') return key === '' ? '/settings/credentials' : `/settings/credentials?open=${key}`
  if (key === '' && (kind === 'destinations' || kind === 'groups')) return `/activations/${kind}`
  if (key === '' && kind === 'orchestrations') return '/activations'
  return path
}
