import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../../test/browser.ts'
import { assertRight, type Case, type Figure, median, rowsOf, type Settings } from '../case.ts'
import { type Load, type LongTasks, MeasuredBrowser, type Reaction, react } from '../page-browser.ts'
import { firstPalette, isListed, measures } from '../page-interactions.ts'
import { person, type ServedProject, serveLargeProject, sizes } from '../page-project.ts'

/** What the page promises, ms. */
const firstPaint = { atMost: 1_000 }
const interaction = { atMost: 100 }

/** Fewer tell nothing on a machine that does something else meanwhile. */
const fewestTimes = 5

const pages: readonly { key: string; what: string; path: (workflow: string) => string; list: string }[] = [
  { key: 'home', what: 'Home', path: () => '/', list: 'Last run of each orchestration' },
  { key: 'workflows', what: 'Workflows', path: () => '/workflows', list: 'Workflows' },
  { key: 'records', what: 'the records of a run', path: (id) => `/workflows/${id}?tab=records`, list: 'Records' },
  { key: 'queries', what: 'Queries', path: () => '/queries', list: 'Queries' },
  { key: 'segments', what: 'Segments', path: () => '/segments', list: 'Segments' },
  { key: 'tables', what: 'Customer 360', path: () => '/customer-360', list: 'Tables' },
]

export const pageCase: Case = {
  key: 'page',
  title: 'The web page',
  method:
    `A server with ${sizes.workflows.toLocaleString('en-US')} workflows, ${sizes.queries} queries and a run of as many rows as \`--scale\` says, and ` +
    `Chromium with an empty cache, on the same machine. Medians of at least ${fewestTimes}; an interaction is timed from the key or the click to ` +
    'the end of the frame that shows what came of it.',
  async run(settings) {
    const root = join(import.meta.dirname, '..', '..')
    execFileSync(process.execPath, [join(root, 'scripts', 'build-ui.mjs')], { cwd: root, stdio: ['ignore', 2, 2] })
    const project = await serveLargeProject(rowsOf[settings.scale], settings.say)
    try {
      const browser = await openBrowser()
      try {
        return await measure(browser, project, settings)
      } finally {
        await browser.close()
      }
    } finally {
      await project.close()
    }
  },
}

async function measure(browser: Browser, project: ServedProject, settings: Settings): Promise<Figure[]> {
  const measured = await MeasuredBrowser.signIn(browser, project.url, person)
  const times = Math.max(fewestTimes, settings.runs)
  const measuring = { browser: measured, workflow: project.workflow, times, say: settings.say }
  return [
    ...(await measureLoads(measuring)),
    ...(await measureInteractions(measuring)),
    ...(await measureParts(measured, project.workflow, { times, people: rowsOf[settings.scale] })),
  ]
}

interface Measuring extends Pick<Settings, 'say'> {
  browser: MeasuredBrowser
  workflow: string
  times: number
}

async function measureLoads({ browser, workflow, times, say }: Measuring): Promise<Figure[]> {
  const figures: Figure[] = []
  // Whoever starts a server starts it once: its own first answers are not what a page costs.
  for (const { path, list } of pages) {
    const { page } = await browser.open(path(workflow), isListed(list))
    await page.context().close()
  }
  for (const { key, what, path, list } of pages) {
    const loads: Load[] = []
    for (let n = 0; n < times; n += 1) {
      const { page, load } = await browser.open(path(workflow), isListed(list))
      assertRight(load.paintMs > 0, `${what} was never painted`)
      loads.push(load)
      await page.context().close()
    }
    figures.push(...loadFigures(key, what, loads))
    say(`page, ${what}: painted after ${ms(loads, 'paintMs')} ms, its list after ${ms(loads, 'listMs')} ms`)
  }
  return figures
}

const ms = (loads: readonly Load[], of: 'paintMs' | 'listMs') => Math.round(median(loads.map((one) => one[of])))

function loadFigures(key: string, what: string, loads: readonly Load[]): Figure[] {
  const of = (name: keyof Load) => loads.map((one) => one[name] as number)
  const figure = (name: string, words: string, value: number): Figure => ({
    ...{ key: `page.${key}.${name}`, what: `${what}: ${words}`, value },
  })
  const kb = (name: 'scriptBytes' | 'styleBytes') => median(of(name)) / 1_000
  return [
    { ...figure('paint_ms', 'first contentful paint, ms', median(of('paintMs'))), target: firstPaint },
    { ...figure('list_ms', 'its list is there, ms', median(of('listMs'))), target: firstPaint },
    figure('list_worst_ms', 'its list is there, the slowest, ms', Math.max(...of('listMs'))),
    figure('long_tasks', 'tasks of more than 50 ms until then', median(loads.map(({ longTasks }) => longTasks.length))),
    figure(
      'longest_task_ms',
      'the longest task until then, ms',
      median(loads.map(({ longTasks }) => longest(longTasks))),
    ),
    { ...figure('script_kb', 'script transferred, kB', kb('scriptBytes')), better: 'lower' },
    { ...figure('style_kb', 'styles transferred, kB', kb('styleBytes')), better: 'lower' },
  ]
}

const longest = (tasks: LongTasks) => Math.max(0, ...tasks.map(({ duration }) => duration))

async function measureInteractions({ browser, workflow, times, say }: Measuring): Promise<Figure[]> {
  const figures: Figure[] = []
  let shown = null as { path: string; page: Page } | null
  for (const { key, what, path, isListed: isThere, interaction: asked } of measures) {
    const address = path(workflow)
    if (shown?.path !== address) {
      await shown?.page.context().close()
      shown = { path: address, page: (await browser.open(address, isThere)).page }
      await shown.page.waitForTimeout(500)
    }
    const reactions: Reaction[] = []
    for (let n = 0; n <= times; n += 1) reactions.push(await react(shown.page, asked, n))
    // The first time fetches and compiles what the others have.
    reactions.shift()
    figures.push(...reactionFigures(key, what, reactions))
    say(`page, ${what}: ${reactions.map(({ effectMs }) => Math.round(effectMs)).join(', ')} ms`)
  }
  await shown?.page.context().close()
  return figures
}

function reactionFigures(key: string, what: string, reactions: readonly Reaction[]): Figure[] {
  const effects = reactions.map(({ effectMs }) => effectMs)
  const answers = reactions.flatMap(({ answerMs }) => (answerMs === null ? [] : [answerMs]))
  const figure = (name: string, words: string, value: number): Figure => ({
    ...{ key: `page.${key}.${name}`, what: `${what}${words}, ms`, value },
  })
  return [
    { ...figure('median_ms', '', median(effects)), target: interaction },
    figure('worst_ms', ', the slowest', Math.max(...effects)),
    figure('longest_task_ms', ', the longest task', Math.max(...reactions.map(({ longTasks }) => longest(longTasks)))),
    ...(answers.length === 0
      ? []
      : [
          figure('answer_ms', ': the answer of the server is shown', median(answers)),
          figure('answer_worst_ms', ': the answer of the server is shown, the slowest', Math.max(...answers)),
        ]),
  ]
}

/** What is fetched while somebody goes on: the search everywhere when it is first opened, and further parts of the records. */
async function measureParts(
  browser: MeasuredBrowser,
  workflow: string,
  { times, people }: { times: number; people: number },
): Promise<Figure[]> {
  const first: number[] = []
  for (let n = 0; n < times; n += 1) {
    const { page } = await browser.open('/', isListed('Last run of each orchestration'))
    first.push((await react(page, firstPalette, n)).effectMs)
    await page.context().close()
  }
  const what = 'opening the search everywhere for the first time, which fetches it, ms'
  const figures: Figure[] = [{ key: 'page.first_palette.answer_ms', what, value: median(first) }]
  const { page } = await browser.open('/segments', isListed('Segments'))
  for (const [place, share] of [
    ['beginning', 0],
    ['middle', 0.5],
    ['end', 1],
  ] as const) {
    const took: number[] = []
    for (let n = 0; n < times; n += 1) {
      const from = Math.max(0, Math.floor(share * people) - 400) + 200 * (n % 2)
      took.push(await page.evaluate<number>(fetching(`/api/v1/workflows/${workflow}/records?limit=200&cursor=${from}`)))
    }
    figures.push({
      ...{ key: `page.records_${place}.answer_ms`, what: `200 records at the ${place} of the run, read, ms` },
      value: median(took),
    })
  }
  await page.context().close()
  return figures
}

const fetching = (path: string) => `(async () => {
  const beganAtMs = performance.now()
  const answer = await fetch('${path}', { headers: { accept: 'application/json' } })
  const { items } = await answer.json()
  if (items.length === 0) throw new Error('There are no such records.')
  return performance.now() - beganAtMs
})()`
