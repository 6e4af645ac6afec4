/** The documents of /api/v1 as the screens use them. Times are RFC 3339, durations named by their unit. */

import type { QualityWindow, SipMessage } from './wire'
import type { CallTranscript } from './transcript'
export type { Activity } from './activity'
export type { QualityWindow, SipMessage } from './wire'
export type { CallTranscript, SpokenLine } from './transcript'

export interface Step {
  index?: number
  at: string
  offset_s?: number
  code: string
  text: string
  node: string | null
}

export type LiveState = 'routing' | 'menu' | 'ringing' | 'talking' | 'voicemail' | 'ended'

interface Parties {
  id: string
  tenant: string
  direction: 'inbound' | 'outbound' | 'internal'
  from: string
  from_name: string | null
  to: string
  to_name: string | null
  started_at: string
  answered_at: string | null
  mos: number | null
}

export interface LiveCall extends Parties {
  state: LiveState
  where: string
  queue: string | null
  /** The one they are in; null: not known. */
  flow: string | null
  steps: Step[]
}

export interface Call extends Parties {
  ended_at: string | null
  ring_ms: number
  talk_ms: number
  duration_ms: number
  outcome: string | null
  cause: { sip: number | null; q850: number | null; text: string } | null
  who: string | null
  trunk: string | null
  recording: string | null
  /** Who deleted the recording. */
  removed: { at: string; by: string; reason: string | null } | null
}

export interface StreamSummary {
  packets: number
  lost: number
  jitter_ms: number
  mos: number | null
}

export interface Leg {
  id: string
  role: 'caller' | 'callee'
  party: string
  remote: string
  codec: string | null
  answered_at: string | null
  ended_at?: string | null
  quality: { rx?: StreamSummary; tx?: StreamSummary }
}

export interface CallDetail {
  call: Call
  legs: Leg[]
  steps: Step[]
  quality: QualityWindow[]
  messages: SipMessage[]
  recording: string | null
  transcript: CallTranscript | null
}

export interface Person {
  id: string
  name: string
}

/** A phrase of a message's summary; `start` null: not the speaker's words but the engine's. */
export interface Short { start: number | null; text: string }

/** A word of a message that was written down; confidence 0 to 1. */
export interface SpokenWord {
  word: string
  start: number
  end: number
  confidence: number
}

export interface Me {
  user: { id: string; name: string; email: string | null; role: string } | null
  tenant: { id: string; name: string; timezone: string; language?: string; status?: string; minutes_spent?: boolean } | null
  tenants: { id: string; name: string }[]
  operator: boolean
  /** What the page says with each request, so that nothing is done by somebody else who signed in meanwhile. */
  signed_in_as: string
  /** Who really asks, while they act as `user`. */
  visitor: string | null
  /** What may be seen and changed here, by part of the API. */
  rights?: Record<string, 'look' | 'change'>
  must_set_password: boolean
  must_add_factor: boolean
}

export interface Target {
  kind: 'flow' | 'user' | 'group' | 'queue' | 'mailbox' | 'number'
  id: string
}

/** Somebody or something of the company that a call can go to. */
export interface Place extends Target {
  name: string
  extension: string | null
}

export interface Status {
  id: string
  name: string
}

/** What becomes of calls to me. */
export interface MyPhone {
  name: string
  extension: string
  dnd: boolean
  status: string | null
  statuses: Status[]
  forward: Target | null
  on_busy: Target | null
  no_answer: Target | null
  on_unreachable: Target | null
  follow_me: Target[]
  follow_me_when: 'together' | 'afterwards'
  screen: 'nobody' | 'follow_me' | 'everywhere'
  call_waiting: boolean
  anonymous: 'ring' | 'refuse'
  withhold: boolean
  vips: string[]
  blocked: string[]
  ring_s: number
  /** Since when do not disturb and status are as they are; null: for long. */
  since_at?: string | null
}

export interface Feature {
  id: string
  code: string
  usual: string
  text: string
  argument: 'none' | 'extension' | 'number' | 'slot' | 'optional slot' | 'optional number'
  in_call: boolean
}

export interface Stored<T> {
  password?: string
  id: string
  document: T
}

export type Way = 'browser' | 'call_me' | 'form'

/** What a company has on its web site. */
export interface Widget {
  id: string
  name: string
  origins: string[]
  ways: Way[]
  target: Target | null
  agents: string[]
  number: string | null
  schedule: string | null
  countries: string[]
  calls_per_hour_max: number
  requests_per_hour_max: number
  assigned_to: string | null
  text: string
  color: string
  shows: Shown[]
  address: string
  point: { latitude: number; longitude: number } | null
}
export type Shown = 'hours' | 'card' | 'map'

export interface Gateway {
  gateway: string
  state: 'up' | 'down'
  said: string
  rtt_ms: number | null
  registration?: { registered: boolean; state: string; said: string }
}

export interface Trunk {
  id: string
  name: string
  channels_in: number
  channels_out: number
  channels_max: number
  drained?: boolean
  calls_per_s_in?: number; calls_per_s_in_max?: number | null
  calls_per_s_out?: number; calls_per_s_out_max?: number | null
  gateways: Gateway[]
}

/** From `offset_s` of a recording on: silence instead of what was said, nothing for a while, what was said again. */
export interface Mark {
  mode: 'mask' | 'pause' | 'resume'
  at: number
  offset_s: number
}

/** Each channel is a flat row of pairs: lowest and highest sample of a column, -1..1. */
export interface Peaks {
  duration_s: number
  channels: number[][]
  marks: Mark[]
  consent: { answer: 'told' | 'agreed' | 'refused' | 'unanswered'; at: number } | null
}

export interface Page<T> {
  data: T[]
  next_cursor: string | null
  counts?: { open: number; finished: number; resolved: number; unread: number }
}

/** One entry of the configuration log. */
export interface ConfigEntry {
  sequence: number
  at: string
  actor: string
  reason: string
  changes: { kind: string; id: string; removed: boolean }[]
}

export interface ObjectDiff {
  kind: string
  id: string
  change: 'added' | 'changed' | 'removed'
  lines: string[]
}

/** What a way back changes; `applied` once it was gone. */
export interface Rollback {
  to: number
  data: ObjectDiff[]
  applied: { sequence: number; nodes: number; of: number; seconds: number; text: string } | null
}

/** What callers hear; `media` is its name in the media store, `number` what is dialled to record it. */
export interface Prompt {
  id: string
  name: string
  media: string
  text: string
  number: string | null
}

/** What the node itself says in a language; `voice` recorded those that are `recorded`. */
export interface StockSounds {
  language: string
  languages: string[]
  voice: { name: string; speaker: string; licence: string; licence_url: string; source: string; changes: string } | null
  data: { name: string; text: string; recorded: boolean }[]
}

export interface ApiKey {
  id: string
  name: string
  role: 'user' | 'manager'
  scopes: string[]
  expires_at: string | null
}

/** One of the things that a new company does first. */
export interface FirstStep {
  id: 'hear' | 'browser' | 'invite' | 'hours' | 'phone'
  minutes: number
  done: boolean
}
