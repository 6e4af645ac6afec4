/** What a drawing changes of the flow that is live: steps that came, went and are different, and other places to begin at. Pure. */
import type { FlowDocument } from './types'

export const ways = ['start', 'fallback', 'fax'] as const

export interface Differences {
  added: string[]
  changed: string[]
  removed: string[]
  /** Which of the places where callers begin. */
  begins: (typeof ways)[number][]
}

export function differences(live: FlowDocument, drawn: FlowDocument): Differences {
  const [was, is] = [Object.keys(live.nodes), Object.keys(drawn.nodes)]
  return {
    added: is.filter((id) => !was.includes(id)),
    changed: is.filter((id) => was.includes(id) && !same(live.nodes[id], drawn.nodes[id])),
    removed: was.filter((id) => !is.includes(id)),
    begins: ways.filter((way) => (live[way] ?? null) !== (drawn[way] ?? null)),
  }
}

/** JSON in which the order of fields says nothing. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    (inner && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner))

export const same = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other)
