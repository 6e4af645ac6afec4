/** Background services: what the API gives, and what the screen asks for. */
import { queryOptions } from '@tanstack/react-query'
import { api } from './client'

export interface Service {
  name: string
  place: string
  scope: 'node' | 'region'
  dry: boolean
  wanted: boolean
  began_at: string | null
  ran_at: string | null
  next_at: string | null
  ok: boolean | null
  text: string | null
  failing: number
}

export interface Run {
  id: string
  by: string
  began_at: string
  ended_at: string | null
  ok: boolean | null
  text: string
  dry: boolean
  place: string
}

export const servicesQuery = queryOptions({
  queryKey: ['services'],
  queryFn: () => api<{ data: Service[]; outbox: { waiting: number; oldest_at: string | null } }>('services'),
  refetchInterval: 3_000,
})

export const runsQuery = (name: string) =>
  queryOptions({ queryKey: ['services', name], queryFn: () => api<{ data: Run[] }>(`services/${name}/runs`), refetchInterval: 3_000 })
