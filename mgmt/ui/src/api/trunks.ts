/** What an operator asks about carriers: as they are now, what calls over them came to, results of acceptance tests. */
import { queryOptions } from '@tanstack/react-query'
import { api } from './client'
import type { Page } from './types'

/** Where others reach a node: `transport` is one of SIP, or RTP with the range of its ports. */
export interface Reached {
  node: string
  transport: string
  address: string
}

/** All of one node together, in the order in which they come. Pure. */
export function byNode(reached: readonly Reached[]): [string, Reached[]][] {
  const found = new Map<string, Reached[]>()
  reached.forEach((one) => found.set(one.node, [...(found.get(one.node) ?? []), one]))
  return [...found]
}

interface Way {
  calls: number
  answered: number
  asr_percent: number | null
  ner_percent: number | null
  acd_s: number | null
}

/** A step of a time; null: nobody measured it. */
export interface TrunkStep {
  start_at: string
  calls: number
  answered: number
  asr_percent: number | null
  mos: number | null
  lost_percent: number | null
  jitter_ms: number | null
}

export interface TrunkFigures {
  calls: number
  cut: boolean
  inbound: Way
  outbound: Way
  pdd_ms: { p50: number | null; p95: number | null; calls: number }
  causes: { cause: string; calls: number }[]
  attestations: Record<string, number>
  mos: { p50: number | null; p5: number | null; calls: number }
  series: TrunkStep[]
}

export interface Acceptance {
  id: string
  trunk: string
  /** Of a call between two nodes; then there is no trunk. */
  nodes?: string[]
  passed: boolean
  checks: { name: string; passed: boolean; said: string; mos: number | null }[]
  at?: string
}

export const trunkQueries = {
  figures: (id: string, days: string) =>
    queryOptions({ queryKey: ['trunks', id, 'figures', days], queryFn: () => api<TrunkFigures>(`trunks/${encodeURIComponent(id)}/figures?days=${days}`), refetchInterval: 30_000 }),
  tests: queryOptions({ queryKey: ['acceptance'], queryFn: () => api<Page<Acceptance>>('quality/tests') }),
}
