/** Numbers that come from another carrier. */
import { queryOptions } from '@tanstack/react-query'
import { api } from './client'

export interface PortIn {
  id: string
  numbers: string[]
  carrier: string
  account: string
  name: string
  street: string
  place: string
  has_pin: boolean
  wanted_on: string | null
  state: 'draft' | 'submitted' | 'accepted' | 'ported' | 'rejected' | 'cancelled'
  changed_at: string
  foc_on: string | null
  said: string
  bill: { name: string } | null
}

export const portsQuery = queryOptions({ queryKey: ['ports'], queryFn: () => api<{ data: PortIn[] }>('market/ports') })
