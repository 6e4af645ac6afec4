/** Opening hours: when they open and close next, in the zone of the schedule; lists of holidays. Pure. */

export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Day = (typeof days)[number]

export interface Interval {
  start: string
  end: string
}

export interface Holiday {
  date: string
  name: string
}

export interface Hours {
  weekly: Partial<Record<Day, Interval[]>>
  holidays: Holiday[]
}

export interface Turn {
  at: Date
  open: boolean
  why: string
}

/** Open or closed by hand, as long as it is: a moment that is past counts no more. */
export function forcedOf(document: Record<string, unknown>, now: Date): { open: boolean; until: string } | null {
  const forced = document.forced as { open: boolean; until: string } | null | undefined
  return forced && Date.parse(forced.until) > now.getTime() ? forced : null
}

const day_ms = 86_400_000
const looked_days = 30

/** The date in a zone, as the calendar there has it: "2026-11-26". */
export const dateIn = (moment: Date, zone: string): string => new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(moment)

/** The moment at which the clocks of a zone show that; where they leap over it, the moment of the leap. */
export function momentOf(date: string, clock: string, zone: string): Date {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number)
  const wanted = Date.parse(`${date}T00:00:00Z`) + (60 * hours + minutes) * 60_000
  const first = wanted - offset_ms(new Date(wanted), zone)
  return new Date(wanted - offset_ms(new Date(first), zone))
}

function offset_ms(moment: Date, zone: string): number {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(moment)
  return Date.parse(`${shown.replace(' ', 'T')}Z`) - Math.floor(moment.getTime() / 1000) * 1000
}

/** The next times at which it opens or closes. */
export function nextTurns(hours: Hours, zone: string, now: Date, count: number): Turn[] {
  const spans: [from: number, to: number][] = []
  const closed: Turn[] = []
  for (let ahead = -1; ahead < looked_days; ahead++) {
    const date = dateIn(new Date(now.getTime() + ahead * day_ms), zone)
    const weekday = days[(new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7]!
    const usual = hours.weekly[weekday] ?? []
    const holiday = hours.holidays.find((one) => one.date === date)
    if (holiday && usual[0]) closed.push({ at: momentOf(date, usual[0].start, zone), open: false, why: holiday.name })
    if (!holiday) usual.forEach(({ start, end }) => spans.push([momentOf(date, start, zone).getTime(), momentOf(date, end, zone).getTime()]))
  }
  const turns = joined(spans).flatMap(([from, to]): Turn[] => [{ at: new Date(from), open: true, why: '' }, { at: new Date(to), open: false, why: '' }])
  const last = now.getTime() + (looked_days - 1) * day_ms
  return [...turns, ...closed].filter(({ at }) => at > now && at.getTime() < last).sort((a, b) => a.at.getTime() - b.at.getTime()).slice(0, count)
}

function joined(spans: [number, number][]): [number, number][] {
  const found: [number, number][] = []
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const before = found.at(-1)
    if (before && from <= before[1]) before[1] = Math.max(before[1], to)
    else found.push([from, to])
  }
  return found
}

const two = (number: number) => String(number).padStart(2, '0')

/** The n-th (from 1; -1 the last) weekday (0 Sunday) of a month (1 to 12). */
function nth(year: number, month: number, weekday: number, n: number): string {
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay()
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const days = Array.from({ length }, (_, index) => index + 1).filter((day) => (first + day - 1) % 7 === weekday)
  return `${String(year)}-${two(month)}-${two(days.at(n > 0 ? n - 1 : n)!)}`
}

/** The federal holidays of the United States (5 U.S.C. 6103). */
export const american = (year: number): Holiday[] => [
  { date: `${String(year)}-01-01`, name: "New Year's Day" },
  { date: nth(year, 1, 1, 3), name: 'Martin Luther King Jr. Day' },
  { date: nth(year, 2, 1, 3), name: "Washington's Birthday" },
  { date: nth(year, 5, 1, -1), name: 'Memorial Day' },
  { date: `${String(year)}-06-19`, name: 'Juneteenth' },
  { date: `${String(year)}-07-04`, name: 'Independence Day' },
  { date: nth(year, 9, 1, 1), name: 'Labor Day' },
  { date: nth(year, 10, 1, 2), name: 'Columbus Day' },
  { date: `${String(year)}-11-11`, name: 'Veterans Day' },
  { date: nth(year, 11, 4, 4), name: 'Thanksgiving Day' },
  { date: `${String(year)}-12-25`, name: 'Christmas Day' },
]

/** The days off of Russia (Labour Code, article 112), without the days that the government moves each year. */
export const russian = (year: number): Holiday[] => [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((day) => ({ date: `${String(year)}-01-${two(day)}`, name: day === 7 ? 'Рождество Христово' : 'Новогодние каникулы' })),
  { date: `${String(year)}-02-23`, name: 'День защитника Отечества' },
  { date: `${String(year)}-03-08`, name: 'Международный женский день' },
  { date: `${String(year)}-05-01`, name: 'Праздник Весны и Труда' },
  { date: `${String(year)}-05-09`, name: 'День Победы' },
  { date: `${String(year)}-06-12`, name: 'День России' },
  { date: `${String(year)}-11-04`, name: 'День народного единства' },
]

/** The holidays with more, each date once, in order. */
export const withMore = (holidays: readonly Holiday[], more: readonly Holiday[]): Holiday[] =>
  [...holidays, ...more.filter(({ date }) => !holidays.some((one) => one.date === date))].sort((a, b) => a.date.localeCompare(b.date))
