/** The one event stream of the page: keeps the live calls, refreshes what changed, says whether it is connected, or when it tries again. */
import { useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { address, api, type Problem } from './client'
import { asking, heard, inOrder, listed, type Calls } from './live'
import { readMe } from './queries'
import type { LiveCall, Page } from './types'

export type Connection = 'connecting' | 'live' | 'offline'

interface Feed {
  calls: LiveCall[]
  connection: Connection
  problem: Problem | null
  /** When it is tried again, epoch milliseconds; null: it is being tried, or there is no need. */
  again: number | null
}

const FeedContext = createContext<Feed>({ calls: [], connection: 'connecting', problem: null, again: null })
const settle_ms = 150
const retry_ms = 3000

/** Whole seconds until it is tried again, from one up. Pure. */
export const secondsUntil = (again: number, now: number): number => Math.max(1, Math.ceil((again - now) / 1000))

export const useFeed = (): Feed => useContext(FeedContext)

export function FeedProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const [calls, setCalls] = useState<Calls>(new Map())
  const [connection, setConnection] = useState<Connection>('connecting')
  const [problem, setProblem] = useState<Problem | null>(null)
  const [retry, setRetry] = useState<number | null>(null)

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
    const asked = asking()
    const relist = () => {
      const answered = asked.begin()
      return api<Page<LiveCall>>('calls/live').then(
        (page) => {
          const since = answered()
          if (!since) return
          setCalls(listed(page.data, since))
          setProblem(null)
        },
        (error: Problem) => { if (answered()) setProblem(error) },
      )
    }
    let opened = false
    const later = () => {
      stream?.close() // its own next try is at a time that nobody is told
      clearTimeout(again)
      again = setTimeout(open, retry_ms)
      setConnection('offline')
      setRetry(Date.now() + retry_ms)
    }
    const open = () => {
      setRetry(null)
      stream = new EventSource(address('events?live=1'))
      stream.onopen = () => {
        setConnection('live')
        void relist()
        if (opened) void queries.invalidateQueries() // what was told meanwhile was not heard here
        opened = true
      }
      stream.onerror = later
      stream.addEventListener('end', () => {
        stream?.close() // signed out, or somebody else by now: the API says which
        setConnection('offline')
        void readMe().then(open, (error: Problem) => { setProblem(error); later() })
      })
      stream.addEventListener('call', (event) => {
        const call = JSON.parse(event.data as string) as LiveCall
        asked.heard(call)
        setCalls((known) => heard(known, call))
        if (call.state === 'ended') refetch('calls', 'call', 'activities')
      })
      stream.addEventListener('activity', () => refetch('activities', 'calls', 'call'))
      stream.addEventListener('message', () => refetch('threads', 'thread'))
      stream.addEventListener('report', () => refetch('reports'))
      stream.addEventListener('history', () => refetch('calls', 'call'))
      stream.addEventListener('queue', () => refetch('queues'))
      stream.addEventListener('config', () => refetch('config', 'flows', 'me', 'config-log', 'config-diff'))
      stream.addEventListener('status', () => void relist())
    }
    open()
    return () => {
      stream?.close()
      clearTimeout(again)
      clearTimeout(refresh)
    }
  }, [queries])

  const feed = useMemo(() => ({ calls: inOrder(calls), connection, problem, again: retry }), [calls, connection, problem, retry])
  return <FeedContext value={feed}>{children}</FeedContext>
}
