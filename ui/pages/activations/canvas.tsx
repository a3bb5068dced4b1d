import { Link } from '@tanstack/react-router'
import { nameOf } from '../../api/definition.ts'
import { useGet } from '../../api/use.ts'
import { WithAnswer } from '../../parts/answer.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import classes from './activations.module.css'
import { sentOf, sentPlaces, sentWords } from './objects.ts'
import { LastRun } from './orchestrations.tsx'
import { ActivationTabs } from './tabs.tsx'

/** From the tables to the accounts: one path for each orchestration. */
export function Canvas() {
  const orchestrations = useGet('GET /orchestrations')
  const tables = useGet('GET /tables')
  return (
    <>
      <PageHead title="Activations" about="How people get from your tables to Zendesk." />
      <ActivationTabs />
      <WithAnswer of={orchestrations} loading="Reading the orchestrations">
        {({ items }) => (
          <div className={classes.canvas}>
            {items.length === 0 && <EmptyState why="Nothing is sent yet." />}
            {items.map((one) => {
              const sent = sentOf(one)
              const sources = (tables.data?.items ?? []).filter(
                ({ used_by: used }) => sent !== null && used.includes(`${sent.kind}/${sent.key}`),
              )
              const to = String(one.body.destination)
              return (
                <ol key={one.key} className={classes.path} aria-label={nameOf(one)}>
                  <li className={classes.step}>
                    {sources.length === 0 ? (
                      <Link to="/customer-360" className={classes.node}>
                        <span className={classes.kind}>Tables</span>Customer 360
                      </Link>
                    ) : (
                      sources.map(({ key }) => (
                        <Link key={key} to="/customer-360/$table" params={{ table: key }} className={classes.node}>
                          <span className={classes.kind}>Table</span>
                          {key}
                        </Link>
                      ))
                    )}
                  </li>
                  <li className={classes.step}>
                    {sent !== null && (
                      <Link to={sentPlaces[sent.kind]} params={{ key: sent.key }} className={classes.node}>
                        <span className={classes.kind}>{sentWords[sent.kind]}</span>
                        {sent.key}
                      </Link>
                    )}
                  </li>
                  <li className={classes.step}>
                    <Link to="/orchestrations/$key" params={{ key: one.key }} className={classes.node}>
                      <span className={classes.kind}>Orchestration</span>
                      {nameOf(one)} <LastRun of={one} />
                    </Link>
                  </li>
                  <li className={classes.step}>
                    <Link to="/destinations/$key" params={{ key: to }} className={classes.node}>
                      <span className={classes.kind}>Destination</span>
                      {to}
                    </Link>
                  </li>
                </ol>
              )
            })}
          </div>
        )}
      </WithAnswer>
    </>
  )
}
