import { Kbd, Table } from '@mantine/core'
import { Dialog } from '../parts/dialog.tsx'
import { places } from './places.ts'

export function KeyList({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog opened={isOpen} onClose={onClose} title="Keys">
      <Table withRowBorders={false}>
        <Table.Tbody>
          <KeyRow keys={['/']} what="Search everything" />
          {places.map(({ key, label }) => (
            <KeyRow key={key} keys={['g', key]} what={`Go to ${label}`} />
          ))}
          <KeyRow keys={['Esc']} what="Close details, a menu or a dialog" />
          <KeyRow keys={['?']} what="Show these keys" />
        </Table.Tbody>
      </Table>
    </Dialog>
  )
}

function KeyRow({ keys, what }: { keys: readonly string[]; what: string }) {
  return (
    <Table.Tr>
      <Table.Td w={90}>
        {keys.map((key) => (
          <Kbd key={key} mr={4}>
            {key}
          </Kbd>
        ))}
      </Table.Td>
      <Table.Td>{what}</Table.Td>
    </Table.Tr>
  )
}
