/** Webhooks as the API shows them, and how they are asked for. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api } from './client'
import type { Page } from './types'

export interface Delivery {
  event: string
  webhook: string
  type: string
  at: string
  happened_at: string
  call: string | null
  state: 'waiting' | 'delivered' | 'dead'
  due_at: string | null
  count: number
  tries: { at: string; status: number; ms: number; problem: string; answer: string }[]
  body: Record<string, unknown>
}

export interface Endpoint {
  id: string
  name: string
  url: string
  events: string[]
  form: 'standard' | 'v4'
  enabled: boolean
  previous_until: string | null
  waiting: number
  dead: number
  last: Delivery | null
}

export const webhooksQuery = queryOptions({ queryKey: ['webhooks'], queryFn: () => api<Page<Endpoint>>('webhooks'), refetchInterval: 5_000 })

export const typesQuery = queryOptions({
  queryKey: ['event-types'],
  queryFn: () => api<Page<{ type: string; text: string }>>('event-types'),
  staleTime: Infinity,
})

export const deliveriesQuery = (id: string, state: string) =>
  infiniteQueryOptions({
    queryKey: ['webhooks', id, 'deliveries', state],
    queryFn: ({ pageParam }) => {
      const asked = new URLSearchParams({ limit: '50', ...(state && { state }), ...(pageParam && { cursor: pageParam }) })
      return api<Page<Delivery>>(`webhooks/${encodeURIComponent(id)}/deliveries?${asked.toString()}`)
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 5_000,
  })
