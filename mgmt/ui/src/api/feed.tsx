/** The one event stream of the page: keeps the live calls, refreshes what changed, says whether it is connected. */
import { useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { address, api, type Problem } from './client'
import { heard, inOrder, listed, type Calls } from './live'
import type { LiveCall, Page } from './types'

export type Connection = 'connecting' | 'live' | 'offline'

interface Feed {
  calls: LiveCall[]
  connection: Connection
  problem: Problem | null
}

const FeedContext = createContext<Feed>({ calls: [], connection: 'connecting', problem: null })
const settle_ms = 150
const retry_ms = 3000

export const useFeed = (): Feed => useContext(FeedContext)

export function FeedProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const [calls, setCalls] = useState<Calls>(new Map())
  const [connection, setConnection] = useState<Connection>('connecting')
  const [problem, setProblem] = useState<Problem | null>(null)

  useEffect(() => {
    let stream: EventSource | null = null
    let again: ReturnType<typeof setTimeout> | undefined
    let refresh: ReturnType<typeof setTimeout> | undefined
    const stale = new Set<string>()

    const refetch = (...keys: string[]) => {
      keys.forEach((key) => stale.add(key))
      clearTimeout(refresh)
      refresh = setTimeout(() => {
        stale.forEach((key) => void queries.invalidateQueries({ queryKey: [key] }))
        stale.clear()
      }, settle_ms)
    }
    const relist = () =>
      api<Page<LiveCall>>('calls/live').then(
        (page) => {
          setCalls(listed(page.data))
          setProblem(null)
        },
        (error: Problem) => setProblem(error),
      )
    let opened = false
    const open = () => {
      stream = new EventSource(address('events?live=1'))
      stream.onopen = () => {
        setConnection('live')
        void relist()
        if (opened) void queries.invalidateQueries() // what was told meanwhile was not heard here
        opened = true
      }
      stream.onerror = () => {
        setConnection('offline')
        if (stream?.readyState === EventSource.CLOSED) again = setTimeout(open, retry_ms)
      }
      stream.addEventListener('end', () => {
        stream?.close() // signed out, or somebody else by now: the API says which
        setConnection('offline')
        const later = (error: Problem) => { setProblem(error); again = setTimeout(open, retry_ms) }
        void api('me').then(open, later)
      })
      stream.addEventListener('call', (event) => {
        const call = JSON.parse(event.data as string) as LiveCall
        setCalls((known) => heard(known, call))
        if (call.state === 'ended') refetch('calls', 'call', 'activities')
      })
      stream.addEventListener('activity', () => refetch('activities', 'calls', 'call'))
      stream.addEventListener('message', () => refetch('threads', 'thread'))
      stream.addEventListener('report', () => refetch('reports'))
      stream.addEventListener('history', () => refetch('calls', 'call'))
      stream.addEventListener('queue', () => refetch('queues'))
      stream.addEventListener('config', () => refetch('flows', 'me', 'config-log', 'config-diff'))
      stream.addEventListener('status', () => void relist())
    }
    open()
    return () => {
      stream?.close()
      clearTimeout(again)
      clearTimeout(refresh)
    }
  }, [queries])

  const feed = useMemo(() => ({ calls: inOrder(calls), connection, problem }), [calls, connection, problem])
  return <FeedContext value={feed}>{children}</FeedContext>
}
