// Reads the account every two seconds while somebody looks, and shows what the address of the page asks for.
import { element, show } from './dom.js'
import { jobList, jobsUrl } from './jobs.js'
import { mailList, mailUrl } from './mail.js'
import { foundText, peopleList, peopleUrl } from './people.js'
import { personCard } from './person.js'
import { hashOf, readPlace } from './place.js'
import { requestsView } from './requests.js'

const pauseMs = 2000
const typingMs = 150
/** An emulator that does not answer in this time counts as not reachable. */
const patienceMs = 10_000

const byId = (id) => document.getElementById(id)
const search = byId('search')
const filter = byId('filter')
const card = byId('card')
const banner = byId('banner')
const narrow = matchMedia('(max-width: 60rem)')

let place = readPlace(location.hash)
/** Only the answers to the latest question are shown. */
let question = 0
let timer
let typing
let focusesCard = false

async function read(path) {
  const response = await fetch(`/_emulator/${path}`, { signal: AbortSignal.timeout(patienceMs) })
  if (!response.ok) throw new Error(`${response.status} for ${path}`)
  return response.json()
}

/** View -> what it reads, and how it shows it. */
const views = {
  people: {
    read: () =>
      Promise.all([
        read(peopleUrl(place)),
        place.id === '' ? null : read(`person?${new URLSearchParams({ id: place.id })}`),
      ]),
    show: ([list, person]) => {
      byId('found').textContent = foundText(list, place)
      show(byId('people'), [list, place], () => peopleList(list, place))
      showCard(person)
    },
  },
  jobs: {
    read: () => read(jobsUrl(place)),
    show: (data) => show(byId('jobs'), [data, place.id], () => jobList(data, place)),
  },
  requests: { read: () => read('requests'), show: (data) => show(byId('requests'), data, () => requestsView(data)) },
  mail: { read: () => read(mailUrl), show: (data) => show(byId('mail'), data, () => mailList(data)) },
}

function showCard(answer) {
  const isOpen = answer !== null
  card.hidden = !isOpen
  cover()
  if (!isOpen) {
    show(card, null, () => [])
    return
  }
  show(card, [answer, place], () => personCard(answer.person, place, closeCard))
  if (!focusesCard) return
  focusesCard = false
  card.scrollTop = 0
  card.focus({ preventScroll: true })
}

/** On a narrow screen the card lies over everything else, which is then out of reach. */
function cover() {
  const isCovered = narrow.matches && !card.hidden
  for (const part of document.querySelectorAll('header, footer, .search, .list, #skip')) part.inert = isCovered
  document.body.classList.toggle('covered', isCovered)
}

function closeCard() {
  if (card.hidden) return
  const { id } = place
  location.hash = hashOf({ ...place, id: '' })
  showCard(null)
  byId(`person-${id}`)?.focus()
}

function showSummary({ subdomain, plan, people, requests, jobs, mails, jobs_in_flight: running }) {
  byId('account-name').textContent = subdomain
  byId('account-about').textContent =
    `Emulated Zendesk account, plan ${plan}${running > 0 ? `, ${running} ${running === 1 ? 'job' : 'jobs'} at work` : ''}`
  document.title = `${subdomain} – emulated Zendesk account`
  for (const [view, number] of Object.entries({ people, requests, jobs, mail: mails })) {
    byId(`count-${view}`).textContent = number.toLocaleString('en')
  }
}

async function refresh() {
  clearTimeout(timer)
  const asked = ++question
  const view = views[place.view]
  const answers = await Promise.all([read('summary'), view.read()]).catch((error) => {
    if (asked === question) showTrouble(error)
  })
  if (asked !== question) return
  if (!document.hidden) timer = setTimeout(refresh, pauseMs)
  if (!answers) return
  banner.hidden = true
  showSummary(answers[0])
  view.show(answers[1])
}

/** What was read before stays in sight. */
function showTrouble(error) {
  banner.textContent = isUnreachable(error)
    ? 'The emulator cannot be reached. Trying again…'
    : `The emulator could not answer (${error.message}). Trying again…`
  banner.hidden = false
}

/** What fetch throws when nobody answers, or not in time. */
function isUnreachable(error) {
  return error instanceof TypeError || error.name === 'TimeoutError'
}

function go() {
  // Who follows a link while a search is about to start has left it.
  clearTimeout(typing)
  const before = place
  place = readPlace(location.hash)
  focusesCard = place.view === 'people' && place.id !== '' && place.id !== before.id
  for (const name of Object.keys(views)) {
    byId(`view-${name}`).hidden = name !== place.view
    const link = document.querySelector(`nav a[data-view=${name}]`)
    if (name === place.view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  if (document.activeElement !== search) search.value = place.q
  filter.value = place.filter
  if (place.view !== 'people' || place.id === '') showCard(null)
  if (before.view === 'people' && place.view === 'people' && before.page !== place.page) scrollTo(0, 0)
  void refresh()
}

function ask() {
  clearTimeout(typing)
  typing = setTimeout(() => {
    // Each letter is no step of its own on the way back.
    history.replaceState(null, '', hashOf({ view: 'people', q: search.value.trim(), filter: filter.value }))
    go()
  }, typingMs)
}

function onKey(event) {
  const isTyping = event.target.closest?.('input, select, textarea') !== null
  if (event.key === 'Escape' && !card.hidden) {
    event.preventDefault()
    closeCard()
  } else if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault()
    if (place.view !== 'people') location.hash = hashOf({})
    else if (document.body.classList.contains('covered')) closeCard()
    byId('view-people').hidden = false
    search.focus()
    search.select()
  }
}

search.addEventListener('input', ask)
filter.addEventListener('change', ask)
document.querySelector('.search').addEventListener('submit', (event) => event.preventDefault())
byId('skip').addEventListener('click', (event) => {
  // The address of the page says where somebody is, so this jump must not change it.
  event.preventDefault()
  byId('content').focus()
})
document.addEventListener('keydown', onKey)
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void refresh()
})
narrow.addEventListener('change', cover)
addEventListener('hashchange', go)

for (const name of ['people', 'jobs', 'requests', 'mail']) {
  byId(name).append(element('p', { class: 'empty quiet' }, 'Reading the account…'))
}
go()
