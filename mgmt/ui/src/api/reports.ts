/** Reports as files: those there are, and asking for one. */
import { queryOptions } from '@tanstack/react-query'
import type { Key } from '../i18n/en'
import { api } from './client'
import type { Page } from './types'

export interface ReportFile {
  id: string
  at: string
  kind: ReportKind
  form: ReportForm
  name: string
  since: string
  until: string
  state: 'waiting' | 'ready' | 'failed'
  rows: number | null
  /** While it is made, how much of it is, 0 to 1; null: that is not known. */
  progress: number | null
  problem: string | null
}

export const reportKinds = ['summary', 'calls', 'missed', 'users', 'groups', 'numbers', 'queues', 'quality', 'messages'] as const
export const reportForms = ['json', 'xlsx', 'csv', 'pdf', 'html'] as const
export type ReportKind = (typeof reportKinds)[number]
export type ReportForm = (typeof reportForms)[number]

export const kindNames: Record<ReportKind, Key> = {
  summary: 'rSummary', calls: 'calls', missed: 'rMissed', users: 'rUsers', groups: 'rGroups', numbers: 'rNumbers', queues: 'rQueues', quality: 'quality', messages: 'rMessages',
}

export const reportsQuery = queryOptions({
  queryKey: ['reports'],
  queryFn: () => api<Page<ReportFile>>('reports?limit=20'),
  refetchInterval: ({ state }) => (state.data?.data.some((one) => one.state === 'waiting') ? 1500 : false),
})

/** A report in the form `json`. */
export interface ReportTable {
  title: string
  about: string
  columns: string[]
  rows: (string | number | null)[][]
}

/** What was made does not change any more. */
export const reportTableQuery = (id: string) =>
  queryOptions({ queryKey: ['report-table', id], queryFn: () => api<ReportTable>(`reports/${id}/file`), staleTime: Infinity })
