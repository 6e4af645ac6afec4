/** What a telephone in a page is made of, as pages see it. */

/** What `POST /api/v1/me/browser-phone` answers. */
export interface Credential {
  urls: { ws?: string; wss?: string }
  domain: string
  device: string
  username: string
  realm: string
  ha1: string
  name: string
  extension: string
  /** STUN and TURN servers of the node, for networks that let no UDP out. */
  ice_servers: RTCIceServer[]
}

/** off - starting - ready - offline (tries again by itself) - refused (the switch does not take the credential). */
export type PhoneState = 'off' | 'starting' | 'ready' | 'offline' | 'refused'

export type CallState = 'ringing' | 'calling' | 'talking' | 'held' | 'ended'

export interface Quality {
  mos: number | null
  loss_percent: number
  jitter_ms: number
  round_trip_ms: number
  codec: string
}

/** One call as it is now. */
export interface CallView {
  id: string
  incoming: boolean
  number: string
  name: string
  state: CallState
  muted: boolean
  /** The other side rings, and no sound of the network says so. */
  rings: boolean
  /** Epoch milliseconds of the answer, null before. */
  answered_at_ms: number | null
  quality: Quality | null
  /** What became of a transfer: "" none, else words of SIP. */
  transfer: '' | 'asked' | 'refused'
  /** Why it ended. */
  cause: string
}

export interface PhoneView {
  state: PhoneState
  /** Why it is not ready. */
  problem: string
  calls: readonly CallView[]
}

/** Device ids of the browser; "" is its own choice. */
export interface Devices {
  microphone: string
  speaker: string
}
