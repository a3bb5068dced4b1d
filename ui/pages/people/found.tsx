import { Button, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Person } from '../../api/operations.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Facts } from '../../parts/facts.tsx'
import { PersonName } from '../../parts/person-name.tsx'
import { Moment } from '../../parts/values.tsx'
import { History } from './history.tsx'
import { Now } from './now.tsx'

export type Known = Person['people'][number]

/** Everybody whom the key means, one for each account that knows them. */
export function Found({ personKey: key }: { personKey: string }) {
  const answer = useGet('GET /people/{key}', { params: { key } })
  return (
    <WithAnswer of={answer} loading="Looking for the person, also in Zendesk" rows={8}>
      {({ people }) => (
        <Stack gap="xl">
          {people.length === 0 && (
            <EmptyState
              why={`Nobody is known as ${key}. An external_id or a whole e-mail address is needed; in which case it is written does not matter.`}
              action={
                <Button component={Link} to={`/people?search=${encodeURIComponent(key)}`} variant="default">
                  Search people for {key}
                </Button>
              }
            />
          )}
          {people.map((one) => (
            <OneAccount
              key={`${one.account} ${one.zendesk_id ?? one.external_id}`}
              of={one}
              onAgain={() => void answer.refetch()}
            />
          ))}
        </Stack>
      )}
    </WithAnswer>
  )
}

function OneAccount({ of, onAgain }: { of: Known; onAgain: () => void }) {
  const name = of.now.fields.find(({ field }) => field === 'name')
  return (
    <section aria-label={`In ${of.destination}`}>
      <Stack gap="lg">
        <Title order={2}>
          <PersonName
            name={name?.found ?? name?.delivered ?? null}
            email={of.emails[0] ?? null}
            externalId={of.external_id}
          />
        </Title>
        <Facts
          of={[
            ['Destination', of.destination],
            ['Zendesk id', of.zendesk_id ?? 'none yet'],
            ['E-mail', of.emails.length === 0 ? 'none' : of.emails.join(', ')],
            ['Delivered by', of.orchestration ?? 'nobody'],
            ['Last delivered', <Moment key="m" at={of.delivered_at} />],
            of.exit === null ? null : ['Left the result', of.exit],
          ]}
        />
        <Now destination={of.destination} now={of.now} onAgain={onAgain} />
        <History of={of} />
        {of.older !== null && <Text size="sm">{of.older.note}</Text>}
        <div>
          <Button variant="default" onClick={onAgain}>
            Read again in Zendesk
          </Button>
        </div>
      </Stack>
    </section>
  )
}
