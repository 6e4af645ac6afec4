/** Numbers, times and telephone numbers as people read them. Pure. */

/** Minutes and seconds: 75 -> "1:15", 3675 -> "1:01:15". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, '0'))
  const hours = Math.floor(whole / 3600)
  return hours ? `${hours}:${parts.join(':')}` : `${Number(parts[0])}:${parts[1]}`
}

/** A short time with its tenths, a longer one by the clock: 0.05 -> "0.1 s", 12.34 -> "12.3 s", 75 -> "1:15". */
export const waited = (seconds: number, language: string): string =>
  seconds < 60
    ? new Intl.NumberFormat(language, { style: 'unit', unit: 'second', maximumFractionDigits: 1 }).format(seconds > 0 ? Math.max(0.1, seconds) : 0)
    : clock(seconds)

/** How long something has lasted: minutes and seconds, hours and minutes, then whole days. */
export function lasted(seconds: number, words: { hours: string; days: string }): string {
  if (seconds < 3600) return clock(seconds)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 24 * 60) return `${String(Math.floor(minutes / 60))}:${String(minutes % 60).padStart(2, '0')} ${words.hours}`
  return `${String(Math.floor(minutes / 1440))} ${words.days}`
}

/** Date and time in a zone (IANA name), the reader's own without one. */
export function moment(stamp: string, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(new Date(stamp))
}

/** The time of day in a zone. */
export const hour = (stamp: string, language: string, timeZone?: string): string => new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone }).format(new Date(stamp))

/** The day of a moment in UTC, as invoices have it. */
export const day = (stamp: string, language: string): string => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(stamp))

/** North American numbers grouped, others as they are: "+12025550123" -> "+1 202 555 0123". */
export function phone(number: string): string {
  const found = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number)
  return found ? `+1 ${found[1]} ${found[2]} ${found[3]}` : number
}

/** A party: the name when there is one, else the number. */
export const party = (name: string | null, number: string): string => name || phone(number)

/** Seconds of `stamp` after `start`. */
export const secondsAfter = (start: string, stamp: string): number => (Date.parse(stamp) - Date.parse(start)) / 1000

export type Grade = 'good' | 'fair' | 'bad' | 'none'

/** How a MOS is shown (G.107 Annex B: above 4.0 satisfied, below 3.1 most are dissatisfied). */
export function grade(mos: number | null): Grade {
  if (mos === null) return 'none'
  return mos >= 4 ? 'good' : mos >= 3.1 ? 'fair' : 'bad'
}

/** When the day of a moment began in a zone, by the clock there. */
export function midnight(zone: string, at: number): Date {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
  const [hours = 0, minutes = 0, seconds = 0] = clock.format(at).split(':').map(Number)
  return new Date(at - (hours * 3600 + minutes * 60 + seconds) * 1000)
}
