/** Numbers to be had, and those that the company reserved, ordered and has. */
import { queryOptions } from '@tanstack/react-query'
import { api } from './client'

export interface Offered {
  number: string
  kind: string
  place: string
  price_cents: number
  setup_price_cents: number
  currency: string
  papers: string[]
}

export interface Owned {
  number: string
  place: string
  state: 'reserved' | 'held' | 'ordering' | 'assigned' | 'porting_out' | 'quarantine'
  reservation: string | null
  expires_at: string | null
  /** What a new carrier asks for, while the number leaves. */
  account: string | null
  pin: string | null
  trial: { state: 'none' | 'waiting' | 'passed' | 'failed'; said: string }
}

export const offeredQuery = (asked: Record<string, string>) => {
  const text = new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString()
  return queryOptions({ queryKey: ['offered', text], queryFn: () => api<{ data: Offered[]; incomplete: string[] }>(`market/numbers?${text}`) })
}

export const ownedQuery = queryOptions({
  queryKey: ['market-owned'],
  queryFn: () => api<{ data: Owned[] }>('market/owned'),
  refetchInterval: ({ state }) => (state.data?.data.some((one) => one.state === 'ordering' || one.trial.state === 'waiting') ? 3_000 : false),
})
