/** Who is where in a flow at this moment, by the live calls. Pure. */
import type { LiveCall } from '../api/types'

/** Callers at each of the nodes: the last one that a call came to counts. */
export function hereNow(calls: readonly LiveCall[], nodes: Readonly<Record<string, unknown>>): Record<string, number> {
  const found: Record<string, number> = {}
  calls.forEach(({ steps }) => {
    const node = steps.findLast((step) => step.node)?.node
    if (node && node in nodes) found[node] = (found[node] ?? 0) + 1
  })
  return found
}
