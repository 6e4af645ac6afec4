/** What went over the wire of a call: its media by windows, its SIP messages. */

export interface QualityWindow {
  leg: string
  at: string
  seconds: number
  direction: 'rx' | 'tx'
  packets: number
  lost: number
  late: number
  jitter_ms: number
  rtt_ms?: number | null
  mos: number | null
  reason: string | null
}

export interface SipMessage {
  at_us: number
  leg: string
  from: string
  to: string
  summary: string
  raw: string
}
