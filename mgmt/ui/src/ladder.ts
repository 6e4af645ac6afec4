/** Where the lines of a SIP ladder go: one column an address in order of appearance, one row a message. Pure. */
import type { SipMessage } from './api/types'

export const column_px = 230
export const row_px = 34
export const head_px = 34

export interface Arrow {
  message: SipMessage
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

export function ladder(messages: readonly SipMessage[]): Ladder {
  const names = [...new Set(messages.flatMap(({ from, to }) => [from, to]))]
  const x = (name: string) => names.indexOf(name) * column_px + column_px / 2
  const start = messages[0]?.at_us ?? 0
  return {
    columns: names.map((name) => ({ name, x: x(name) })),
    arrows: messages.map((message, row) => ({
      message,
      y: head_px + (row + 1) * row_px,
      x1: x(message.from),
      x2: x(message.to),
      at_ms: (message.at_us - start) / 1000,
    })),
    width: Math.max(names.length, 2) * column_px + 70,
    height: head_px + (messages.length + 1) * row_px,
  }
}
