import { randomBytes } from 'node:crypto'
import type { Actor } from '../access/authorize.ts'
import { Problem } from '../problem.ts'
import { announced } from './demo-accounts.ts'
import { writeFiles } from './demo-project.ts'
import {
  type Body,
  outletAttributes,
  shopGroups,
  shopOrchestrations,
  shopQueries,
  shopSegments,
  tamedProjectFile,
  unfinishedDraft,
  vipDraft,
  vipVersions,
} from './demo-shop.ts'
import { changeTeam, gatherTeam, openTeam, type Team } from './demo-team.ts'
import { fileOf, type Week } from './demo-week.ts'

/**
 * Six days of a shop, from an empty server to one that people work with. Everything is done by somebody who may do it, through
 * the control of a server: runs really run, schedules really come, and what went wrong really did.
 */
export async function liveThrough(week: Week, now: Date): Promise<Team> {
  const team = await setUp(week)
  await firstRuns(week, team)
  await schedule(week, team)
  await firstNight(week, team)
  await badNight(week, team)
  await today(week, team, now)
  return team
}

/**
 * Day 0: whoever owns the machine brings deskside.yml; the administrator comes in, invites the others, sends everybody for the first time and begins
 * with a list for the newsletter. Passwords are dear to hash and tables to read, so all of it goes on at once.
 */
async function setUp(week: Week): Promise<Team> {
  const { service, clock } = week.parts
  week.pass(0, '08:00')
  const [first] = await Promise.all([openTeam(service), week.apply({ kind: 'cli', id: 'cli' })])
  const { actor } = first
  week.pass(0, '10:00')
  const [team] = await Promise.all([gatherTeam(service, first), week.run(actor, 'zendesk_users'), begin(week, actor)])
  week.pass(0, '15:00')
  const inDays = (days: number) => new Date(clock.nowMs() + days * 24 * 60 * 60_000)
  const { keys } = service.control
  const scopes = ['orchestration:run', 'pii:send', 'workflow:read']
  await keys.create(actor, { name: 'Metrics of the office', scopes: ['server:read'], expiresAt: null })
  await keys.create(actor, { name: 'Trial of a pipeline', scopes, expiresAt: inDays(8) })
  return team
}

/** What the first days need, made in the server. */
async function begin(week: Week, actor: Actor): Promise<void> {
  const { control } = week.parts.service
  await Promise.all([
    control.tables.upload(actor, { key: 'newsletter', name: 'Readers of the newsletter' }, newsletter(week, 300)),
    week.create(actor, 'attributes_table', 'Outlet_Attributes', outletAttributes),
    notify(week, actor),
    addOutlet(week, actor),
  ])
  await week.createAll(actor, 'query', pick(shopQueries, 'newsletter'))
  await week.createAll(actor, 'orchestration', pick(shopOrchestrations, 'newsletter'))
}

/** Segments, and a query that somebody is not sure of yet. */
async function defineSegments(week: Week, { analyst, marketer, operator }: Team): Promise<void> {
  const [ana, mara] = [analyst.actor, marketer.actor]
  await Promise.all([
    week.create(ana, 'query', 'vip_customers', vipVersions[0]!),
    week.createAll(ana, 'segment', pick(shopSegments, 'lapsed')),
    week.createAll(mara, 'segment', pick(shopSegments, 'big_spenders')),
  ])
  await week.createAll(mara, 'segment', pick(shopSegments, 'winback'))
  await week.createAll(operator.actor, 'orchestration', pick(shopOrchestrations, 'winback', 'vips'))
}

/** What is to run by itself later. */
async function defineRest(week: Week, { analyst: { actor: ana }, operator: { actor: omar } }: Team): Promise<void> {
  await Promise.all([
    week.createAll(ana, 'query', pick(shopQueries, 'club', 'birthdays', 'outlet_customers', 'lyonnais')),
    week.update(ana, 'query', 'vip_customers', vipVersions[1]!),
    week.create(ana, 'query_draft', 'repeat_buyers', { ...unfinishedDraft, based_on: null }),
    week.parts.service.control.columns.confirm(omar, 'loyalty', { tier: false, points: false }),
  ])
  await week.createAll(omar, 'orchestration', pick(shopOrchestrations, 'club', 'birthdays', 'outlet'))
}

function pick(bodies: Record<string, Body>, ...keys: string[]): Record<string, Body> {
  return Object.fromEntries(keys.map((key) => [key, bodies[key]!]))
}

function newsletter(week: Week, addresses: number) {
  return fileOf(week.parts.shop.newsletter(addresses))
}

/** Who hears of what. The mail server of this shop does not answer. */
async function notify(week: Week, actor: Actor): Promise<void> {
  const url = week.parts.receiverUrl
  await week.createAll(actor, 'channel', {
    shop_floor: { type: 'webhook', name: 'Shop floor', url, token: randomBytes(24).toString('base64url') },
    mail: {
      type: 'smtp',
      name: 'Mail of the shop',
      host: '127.0.0.1',
      port: 9,
      secure: false,
      from: 'deskside@example.com',
    },
  })
  await week.createAll(actor, 'subscription', {
    everything_bad: {
      name: 'Whatever needs somebody',
      orchestrations: 'all',
      events: [
        'failed',
        'stopped',
        'completed_with_alerts',
        'recovered',
        'waits_for_approval',
        'rows_alert',
        'credential_broken',
      ],
      channel: 'shop_floor',
    },
    support_lead: {
      name: 'The head of support',
      orchestrations: ['zendesk_users'],
      events: ['failed', 'stopped', 'completed'],
      channel: 'mail',
      target: 'support@example.com',
    },
  })
}

/** The outlet has an account of its own, and an API token, which are on their way out. */
async function addOutlet(week: Week, actor: Actor): Promise<void> {
  const { email, apiToken, subdomain, url } = week.parts.accounts.outlet
  await week.create(actor, 'credential', 'outlet', {
    type: 'zendesk',
    name: 'Zendesk of the outlet',
    email,
    api_token: apiToken,
  })
  await week.create(actor, 'destination', 'outlet', {
    name: 'Zendesk of the outlet',
    plugin: 'zendesk',
    credential: 'outlet',
    subdomain,
    base_url: url,
  })
}

/** Days 1 and 2: each that somebody begins by hand, while more is defined; partners are looked up in the account first. */
async function firstRuns(week: Week, team: Team): Promise<void> {
  const { actor: ana } = team.analyst
  week.pass(1, '09:00')
  await Promise.all([week.run(ana, 'newsletter'), defineSegments(week, team)])
  week.pass(2, '09:00')
  const run = async () => {
    await week.run(ana, 'partners', { live: true })
    await week.run(ana, 'winback')
  }
  await Promise.all([run(), defineRest(week, team)])
}

/** Day 3: a campaign is taken back, which pauses it, and the nights are scheduled. */
async function schedule(week: Week, { analyst: { actor: ana }, operator: { actor: omar } }: Team): Promise<void> {
  week.pass(3, '09:30')
  await Promise.all([undo(week, ana, 'winback'), rethinkVips(week, ana)])
  week.pass(3, '15:00')
  await week.createAll(
    omar,
    'group',
    shopGroups(
      [week.nameOf(nights[0])],
      nights.map((day) => week.nameOf(day)),
    ),
  )
}

/** Takes the last run back. */
async function undo(week: Week, actor: Actor, orchestration: string): Promise<void> {
  const { control } = week.parts.service
  const { items } = await control.workflows.list(actor, { orchestrations: [orchestration] }, { limit: 1, cursor: null })
  const undone = await control.workflows.runOf(actor, items[0]!.id)
  const { plan } = await control.app(actor).undo(undone)
  await week.run(actor, orchestration, { planId: plan?.plan_id ?? null })
}

/** The query has another version, and somebody has begun the next one. */
async function rethinkVips(week: Week, actor: Actor): Promise<void> {
  await week.update(actor, 'query', 'vip_customers', vipVersions[2]!)
  const { version } = await week.parts.service.control.definitions.get(actor, 'query', 'vip_customers')
  await week.create(actor, 'query_draft', 'vip_customers', { ...vipDraft, based_on: version })
}

/** Days on which the outlet runs, the first of which is that of the others, too. There is none today: nothing runs under the hands of whoever looks. */
const nights = [4, 5] as const

/** Day 4: the night that the schedules were made for, the last without limits; somebody sends everybody whole, and thinks better of it. */
async function firstNight(week: Week, team: Team): Promise<void> {
  const { actor } = team.operator
  await week.changeSources(4)
  await week.tick(actor, 'nightly', week.at(4, '02:30'))
  await week.tick(actor, 'outlet', week.at(4, '03:00'))
  week.pass(4, '10:00')
  await writeFiles(week.parts.root, tamedProjectFile(announced(week.parts.accounts.shop)))
  await week.apply(team.administrator.actor)
  const { id } = await week.start(actor, 'zendesk_users', { full: true })
  await week.sending(actor, id)
  await week.parts.service.control.workflows.stop(actor, id)
  await week.settled(actor, id)
  week.pass(4, '12:00')
  await week.parts.service.control.notifications.markRead(actor, 'all')
  // The token of the outlet is switched off.
  week.parts.accounts.outlet.faults({ kind: 'status', status: 401, times: 'always' })
}

/** Day 5: the outlet is out of reach, a campaign asks for a field that nobody has made, and agents have edited people. */
async function badNight(week: Week, team: Team): Promise<void> {
  const { service, accounts, ids } = week.parts
  const [omar, ana] = [team.operator.actor, team.analyst.actor]
  await week.tick(omar, 'outlet', week.at(5, '03:00'))
  week.pass(5, '09:00')
  await reportLoad(week, omar)
  await week.run(ana, 'birthdays')
  week.pass(5, '11:00')
  await accounts.editPeople(ids.slice(0, 3))
  week.pass(5, '16:00')
  await changeTeam(service, team)
}

/** Today: a secret is asked for, and a list that lost most of its readers waits for somebody's word. */
async function today(week: Week, team: Team, now: Date): Promise<void> {
  const { service, accounts, ids } = week.parts
  const { control } = service
  const [omar, ana] = [team.operator.actor, team.analyst.actor]
  week.passTo(new Date(now.getTime() - 40 * 60_000))
  await control.handOvers.create(omar, {
    credential: null,
    key: 'outlet_oauth',
    body: { type: 'zendesk_oauth', name: 'OAuth client of the outlet', client_id: 'deskside_outlet' },
    account: { subdomain: accounts.outlet.subdomain, base_url: accounts.outlet.url },
    hours: 72,
    note: 'Please make the OAuth client in your Admin Center, and enter its secret here.',
  })
  await accounts.editPeople(ids.slice(3, 6))
  const { version: ifVersion } = await control.definitions.get(ana, 'table', 'newsletter')
  await control.tables.replace(ana, 'newsletter', { ifVersion }, newsletter(week, 110))
  const { id } = await week.run(ana, 'newsletter')
  await control.workflowSubscriptions.add(ana, id, {
    events: ['succeeded', 'failed', 'stopped'],
    channel: 'shop_floor',
    target: '',
    runtime_minutes: 120,
  })
}

/** A program with a key of its own says that the sources are loaded, which begins a group. */
async function reportLoad(week: Week, actor: Actor): Promise<void> {
  const { control, keys } = week.parts.service
  const scopes = ['orchestration:run', 'pii:send', 'workflow:read']
  const { secret } = await control.keys.create(actor, { name: 'Nightly load', scopes, expiresAt: null })
  const program = await keys.keyOf(secret)
  if (program === null) throw new Problem('internal.bug', { message: 'A key that was just made opens nothing.' })
  await week.changeSources(5)
  const [run] = await control.groups.signal(program, 'loaded')
  const { items } = await control.workflows.list(actor, { groupRun: run!.id }, { limit: 1, cursor: null })
  await week.settled(actor, items[0]!.id)
}
