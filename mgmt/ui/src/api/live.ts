/** Calls in progress, kept by events: a pure reducer, so that every order of events can be tested. */
import type { LiveCall } from './types'

export type Calls = ReadonlyMap<string, LiveCall>

/** The list that was asked for replaces everything: what it does not name is over. What was heard since it was asked for is newer. */
export const listed = (calls: readonly LiveCall[], since: readonly LiveCall[] = []): Calls =>
  since.reduce(heard, new Map(calls.map((call) => [call.id, call])))

/** One event: a call that began, changed or ended. */
export function heard(calls: Calls, call: LiveCall): Calls {
  const next = new Map(calls)
  if (call.state === 'ended') next.delete(call.id)
  else next.set(call.id, call)
  return next
}

/** The newest call first. */
export const inOrder = (calls: Calls): LiveCall[] =>
  [...calls.values()].sort((a, b) => b.started_at.localeCompare(a.started_at) || a.id.localeCompare(b.id))
