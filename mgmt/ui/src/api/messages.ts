/** Text messages: what the API gives, and what the screen asks for. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api } from './client'
import type { Activity, Page } from './types'

export interface Thread {
  id: string
  number: string
  phone: string
  name: string | null
  at: string
  text: string
  direction: 'in' | 'out'
  unread: boolean
  opted_out: boolean
}

export interface TextMessage {
  id: string
  direction: 'in' | 'out'
  text: string
  at: string
  state: 'received' | 'queued' | 'sent' | 'delivered' | 'failed' | 'uncertain'
  by: string
  said: string
  media: { type: string; there: boolean; problem?: string }[]
}

export type Entry = { kind: 'message'; message: TextMessage } | { kind: 'call'; call: Activity }

export interface Conversation extends Page<Entry> {
  thread: Thread
}

export interface Counted {
  encoding: 'gsm7' | 'ucs2'
  segments: number
  left: number
}

const page_size = 40

export const threadsQuery = (text: string) =>
  infiniteQueryOptions({
    queryKey: ['threads', text],
    queryFn: ({ pageParam }) => api<Page<Thread> & { numbers: string[] }>(`threads?limit=${page_size}${text ? `&text=${encodeURIComponent(text)}` : ''}${after(pageParam)}`),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  })

export const conversationQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['thread', id],
    queryFn: ({ pageParam }) => api<Conversation>(`threads/${encodeURIComponent(id)}?limit=${page_size}${after(pageParam)}`),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  })

/** How many parts a text is: asked of the node, so that there is one truth. */
export const countedQuery = (text: string) =>
  queryOptions({ queryKey: ['counted', text], queryFn: () => api<Counted>('messages/preview', 'POST', { text }), staleTime: Infinity })

const after = (cursor: string): string => (cursor ? `&cursor=${encodeURIComponent(cursor)}` : '')
