import { Button, Group, List, Stack, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiProblem, call } from '../api/call.ts'
import { nameOf } from '../api/definition.ts'
import type { Definition } from '../api/operations.ts'
import { markStale } from '../api/use.ts'
import type { DefinitionPath } from './definition-saving.ts'
import { confirm, said, saidProblem } from './dialogs.tsx'

interface DeletionOptions {
  /** What it is called: `attributes table`. */
  noun: string
  /** What deleting it means, and what stays. */
  what: string
  /** Leaves the page of what is gone: before anything is read again, because that page would ask for it. */
  onDeleted: () => void | Promise<void>
  /** Further paths whose answers are stale afterwards. */
  stale?: readonly string[]
}

/** Deletes an object after asking. What is still used is not deleted: the dialog says by what instead. */
export function useDeletion(
  path: DefinitionPath | '/tables' | '/attributes-tables' | '/segments',
  { noun, what, onDeleted, stale = [] }: DeletionOptions,
): { ask: (of: Definition) => Promise<void>; isDeleting: boolean } {
  const client = useQueryClient()
  const [isDeleting, setDeleting] = useState(false)
  const remove = async ({ key, version }: Definition, name: string) => {
    setDeleting(true)
    try {
      await call(`DELETE ${path}/{key}` as 'DELETE /queries/{key}', { params: { key }, ifVersion: version })
      said(`${name} is deleted.`)
      await onDeleted()
      await markStale(client, [path, ...stale])
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      saidProblem(error)
    } finally {
      setDeleting(false)
    }
  }
  const ask = async (of: Definition) => {
    const name = nameOf(of)
    if (of.used_by.length > 0)
      modals.open({ title: `${name} cannot be deleted`, children: <StillUsed by={of.used_by} /> })
    else if (await confirm({ title: `Delete ${name}`, what, verb: `Delete ${noun}`, hurts: true }))
      await remove(of, name)
  }
  return { ask, isDeleting }
}

/** Why there is nothing to confirm: what uses it goes first. */
function StillUsed({ by }: { by: readonly string[] }) {
  return (
    <Stack gap="sm">
      <Text size="sm">These use it. Take it out of them, or delete them, first:</Text>
      <List size="sm">
        {by.map((one) => (
          <List.Item key={one}>{one.replace('/', ' ').replace('_', ' ')}</List.Item>
        ))}
      </List>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => modals.closeAll()}>
          Close
        </Button>
      </Group>
    </Stack>
  )
}
