import { Anchor, Text } from '@mantine/core'
import { Link, useLocation } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { useMe } from '../../../api/me.ts'
import { PageHead } from '../../../parts/page-head.tsx'
import { ProblemCard } from '../../../parts/problem-card.tsx'
import { mayOpen, sections } from './sections.ts'
import classes from './settings-page.module.css'

interface SettingsPageProps {
  title: string
  about?: ReactNode
  beside?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** A page of the settings: the sections at its left, and what it is about; or which right is lacking. */
export function SettingsPage({ title, about, beside, actions, children }: SettingsPageProps) {
  const { pathname } = useLocation()
  const { may } = useMe()
  const section = sections.find(({ to }) => to === pathname)
  const isOpen = section === undefined || mayOpen(section.need, may)
  return (
    <div className={classes.split}>
      <Sections here={pathname} />
      <div className={classes.content}>
        {section !== undefined && (
          <Anchor component={Link} to="/settings" size="sm" className={classes.back}>
            <ChevronLeft size={15} aria-hidden /> Settings
          </Anchor>
        )}
        <PageHead title={title} about={about} beside={isOpen && beside} actions={isOpen && actions} />
        {isOpen ? children : <Lacking need={section.need} what={title.toLowerCase()} />}
      </div>
    </div>
  )
}

function Sections({ here }: { here: string }) {
  const { may } = useMe()
  return (
    <nav aria-label="Settings" className={classes.sections}>
      <Text size="xs" c="dimmed" fw={600} px={10} pb={4}>
        Settings
      </Text>
      {sections
        .filter(({ need }) => mayOpen(need, may))
        .map(({ to, label }) => (
          <Link key={to} to={to} className={classes.section} aria-current={here === to ? 'page' : undefined}>
            {label}
          </Link>
        ))}
    </nav>
  )
}

function Lacking({ need, what }: { need: string | null; what: string }) {
  return (
    <ProblemCard
      problem={{
        code: 'access.denied',
        who: 'you',
        message: `You may not see ${what}.`,
        fix: `It takes the right ${need}. An administrator can give it to you.`,
      }}
    />
  )
}
