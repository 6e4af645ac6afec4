/** Calls in progress, kept by events: a pure reducer, so that every order of events can be tested. */
import type { LiveCall } from './types'

export type Calls = ReadonlyMap<string, LiveCall>

/** The list that was asked for replaces everything: what it does not name is over. What was heard since it was asked for is newer. */
export const listed = (calls: readonly LiveCall[], since: readonly LiveCall[] = []): Calls =>
  since.reduce(heard, new Map(calls.map((call) => [call.id, call])))

/** What is heard while a list is on its way. Of two on their way the one asked for later counts, whichever comes last. */
export function asking() {
  let since: LiveCall[] | null = null
  return {
    heard: (call: LiveCall) => { since?.push(call) },
    /** A list is asked for; the result is called when it comes: what was heard since, null when a later one was asked for. */
    begin(): () => LiveCall[] | null {
      const mine: LiveCall[] = (since = [])
      return () => {
        if (since !== mine) return null
        since = null
        return mine
      }
    },
  }
}

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
