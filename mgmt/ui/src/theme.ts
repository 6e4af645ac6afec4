/** Light, dark, or as the system: kept in the browser, applied before the first paint. */
export type Theme = 'system' | 'light' | 'dark'

const key = 'softswitch.theme'
const dark = () => matchMedia('(prefers-color-scheme: dark)')

export const chosenTheme = (): Theme => (localStorage.getItem(key) as Theme | null) ?? 'system'

export function applyTheme(): void {
  const theme = chosenTheme()
  document.documentElement.dataset.theme = theme === 'system' ? (dark().matches ? 'dark' : 'light') : theme
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(key, theme)
  applyTheme()
}

dark().addEventListener('change', applyTheme)
