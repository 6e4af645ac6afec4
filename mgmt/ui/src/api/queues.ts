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
