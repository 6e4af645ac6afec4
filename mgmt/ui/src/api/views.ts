/** Screens with their filters, saved under a name. */
import { queryOptions } from '@tanstack/react-query'
import { api } from './client'
import type { Page } from './types'

export interface SavedView {
  id: string
  name: string
  screen: string
  query: string
  made_at: string
}

export const viewsQuery = queryOptions({ queryKey: ['views'], queryFn: () => api<Page<SavedView>>('me/views') })

export const viewAddress = ({ screen, query }: Pick<SavedView, 'screen' | 'query'>): string => (query ? `${screen}?${query}` : screen)

/** Whether an address shows a view: the same filters, in whatever order. Pure. */
export const shows = (view: Pick<SavedView, 'screen' | 'query'>, screen: string, query: string): boolean => {
  const sorted = (text: string) => [...new URLSearchParams(text)].map(([name, value]) => `${name}=${value}`).sort().join('&')
  return view.screen === screen && sorted(view.query) === sorted(query)
}
