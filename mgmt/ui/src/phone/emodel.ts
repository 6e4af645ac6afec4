/** How a stream sounds, by the E-model (ITU-T G.107) from what `getStats` counted. Pure. */

export interface Counted {
  /** Samples that came, and of these how many were made up because a packet was lost or late. */
  samples: number
  concealed: number
  packets: number
  lost: number
  jitter_ms: number
  round_trip_ms: number
}

/** Opus conceals well: Ie 0, Bpl 20 (as measured for codecs with concealment in G.113 Appendix I). */
const impairment = { ie: 0, bpl: 20 }
const path_ms = 60

/** What happened between two readings of the same counters. */
export const between = (before: Counted, after: Counted): Counted => ({
  samples: after.samples - before.samples,
  concealed: after.concealed - before.concealed,
  packets: after.packets - before.packets,
  lost: after.lost - before.lost,
  jitter_ms: after.jitter_ms,
  round_trip_ms: after.round_trip_ms,
})

/** 1 to 4.5; null when nothing came that could have been judged. */
export function mos(heard: Counted): number | null {
  if (heard.samples <= 0 && heard.packets <= 0) return null
  const concealed = heard.samples > 0 ? heard.concealed / heard.samples : 0
  const lost = heard.packets + heard.lost > 0 ? Math.max(0, heard.lost) / (heard.packets + heard.lost) : 0
  const loss_percent = 100 * Math.min(1, Math.max(concealed, lost))
  const delay_ms = heard.round_trip_ms / 2 + 2 * heard.jitter_ms + path_ms
  const delayed = 0.024 * delay_ms + (delay_ms > 177.3 ? 0.11 * (delay_ms - 177.3) : 0)
  const equipment = impairment.ie + (95 - impairment.ie) * (loss_percent / (loss_percent + impairment.bpl))
  return ofRating(93.2 - delayed - equipment)
}

/** G.107 Annex B. */
export function ofRating(r: number): number {
  if (r <= 0) return 1
  if (r >= 100) return 4.5
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
}
