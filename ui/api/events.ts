import type { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import type { Notification, WorkflowHeader } from './operations.ts'
import { markStale } from './use.ts'

export interface Progress {
  workflow: string
  progress: Record<string, unknown>
}

interface EventMap {
  workflow: WorkflowHeader
  progress: Progress
  notification: Notification
}

type Listener<K extends keyof EventMap> = (data: EventMap[K]) => void
const listeners = { workflow: new Set(), progress: new Set(), notification: new Set() } as {
  [K in keyof EventMap]: Set<Listener<K>>
}

/** Calls back for each event of this kind until the returned function is called. */
export function onEvent<K extends keyof EventMap>(kind: K, listener: Listener<K>): () => void {
  listeners[kind].add(listener)
  return () => void listeners[kind].delete(listener)
}

let isConnected = true
const watchers = new Set<() => void>()

function setConnected(value: boolean): void {
  if (value === isConnected) return
  isConnected = value
  for (const watcher of watchers) watcher()
}

/** Whether the server is heard; false while the connection is lost. */
export function useIsConnected(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
    () => isConnected,
  )
}

/** What an event is about is read again. There is no replay: `hello` after a lost connection means that everything may have changed. */
const staleAfter: Record<keyof EventMap, readonly string[]> = {
  workflow: ['/workflows', '/orchestrations', '/groups', '/figures', '/plans', '/queries', '/segments'],
  progress: [],
  notification: ['/notifications', '/dispatches'],
}

/** When a connection that the server has refused is tried again. */
const AGAIN_MS = 5_000

/** Listens for as long as somebody is signed in; returns what ends it. */
export function listen(client: QueryClient): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let greetings = 0
  const open = () => {
    source = new EventSource('/api/v1/events')
    source.addEventListener('hello', () => {
      setConnected(true)
      if (greetings++ > 0) void client.invalidateQueries()
    })
    for (const kind of Object.keys(staleAfter) as (keyof EventMap)[])
      source.addEventListener(kind, (event) => tell(client, kind, JSON.parse((event as MessageEvent<string>).data)))
    source.addEventListener('error', () => {
      setConnected(false)
      // A browser tries again by itself after silence, and never after a refusal.
      if (source?.readyState !== EventSource.CLOSED) return
      void client.invalidateQueries({ queryKey: ['GET /me'] })
      timer = setTimeout(open, AGAIN_MS)
    })
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
    setConnected(true)
  }
}

function tell<K extends keyof EventMap>(client: QueryClient, kind: K, data: EventMap[K]): void {
  for (const listener of listeners[kind]) listener(data)
  const workflow = kind === 'workflow' ? (data as WorkflowHeader).id : null
  void markStale(client, staleAfter[kind], (queryKey) => workflow === null || isAbout(queryKey, workflow))
}

/** What was read of another workflow, a million records perhaps, is as it was. */
function isAbout([operation, ...inputs]: readonly unknown[], workflow: string): boolean {
  if (!String(operation).startsWith('GET /workflows/{id}')) return true
  return (inputs.at(-1) as { params?: { id?: string } } | undefined)?.params?.id === workflow
}
