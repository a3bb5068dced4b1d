import type { Page } from 'playwright-core'
import type { Interaction } from './page-browser.ts'
import { sizes, words } from './page-project.ts'

/** CSS of a table by its label. */
const table = (label: string) => `table[aria-label="${label}"]`
/** Expressions of the page. */
const one = (selector: string) => `document.querySelector('${selector}')`
const all = (selector: string) => `[...document.querySelectorAll('${selector}')]`
export const isListed = (label: string) => `${one(`${table(label)} tbody a`)} !== null`
const records = `${one('section[aria-label="Records"]')}`
/** A row, and not the gap that stands for rows, is in the middle of what is seen of the records. */
const seesRecords = `(() => {
  const box = ${records}?.getBoundingClientRect()
  const seen = box && document.elementFromPoint(box.left + 80, box.top + box.height / 2)
  return seen?.closest('tr[aria-rowindex]') != null
})()`

export interface Measure {
  key: string
  /** What somebody does. */
  what: string
  path: (workflow: string) => string
  isListed: string
  interaction: Interaction
}

const recordsOf = (workflow: string) => `/workflows/${workflow}?tab=records`
const openPalette: Interaction = {
  act: (page) => page.keyboard.press('/'),
  effect: () => `document.activeElement?.getAttribute('aria-label') === 'Search everything'`,
  after: async (page) => {
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  },
}

async function emptySearch(page: Page, label: string): Promise<void> {
  const field = page.getByLabel(label)
  await field.fill('')
  await field.focus()
}

/** Scrolls the records to a share of what the list holds now, from its top. */
const scrollTo = (share: number): Interaction => ({
  before: async (page) => {
    await page.evaluate(`${records}.scrollTop = 0`)
    await page.evaluate('probe.shown(() => true)')
  },
  act: async (page) => {
    await page.evaluate(`probe.begin(); ${records}.scrollTop = ${share} * ${records}.scrollHeight`)
  },
  effect: () => seesRecords,
})

const queries: Measure[] = [
  {
    ...{ key: 'search_queries', what: `a letter into the search of ${sizes.queries} queries` },
    ...{ path: () => '/queries', isListed: isListed('Queries') },
    interaction: {
      before: (page) => emptySearch(page, 'Search queries'),
      act: (page, n) => page.keyboard.press(String(n % 10)),
      effect: () => `Number(${one(table('Queries'))}?.getAttribute('aria-rowcount')) < ${sizes.queries}`,
    },
  },
  {
    ...{ key: 'sort_queries', what: `sorting ${sizes.queries} queries by a column` },
    ...{ path: () => '/queries', isListed: isListed('Queries') },
    interaction: {
      act: (page) => page.getByRole('table', { name: 'Queries' }).getByRole('button', { name: 'Name' }).click(),
      effect: (n) =>
        `${one(`${table('Queries')} th[aria-sort]`)}.ariaSort === '${['ascending', 'descending', 'none'][n % 3]}'`,
    },
  },
]

const workflows: Measure[] = [
  {
    ...{ key: 'open_filter', what: 'opening the filter by state' },
    ...{ path: () => '/workflows', isListed: isListed('Workflows') },
    interaction: {
      act: (page) =>
        page
          .getByRole('textbox', { name: 'State' })
          .or(page.getByRole('combobox', { name: 'State' }))
          .click(),
      effect: () => `${all('[role="option"]')}.some((one) => one.checkVisibility({ opacityProperty: true }))`,
      after: async (page) => {
        await page.keyboard.press('Escape')
        await page.getByRole('option').first().waitFor({ state: 'hidden' })
      },
    },
  },
  {
    ...{
      key: 'search_workflows',
      what: `a text into the search of ${sizes.workflows.toLocaleString('en-US')} workflows`,
    },
    ...{ path: () => '/workflows', isListed: isListed('Workflows') },
    interaction: {
      before: (page) => emptySearch(page, 'Search workflows'),
      act: (page, n) => page.keyboard.insertText(words[n % words.length]!),
      effect: (n) => `${one('[aria-label="Search workflows"]')}.value === '${words[n % words.length]}'`,
      answer: (n) => `(() => {
        const names = ${all(`${table('Workflows')} tbody a`)}.map((link) => link.textContent)
        return names.length > 0 && names.every((name) => name === '${words[n % words.length]}')
      })()`,
    },
  },
]

const run: Measure[] = [
  { key: 'scroll_middle', what: 'scrolling the records to the middle of what is read', interaction: scrollTo(0.5) },
  { key: 'scroll_end', what: 'scrolling the records to the end of what is read', interaction: scrollTo(1) },
  {
    ...{ key: 'open_panel', what: 'opening the panel of a row' },
    interaction: {
      act: (page, n) =>
        page
          .getByRole('table', { name: 'Records' })
          .getByRole('link')
          .nth(n + 1)
          .click(),
      effect: () => `${one('aside[aria-label^="Row "]')} !== null`,
      after: async (page) => {
        await page.keyboard.press('Escape')
        await page.getByRole('complementary').waitFor({ state: 'detached' })
      },
    } satisfies Interaction,
  },
  {
    ...{ key: 'leave_tab', what: 'from the tab of the records to that of the tasks' },
    interaction: {
      before: async (page) => {
        await page.getByRole('tab', { name: 'Records' }).click()
        await page.evaluate(`probe.shown(() => ${isListed('Records')})`)
      },
      act: (page) => page.getByRole('tab', { name: 'Tasks' }).click(),
      effect: () => `${one(table('Tasks'))} !== null`,
    } satisfies Interaction,
  },
  {
    ...{ key: 'back_to_tab', what: 'back to the tab of the records' },
    interaction: {
      before: async (page) => {
        await page.getByRole('tab', { name: 'Tasks' }).click()
        await page.evaluate(`probe.shown(() => ${one(table('Tasks'))} !== null)`)
      },
      act: (page) => page.getByRole('tab', { name: 'Records' }).click(),
      effect: () => isListed('Records'),
    } satisfies Interaction,
  },
].map((one) => ({ ...one, path: recordsOf, isListed: isListed('Records') }))

const palette: Measure[] = [
  {
    ...{ key: 'open_palette', what: 'opening the search everywhere, once it is loaded' },
    ...{ path: () => '/queries', isListed: isListed('Queries') },
    interaction: openPalette,
  },
  {
    ...{ key: 'type_in_palette', what: 'a letter into the search everywhere' },
    ...{ path: () => '/queries', isListed: isListed('Queries') },
    interaction: {
      before: async (page) => {
        await page.keyboard.press('/')
        await page.getByRole('dialog').getByLabel('Search everything').fill('')
      },
      act: (page) => page.keyboard.press('q'),
      effect: () => `${all('[role="option"]')}.some((one) => one.textContent.includes('Query'))`,
      after: openPalette.after,
    },
  },
]

/** In the order in which they are measured: those that share an address share a page. */
export const measures: readonly Measure[] = [...workflows, ...queries, ...palette, ...run]

/** The first time: the dialog is fetched. */
export const firstPalette = openPalette
