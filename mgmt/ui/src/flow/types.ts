/** The documents of /api/v1 about call flows. */
import type { Step } from '../api/types'

export interface FlowNode {
  kind: string
  label?: string
  [field: string]: unknown
}

export interface FlowDocument {
  start: string
  fallback?: string
  fax?: string
  nodes: Record<string, FlowNode>
}

export interface FlowProblem {
  node: string | null
  code: string
  text: string
  severity: 'error' | 'warning'
}

export interface Flow {
  id: string
  name: string
  version: number
  document: FlowDocument
  problems: FlowProblem[]
  has_draft: boolean
}

export interface Simulation {
  steps: Step[]
  outcome: string
  heard: { prompt: string; text: string }[]
  duration_s: number
  waited_s: number
  reached_s: number | null
}

export interface Paths {
  paths: (Simulation & { choices: string[] })[]
  complete: boolean
}

/** Which of last week's calls a draft would send elsewhere. */
export interface WhatIf {
  calls: number
  unknown: number
  changed: { call: string; at: string; from: string; to: string; before: string[]; after: string[] }[]
}

export interface Traffic {
  now: Record<string, number>
  calls: number
  /** False: only the newest calls were counted. */
  whole: boolean
  nodes: Record<string, Passed>
}

/** The callers of one node in some days; `ways` are those who went on, by where to. */
export interface Passed {
  entered: number
  left: number
  served: number
  ended: number
  ways: Record<string, number>
}

export interface Tried {
  id: string
  name: string
  met: boolean
  waived: string
  why?: string
  at?: string
  steps?: Step[]
}
