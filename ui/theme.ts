import { type CSSVariablesResolver, createTheme } from '@mantine/core'

/** The tokens of docs/design/ui.md in the words of Mantine. */
export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 8, dark: 7 },
  // Both deeper than Mantine's, so that white stands on what is filled with at least 4.5 : 1; teal, so that it stands on white.
  colors: {
    teal: [
      '#e5f6f8',
      '#cdebef',
      '#9ad7df',
      '#66c3cf',
      '#4db6c4',
      '#2ba3b3',
      '#18889a',
      '#0f788a',
      '#0b6575',
      '#07505d',
    ],
    red: ['#fff5f5', '#ffe3e3', '#ffc9c9', '#ffa8a8', '#ff8787', '#ff6b6b', '#fa5252', '#d0312d', '#c62828', '#b71c1c'],
  },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  defaultRadius: 6,
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontSizes: { xs: '0.75rem', sm: '0.875rem', md: '0.9375rem', lg: '1rem', xl: '1.25rem' },
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1rem' }, h3: { fontSize: '0.875rem' } },
  },
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: true } } },
    Modal: {
      defaultProps: {
        centered: true,
        transitionProps: { duration: 120 },
        closeButtonProps: { 'aria-label': 'Close' },
        // Not a banner of the page.
        attributes: { header: { role: 'presentation' } },
      },
    },
    Anchor: { defaultProps: { underline: 'hover' } },
  },
})

export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--deskside-row-height': '36px' },
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#1c1d21',
    '--mantine-color-dimmed': '#55585f',
    '--mantine-color-placeholder': '#6b6f78',
    '--mantine-color-error': '#c22525',
    '--mantine-color-anchor': 'var(--mantine-color-teal-8)',
    '--deskside-raised': '#f8f9fa',
    '--deskside-line': '#dee2e6',
    '--deskside-good': '#20743a',
    '--deskside-running': '#1864ab',
    '--deskside-waiting': '#55585f',
    '--deskside-alert': '#8a5300',
    '--deskside-bad': '#b42318',
  },
  dark: {
    '--mantine-color-body': '#1a1b1e',
    '--mantine-color-text': '#e6e7ea',
    '--mantine-color-dimmed': '#a5a8b0',
    '--mantine-color-placeholder': '#9599a2',
    '--mantine-color-error': '#ff8f86',
    '--mantine-color-anchor': 'var(--mantine-color-teal-3)',
    '--deskside-raised': '#212226',
    '--deskside-line': '#35363b',
    '--deskside-good': '#69db7c',
    '--deskside-running': '#74c0fc',
    '--deskside-waiting': '#a5a8b0',
    '--deskside-alert': '#ffc267',
    '--deskside-bad': '#ff8f86',
  },
})
