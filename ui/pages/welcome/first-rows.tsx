import { ScrollArea, Table } from '@mantine/core'
import type { Answer } from '../../api/call.ts'
import { FieldValue } from '../../parts/difference.tsx'

/** A handful of rows of a result. */
export function FirstRows({ of: { columns, rows } }: { of: Answer<'POST /queries/try'> }) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, 'aria-label': 'First rows' }}>
      <Table withTableBorder fz="xs">
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ name, type }) => (
              <Table.Th key={name} title={type}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a result have nothing but their place
            <Table.Tr key={index}>
              {row.map((value, position) => (
                <Table.Td key={columns[position]?.name ?? position} style={{ whiteSpace: 'nowrap' }}>
                  <FieldValue value={value} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  )
}
