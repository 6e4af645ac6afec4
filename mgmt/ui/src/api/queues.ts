/** What the API says of queues. */

/** The live figures of a queue; those that count are of today. */
export interface Queue {
  id: string
  name: string
  waiting: number
  promised_waiting: number
  longest_wait_s: number | null
  sla_s: number
  sla_percent: number | null
  answered: number
  abandoned: number
  agents: Record<'free' | 'ringing' | 'busy' | 'paused' | 'wrap_up' | 'rest', number>
}

export interface QueuePerson {
  user: string
  name: string
  state: string
  reason: string | null
  since_s: number | null
  calls: number
}

export interface QueuePlace {
  id: string
  position: number
  number: string | null
  name: string | null
  waited_s: number
  kind: string
}

export interface QueueDetail extends Queue {
  people: QueuePerson[]
  places: QueuePlace[]
}

/** One agent with all the queues that name them. */
export interface AgentRow extends QueuePerson {
  queues: string[]
}

/** The people of several queues, each once: an agent is in one state, their calls are those of all queues. Pure. */
export function agentsOf(queues: readonly QueueDetail[]): AgentRow[] {
  const found = new Map<string, AgentRow>()
  for (const queue of queues) {
    for (const person of queue.people) {
      const known = found.get(person.user)
      if (known) found.set(person.user, { ...(known.state === 'out' ? person : known), queues: [...known.queues, queue.name], calls: known.calls + person.calls })
      else found.set(person.user, { ...person, queues: [queue.name] })
    }
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name))
}
