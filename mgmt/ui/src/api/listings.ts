/** What others are told of the company's numbers. */
import { queryOptions } from '@tanstack/react-query'
import { api } from './client'

export interface Listing {
  number: string
  what: 'emergency' | 'caller_name'
  wanted: Record<string, string>
  state: 'asked' | 'listed' | 'refused' | 'by_hand'
  said: string
  changed_at: string
}

export const listingsQuery = queryOptions({
  queryKey: ['listings'],
  queryFn: () => api<{ data: Listing[] }>('market/listings'),
  refetchInterval: ({ state }) => (state.data?.data.some((one) => one.state === 'asked') ? 5_000 : false),
})
