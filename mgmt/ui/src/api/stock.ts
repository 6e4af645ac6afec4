/** The operator's back office of numbers: the stock, port-ins that wait, what is to be told by hand. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api } from './client'
import type { Listing } from './listings'
import type { PortIn } from './ports'
import type { Page } from './types'

export const states = ['available', 'reserved', 'held', 'ordering', 'assigned', 'quarantine', 'blocked', 'porting_out'] as const

export interface StockNumber {
  number: string
  kind: string
  place: string
  supplier: string
  state: (typeof states)[number]
  holder: string | null
  until: string | null
  cost_cents: number
  price_cents: number
  /** null: price and cost are in different currencies. */
  margin_cents: number | null
  currency: string
  cost_currency: string
  pin: string | null
  changed_at: string
}

/** What numbers of a kind cost and bring a month, in one currency. */
export interface Margin {
  supplier: string
  country: string
  kind: string
  currency: string
  numbers: number
  had: number
  cost_cents: number
  price_cents: number
  margin_cents: number
}

export const drifts = ['unknown', 'missing', 'idle', 'arrived', 'not_arrived'] as const

export interface Reconciliation extends Record<(typeof drifts)[number], string[]> {
  theirs: number
  costs: { currency: string; monthly_cents: number; idle_cents: number }[]
}

export interface ToTell extends Listing {
  id: string
  tenant: string
}

export type OpenPort = PortIn & { tenant: string }

const page_numbers_max = 50

export const stockQuery = (state: string) => infiniteQueryOptions({
  queryKey: ['stock', state],
  queryFn: ({ pageParam }) => api<Page<StockNumber>>(`stock?limit=${String(page_numbers_max)}${state && `&state=${state}`}${pageParam && `&cursor=${encodeURIComponent(pageParam)}`}`),
  initialPageParam: '',
  getNextPageParam: ({ next_cursor: next }) => next,
})

export const marginsQuery = queryOptions({ queryKey: ['margins'], queryFn: () => api<{ data: Margin[] }>('stock/margins') })

export const toTellQuery = queryOptions({ queryKey: ['to-tell'], queryFn: () => api<{ data: ToTell[] }>('listings'), refetchInterval: 10_000 })

export const openPortsQuery = queryOptions({
  queryKey: ['open-ports'],
  queryFn: async () => (await api<{ data: OpenPort[] }>('ports')).data.filter(({ state }) => state === 'submitted' || state === 'accepted'),
})
