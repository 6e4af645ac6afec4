/** What the API says of the node, to operators. */
import { queryOptions } from '@tanstack/react-query'
import { api } from './client'
import type { Page } from './types'

interface Service {
  name: string
  ran_at: string | null
  ok: boolean | null
  text: string | null
  done: number
  failures: number
}

/** `ports`: pairs for RTP and RTCP; none: not asked yet. */
export interface MediaWorker {
  name: string
  ready: boolean
  legs: number
  busy_percent: number
  ports?: { used?: number; pairs?: number }
}

/** Pairs in use, and how many there are, of all workers; null: none has said so. Pure. */
export function mediaPorts(workers: readonly MediaWorker[]): { used: number; pairs: number } | null {
  const said = workers.flatMap(({ ports }) => (ports?.pairs === undefined ? [] : [{ used: ports.used ?? 0, pairs: ports.pairs }]))
  return said.length === 0 ? null : said.reduce((sum, one) => ({ used: sum.used + one.used, pairs: sum.pairs + one.pairs }))
}

export interface NodeStatus {
  version: string
  switch: {
    state: 'up' | 'away'
    text?: string
    up_s?: number
    calls?: number
    calls_total?: number
    calls_refused?: number
    phones?: number
    draining?: boolean
    cluster?: { node: string; tenants: number; others: { node: string; version: string; draining: boolean }[] }
    log_level?: string
    media_workers?: MediaWorker[]
    network?: { listening: Record<string, string[]> }
    speech?: { engine: string; waiting: number; trouble: string }
    defence?: { lag_ms: number; busy_percent: number }
  }
  config: { state: string; sequence: number; behind: number; text: string }
  /** lag_s: for how long records wait; null: the services do not say. */
  history: { spool_bytes: number; shared: boolean; lag_s?: number | null }
  services: Record<string, Service>
  certificates: { name: string; days_left: number | null }[]
  disk: { free_mb: number; total_mb: number }
}

export interface OneNode {
  node: string
  state: 'up' | 'drained' | 'away' | 'unknown'
  version: string
  calls: number | null
  passing: number | null
  tenants: number | null
  up_s: number | null
  text: string
}

export interface Nodes {
  node: string
  data: OneNode[]
  commands: { invite: string | null; join: string | null; upgrade: string[] }
}

interface Replica {
  node: string
  process: string
  sequence: number
  fingerprint: string
  verdict: string
  text: string
  watchers: number | null
  told: number | null
}

interface Ban {
  source: string
  user: string | null
  left_s: number
}

export const nodeQuery = queryOptions({ queryKey: ['node', 'status'], queryFn: () => api<NodeStatus>('status'), refetchInterval: 5_000 })

export const nodeQueries = {
  nodes: queryOptions({ queryKey: ['node', 'nodes'], queryFn: () => api<Nodes>('nodes'), refetchInterval: 3_000 }),
  replicas: queryOptions({ queryKey: ['node', 'replicas'], queryFn: () => api<{ data: Replica[] }>('config-replicas'), refetchInterval: 30_000 }),
  bans: queryOptions({ queryKey: ['node', 'bans'], queryFn: () => api<Page<Ban>>('bans'), refetchInterval: 10_000 }),
}
