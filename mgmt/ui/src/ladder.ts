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
