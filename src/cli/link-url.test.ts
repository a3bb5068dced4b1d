import { expect, test } from 'vitest'
import { linkUrl } from './link-url.ts'

const server = 'http://127.0.0.1:4000'

test.each([
  ['https://deskside.example.com/crm/', server, 'https://deskside.example.com/crm/set-up#token'],
  [undefined, server, 'http://127.0.0.1:4000/set-up#token'],
  ['', server, 'http://127.0.0.1:4000/set-up#token'],
  ['', null, 'http://127.0.0.1:8080/set-up#token'],
])('a link below the public address %j and the server %j is %s', (publicUrl, serverUrl, url) => {
  expect(linkUrl({ DESKSIDE_PUBLIC_URL: publicUrl }, serverUrl, '/set-up#token')).toBe(url)
})
