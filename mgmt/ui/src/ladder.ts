/** Where the lines of a SIP ladder go: one column an address in order of appearance, one row a message or what became of media. Pure. */
import type { Leg, QualityWindow, SipMessage, Step } from './api/types'

export const column_px = 230
export const row_px = 34
export const head_px = 34

/** Media of a leg at a moment, as the history has it: `out` to the far end. */
export interface Medium {
  at_us: number
  leg: string
  out: boolean
  kind: 'begin' | 'window' | 'sum' | 'rtcp' | 'keys'
  codec?: string | null
  packets?: number
  lost?: number
  late?: number
  jitter_ms?: number
  mos?: number | null
  /** Least and most round trip, in milliseconds. */
  rtt_ms?: [number, number]
  text?: string
}

export interface Arrow {
  message?: SipMessage
  medium?: Medium
  y: number
  x1: number
  x2: number
  /** Milliseconds after the first message. */
  at_ms: number
}

export interface Ladder {
  columns: { name: string; x: number }[]
  arrows: Arrow[]
  width: number
  height: number
}

/** A line of two texts: in both, only in the first, only in the second. */
export interface Line {
  text: string
  look: 'same' | 'gone' | 'new'
}

/** What differs between two messages, line by line: their longest common lines stay in place. Pure. */
export function compared(before: string, after: string): Line[] {
  const a = before.split(/\r?\n/)
  const b = after.split(/\r?\n/)
  const most = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      most[i]![j] = a[i] === b[j] ? most[i + 1]![j + 1]! + 1 : Math.max(most[i + 1]![j]!, most[i]![j + 1]!)
    }
  }
  const lines: Line[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ text: a[i]!, look: 'same' })
      i++
      j++
    } else if (j >= b.length || (i < a.length && most[i + 1]![j]! >= most[i]![j + 1]!)) lines.push({ text: a[i++]!, look: 'gone' })
    else lines.push({ text: b[j++]!, look: 'new' })
  }
  return lines
}

const keys = /\.key$|^collect\.done$|^survey\.answer$|^notice\.(agreed|refused)$/
/** Of one direction of a leg; those after the first ones are in its sum. */
const windows_max = 12

const troubled = ({ lost, late, mos }: QualityWindow) => lost > 0 || late > 0 || (mos !== null && mos < 4)
const us = (stamp: string, before_s = 0) => Math.round((Date.parse(stamp) - 1000 * before_s) * 1000)

/** What the history knows of media, by time: where RTP begins, windows in trouble, the whole stream at its end, what RTCP told, keys that were heard. */
export function mediaOf(legs: readonly Leg[], quality: readonly QualityWindow[], steps: readonly Step[]): Medium[] {
  const found: Medium[] = []
  for (const leg of legs) {
    for (const direction of ['rx', 'tx'] as const) {
      const windows = quality.filter((one) => one.leg === leg.id && one.direction === direction && one.packets > 0)
      const first = windows[0]
      if (!first) continue
      const about = { leg: leg.id, out: direction === 'tx' }
      const figures = (some: readonly QualityWindow[]) => ({
        packets: some.reduce((sum, one) => sum + one.packets, 0),
        lost: some.reduce((sum, one) => sum + one.lost, 0),
        late: some.reduce((sum, one) => sum + one.late, 0),
        jitter_ms: Math.max(...some.map((one) => one.jitter_ms)),
        mos: some.reduce<number | null>((least, { mos }) => (mos === null ? least : Math.min(mos, least ?? mos)), null),
      })
      found.push({ ...about, kind: 'begin', at_us: us(first.at, first.seconds), codec: leg.codec })
      for (const one of windows.filter(troubled).slice(0, windows_max)) found.push({ ...about, kind: 'window', at_us: us(one.at), ...figures([one]) })
      const whole = leg.quality[direction]
      if (whole && leg.ended_at) found.push({ ...about, kind: 'sum', at_us: us(leg.ended_at), packets: whole.packets, lost: whole.lost, jitter_ms: whole.jitter_ms, mos: whole.mos })
      const told = windows.flatMap((one) => (one.rtt_ms == null ? [] : [{ rtt: one.rtt_ms, at: one.at }]))
      const trips = told.map(({ rtt }) => rtt)
      if (direction === 'rx' && told.length > 0) found.push({ ...about, kind: 'rtcp', at_us: us(told.at(-1)!.at), rtt_ms: [Math.min(...trips), Math.max(...trips)] })
    }
  }
  const caller = legs.find(({ role }) => role === 'caller')
  if (caller) for (const step of steps) if (keys.test(step.code)) found.push({ leg: caller.id, out: false, kind: 'keys', at_us: us(step.at), text: step.text })
  return found.sort((a, b) => a.at_us - b.at_us)
}

/** Between which addresses a leg is: the far end's, ours; undefined where none of its messages is known. */
function ends(messages: readonly SipMessage[], leg: Leg | undefined): [far: string, ours: string] | undefined {
  const first = messages.find((one) => one.leg === leg?.id)
  if (!first) return undefined
  return leg?.role === 'caller' ? [first.from, first.to] : [first.to, first.from]
}

export function ladder(messages: readonly SipMessage[], media: readonly Medium[] = [], legs: readonly Leg[] = []): Ladder {
  const names = [...new Set(messages.flatMap(({ from, to }) => [from, to]))]
  const x = (name: string) => names.indexOf(name) * column_px + column_px / 2
  const start = messages[0]?.at_us ?? 0
  const heard = media.flatMap((medium) => {
    const between = ends(messages, legs.find(({ id }) => id === medium.leg))
    if (!between) return []
    const [from, to] = medium.out ? [between[1], between[0]] : between
    return [{ medium, at_us: medium.at_us, from, to }]
  })
  const rows = [...messages.map((message) => ({ message, at_us: message.at_us, from: message.from, to: message.to })), ...heard].sort((a, b) => a.at_us - b.at_us)
  return {
    columns: names.map((name) => ({ name, x: x(name) })),
    arrows: rows.map(({ at_us, from, to, ...what }, row) => ({
      ...what,
      y: head_px + (row + 1) * row_px,
      x1: x(from),
      x2: x(to),
      at_ms: (at_us - start) / 1000,
    })),
    width: Math.max(names.length, 2) * column_px + 70,
    height: head_px + (rows.length + 1) * row_px,
  }
}
