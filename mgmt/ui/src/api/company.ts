/** The company's own document, and changes of some of its fields. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from './client'
import { meQuery } from './queries'
import type { Stored } from './types'

export interface Company {
  second_factor: 'optional' | 'required'
  answer_within_min: number | null
  ringback: string | null
  record_calls: boolean
  transcribe_calls: boolean
  recording_notice: 'none' | 'told' | 'asked'
}

export function useCompany() {
  const queries = useQueryClient()
  const { data: me } = useQuery(meQuery)
  const id = me?.tenant?.id
  const key = ['config', 'tenant', id]
  const { data } = useQuery({ queryKey: key, queryFn: () => api<Stored<Company> & { version: number }>(`config/tenant/${id}`), enabled: !!id })
  const change = useMutation({
    mutationFn: (fields: Partial<Company>) => api<Stored<Company> & { version: number }>(`config/tenant/${id}`, 'PUT', { ...data?.document, ...fields }, `"${data?.version}"`),
    onSuccess: (saved) => { queries.setQueryData(key, saved) },
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  })
  return { company: data?.document, change }
}
