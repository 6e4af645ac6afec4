/** Quality of a connection, read every second from `getStats` (W3C webrtc-stats). */
import { between, mos, type Counted } from './emodel'
import type { Quality } from './types'

const every_ms = 1000

interface Reading {
  counted: Counted
  codec: string
}

/** Tells the quality until it is stopped. */
export function watch(connection: RTCPeerConnection, tell: (quality: Quality) => void): () => void {
  let before: Counted | null = null
  const timer = setInterval(() => {
    void connection.getStats().then((report) => {
      const now = reading(report)
      if (!now) return
      const heard = before ? between(before, now.counted) : now.counted
      before = now.counted
      const all = heard.packets + Math.max(0, heard.lost)
      tell({
        mos: mos(heard), loss_percent: all > 0 ? (100 * Math.max(0, heard.lost)) / all : 0,
        jitter_ms: heard.jitter_ms, round_trip_ms: heard.round_trip_ms, codec: now.codec,
      })
    }, () => undefined)
  }, every_ms)
  return () => clearInterval(timer)
}

function reading(report: RTCStatsReport): Reading | null {
  let found: Reading | null = null
  let round_trip_ms = 0
  let codec = ''
  report.forEach((one: Record<string, unknown>) => {
    const number = (name: string) => Number(one[name] ?? 0)
    if (one.type === 'candidate-pair' && one.nominated === true && one.currentRoundTripTime !== undefined) round_trip_ms = 1000 * number('currentRoundTripTime')
    if (one.type !== 'inbound-rtp' || one.kind !== 'audio') return
    codec = String((report.get(String(one.codecId)) as { mimeType?: string } | undefined)?.mimeType ?? '').replace('audio/', '')
    found = {
      codec,
      counted: {
        samples: number('totalSamplesReceived'), concealed: number('concealedSamples') - number('silentConcealedSamples'), packets: number('packetsReceived'),
        lost: number('packetsLost'), jitter_ms: 1000 * number('jitter'), round_trip_ms: 0,
      },
    }
  })
  const read = found as Reading | null
  return read && { ...read, counted: { ...read.counted, round_trip_ms } }
}
