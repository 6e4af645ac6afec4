/** What a country asks of who wants a number there. */
import { queryOptions } from '@tanstack/react-query'
import { api } from './client'

export interface Paper {
  id: string
  tenant: string
  country: string
  paper: 'identity' | 'company' | 'address' | 'tax'
  state: 'missing' | 'submitted' | 'accepted' | 'refused'
  changed_at: string | null
  said: string
  /** The company's numbers that wait for it. */
  numbers?: string[]
}

export const papersQuery = queryOptions({ queryKey: ['papers'], queryFn: () => api<{ data: Paper[] }>('market/papers') })

export const toJudgeQuery = queryOptions({ queryKey: ['papers-to-judge'], queryFn: () => api<{ data: Paper[] }>('papers?state=submitted'), refetchInterval: 10_000 })
