// Turns captures of a terminal (`tmux capture-pane -e -p`) into one SVG picture, each capture a panel of its own:
//
//   node scripts/terminal-to-svg.mjs 'What the picture shows' first.ansi second.ansi > docs/images/run.svg
//
// It brings its own dark background, so that it reads alike on light and dark pages, and carries its whole text for
// screen readers and for search.

import { readFileSync } from 'node:fs'

const [title, ...files] = process.argv.slice(2)
if (title === undefined || files.length === 0) {
  process.stderr.write("usage: node scripts/terminal-to-svg.mjs '<title>' <capture>... > <picture>.svg\n")
  process.exit(2)
}

const fontSize = 13
const columnWidth = 7.83
const lineHeight = 18
const margin = 16
const panelGap = 30

/** Each at least 4.5:1 on the background. */
const colours = {
  text: '#d8dee9',
  dim: '#97a1b3',
  31: '#ff8a8a',
  32: '#8fd694',
  33: '#f2cc60',
  34: '#82b1ff',
  35: '#d8a6ff',
  36: '#6fd3e3',
}

/** Pieces of one line that look alike: `{ text, bold, dim, colour }`. The state goes on from line to line. */
function pieces(line, state) {
  const found = []
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1]
    if (codes === undefined) {
      if (part !== '') found.push({ ...state, text: part })
      continue
    }
    for (const code of codes.split(';').map(Number)) apply(code, state)
  }
  return found
}

function apply(code, state) {
  if (code === 0) Object.assign(state, { bold: false, dim: false, colour: null })
  else if (code === 1) state.bold = true
  else if (code === 2) state.dim = true
  else if (code === 22) Object.assign(state, { bold: false, dim: false })
  else if (code === 39) state.colour = null
  else if (code >= 31 && code <= 36) state.colour = code
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function panel(file) {
  const state = { bold: false, dim: false, colour: null }
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => pieces(line, state))
}

function textElement(line, y) {
  let column = 0
  const spans = line.map(({ text, bold, dim, colour }) => {
    const x = (margin + column * columnWidth).toFixed(1)
    const width = ([...text].length * columnWidth).toFixed(1)
    column += [...text].length
    const fill = colour === null ? (dim ? colours.dim : colours.text) : colours[colour]
    const weight = bold ? ' font-weight="bold"' : ''
    const opacity = dim && colour !== null ? ' opacity="0.8"' : ''
    return text.trim() === ''
      ? ''
      : `<tspan x="${x}" textLength="${width}" fill="${fill}"${weight}${opacity}>${escaped(text)}</tspan>`
  })
  return `  <text y="${y}" xml:space="preserve">${spans.join('')}</text>`
}

const panels = files.map(panel)
const columns = Math.max(...panels.flat().map((line) => line.reduce((sum, { text }) => sum + [...text].length, 0)))
const width = Math.ceil(2 * margin + columns * columnWidth)
const body = []
let y = margin
for (const [index, lines] of panels.entries()) {
  if (index > 0) {
    body.push(
      `  <line x1="${margin}" x2="${width - margin}" y1="${y + panelGap / 2}" y2="${y + panelGap / 2}" stroke="#4c566a"/>`,
    )
    y += panelGap
  }
  for (const line of lines) {
    y += lineHeight
    if (line.length > 0) body.push(textElement(line, y - 5))
  }
}
const height = y + margin
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">${escaped(title)}</title>
  <rect width="${width}" height="${height}" rx="8" fill="#1b2230"/>
  <g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontSize}">
${body.join('\n')}
  </g>
</svg>
`)
