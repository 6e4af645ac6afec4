/** Numbers of calls as the API counts them, and what reports make of them. Pure. */

export interface Kpi {
  start_at: string
  end_at: string
  calls: number
  inbound: number
  outbound: number
  internal: number
  answered: number
  missed: number
  voicemail: number
  abandoned: number
  busy: number
  failed: number
  talk_ms: number
  ring_ms: number
  answered_in: number
  answered_soon: number
}

/** All of them together; 0 of nothing. */
export const sum = (rows: readonly Kpi[], name: keyof Omit<Kpi, 'start_at' | 'end_at'>): number => rows.reduce((total, row) => total + row[name], 0)

/** The share in percent, null of nothing. */
export const share = (part: number, whole: number): number | null => (whole > 0 ? Math.round((100 * part) / whole) : null)

/** Calls by weekday (Monday first) and hour, in a zone. */
export function byWeekday(rows: readonly Kpi[], zone: string): number[][] {
  const found = Array.from({ length: 7 }, () => Array<number>(24).fill(0))
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit', hourCycle: 'h23' })
  const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
  for (const row of rows) {
    const parts = Object.fromEntries(clock.formatToParts(new Date(row.start_at)).map(({ type, value }) => [type, value]))
    const day = found[names.indexOf(parts.weekday ?? '')]
    const hour = Number(parts.hour)
    if (day) day[hour] = (day[hour] ?? 0) + row.calls
  }
  return found
}
