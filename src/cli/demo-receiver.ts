import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where the demo's notifications go: takes every message, and keeps none. */
export interface DemoReceiver {
  url: string
  close(): Promise<void>
}

export async function openReceiver(): Promise<DemoReceiver> {
  const server = createServer((request, response) => {
    request.resume()
    request.once('end', () => response.writeHead(204).end())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
