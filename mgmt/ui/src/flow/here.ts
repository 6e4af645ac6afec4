/** Who is where in a flow at this moment, by the live calls. Pure. */
import type { LiveCall } from '../api/types'

/** Callers of a flow at each of its nodes: the last one that a call came to counts, also of a call whose flow is not known. */
export function hereNow(calls: readonly LiveCall[], id: string, nodes: Readonly<Record<string, unknown>>): Record<string, number> {
  const found: Record<string, number> = {}
  calls.filter(({ flow }) => (flow ?? id) === id).forEach(({ steps }) => {
    const node = steps.findLast((step) => step.node)?.node
    if (node && node in nodes) found[node] = (found[node] ?? 0) + 1
  })
  return found
}
