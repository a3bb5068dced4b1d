import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Lets go of connections when the server is about to end: those without a request at once, the others with their answer. Node counts a
 * connection on which nothing was ever asked, such as browsers open in advance, as busy until its time is over.
 */
export function releaseConnections(server: Server, closing: AbortSignal): void {
  const open = new Set<Socket>()
  const busy = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    if (closing.aborted) return socket.destroy()
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('request', ({ socket }, response) => {
    busy.add(socket)
    response.once('close', () => {
      busy.delete(socket)
      if (closing.aborted) socket.end()
    })
  })
  closing.addEventListener('abort', () => {
    for (const socket of open) if (!busy.has(socket)) socket.destroy()
  })
}
