import { mistakesOf, Refusal } from './ask.js'
import { element, say, showOver } from './dom.js'

/**
 * A field with its label, hint and place for a mistake.
 * @param {{name: string, title: string, type?: 'text' | 'email' | 'secret', hint?: string, value?: string, autocomplete?: string,
 *   isFixed?: boolean, isOptional?: boolean, shortest?: number}} spec `isFixed`: shown and not sent.
 */
export function field(spec) {
  const { name, title, type = 'text', hint, value = '', autocomplete = 'off', isFixed, isOptional } = spec
  const [hintId, mistakeId] = [`${name}-hint`, `${name}-mistake`]
  const input = element('input', {
    id: name,
    name,
    type: type === 'secret' ? 'password' : type,
    autocomplete,
    value,
    spellcheck: 'false',
    autocapitalize: 'off',
    'aria-describedby': `${hintId} ${mistakeId}`,
    ...(isFixed && { readonly: '' }),
    ...(!isFixed && !isOptional && { 'aria-required': 'true' }),
  })
  const label = element('label', { for: name }, title)
  if (isOptional) label.append(element('span', { class: 'quiet' }, ' (optional)'))
  const mistake = element('p', { class: 'mistake', id: mistakeId })
  mistake.hidden = true
  const line = element('div', { class: 'line' }, input)
  if (type === 'secret') line.append(revealer(input, title))
  const hints = hint === undefined ? [] : [element('p', { class: 'quiet', id: hintId }, hint)]
  const root = element('div', { class: 'field' }, label, ...hints, line, mistake)
  const tell = (text) => {
    mistake.textContent = text
    mistake.hidden = text === ''
    input.setAttribute('aria-invalid', String(text !== ''))
  }
  return { ...spec, root, input, tell }
}

function revealer(input, title) {
  const button = element('button', { type: 'button' })
  const tell = (text) => {
    button.textContent = text
    button.setAttribute('aria-label', `${text}: ${title}`)
  }
  tell('Show')
  button.addEventListener('click', () => {
    const wasShown = input.type === 'text'
    input.type = wasShown ? 'password' : 'text'
    tell(wasShown ? 'Show' : 'Hide')
  })
  return button
}

function mistakeIn({ input, isFixed, isOptional, shortest = 0 }) {
  if (isFixed) return ''
  if (input.value.trim() === '') return isOptional ? '' : 'This is missing.'
  const length = [...input.value].length
  return length < shortest ? `This has ${length} characters; it needs at least ${shortest}.` : ''
}

/**
 * A form that sends its values once at a time and shows refusals at their place.
 * @param {{fields: ReturnType<typeof field>[], submit: string, busy: string, send: (values: Record<string, string>) => Promise<void>}} spec
 */
export function form({ fields, submit, busy, send }) {
  const button = element('button', { type: 'submit' }, submit)
  const place = element('div')
  place.hidden = true
  const root = element('form', { novalidate: '' }, place, ...fields.map((one) => one.root), button)
  let isBusy = false
  const setBusy = (value) => {
    isBusy = value
    // A disabled button would lose the focus.
    button.setAttribute('aria-disabled', String(value))
    button.textContent = value ? busy : submit
    say(value ? busy : '')
  }
  root.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (isBusy) return
    clear(place, fields)
    const wrong = fields
      .map((one) => ({ field: one.name, message: mistakeIn(one) }))
      .filter((one) => one.message !== '')
    if (wrong.length > 0) return mark(wrong, fields)
    setBusy(true)
    try {
      await send(Object.fromEntries(fields.filter((one) => !one.isFixed).map(({ name, input }) => [name, input.value])))
      say('')
    } catch (error) {
      setBusy(false)
      if (!(error instanceof Refusal)) throw error
      if (error.problem.code === 'access.link_over') return showOver()
      refuse(error.problem, place, fields)
    }
  })
  return root
}

function clear(place, fields) {
  place.hidden = true
  for (const one of fields) one.tell('')
}

/** Each mistake at its field; the first one gets the focus. True: all had a field. */
function mark(mistakes, fields) {
  let first = null
  let isWhole = true
  for (const { field: name, message } of mistakes) {
    const one = fields.find((each) => each.name === name)
    if (one === undefined) isWhole = false
    else {
      one.tell(message)
      first ??= one
    }
  }
  first?.input.focus()
  return isWhole && first !== null
}

function refuse(problem, place, fields) {
  if (mark(mistakesOf(problem), fields)) return
  const box = element(
    'div',
    { class: 'problem', role: 'alert', tabindex: '-1' },
    element('h2', {}, 'Nothing was saved'),
    element('p', {}, problem.detail),
    element('p', {}, element('strong', {}, 'What to do: '), problem.fix),
  )
  place.replaceChildren(box)
  place.hidden = false
  box.focus()
}
