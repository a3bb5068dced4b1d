// Before the first paint, so that nobody who chose dark sees a white page first. A file, because the page allows no inline script.
{
  const chosen = localStorage.getItem('deskside-colour-scheme')
  const isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light')
}
