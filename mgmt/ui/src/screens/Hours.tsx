/** Opening hours: the week as a grid, holidays, what comes next in words, and closing just today. */
import { useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { meQuery } from '../api/queries'
import { american, dateIn, days, forcedOf, nextTurns, russian, withMore, type Day, type Holiday, type Hours as Week, type Interval } from '../config/hours'
import { titled } from '../config/known'
import { idOf, objectsQuery, useObjects, type Document, type Stored } from '../config/objects'
import { language, t } from '../i18n'
import { ByHand } from '../parts/ByHand'
import { Empty, Loading, Trouble } from '../parts/Notice'
import { changes } from '../places'

const fresh: Document = {
  id: '', name: '', timezone: null, holidays: [], holiday_sets: [],
  weekly: Object.fromEntries(days.slice(0, 5).map((day) => [day, [{ start: '09:00', end: '18:00' }]])),
}
const week = (document: Document): Week => ({ weekly: document.weekly as Week['weekly'], holidays: document.holidays as Holiday[] })
const weekday = (day: Day) => new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + days.indexOf(day))))

export function Hours() {
  const { data, error, isPending, refetch } = useQuery(objectsQuery('schedule'))
  const sets = useQuery(objectsQuery('holidays')).data?.data ?? []
  const { data: me } = useQuery(meQuery)
  const { save, change, remove } = useObjects('schedule')
  const [editing, setEditing] = useState<Stored | 'new' | null>(null)
  const [refused, setRefused] = useState<Error | null>(null)
  const manages = changes(me, 'configuration')
  const schedules = data?.data ?? []
  const zone = (document: Document) => (document.timezone as string | null) ?? me?.tenant?.timezone ?? 'UTC'
  const close = () => setEditing(null)
  const keep = (before: Stored | null) => (document: Document) =>
    save({ ...document, id: before?.id ?? idOf(String(document.name), schedules.map(({ id }) => id)) }, before)
  const shut = (object: Stored) => {
    const today = { date: dateIn(new Date(), zone(object.document)), name: t('hClosedToday') }
    void change(object, (document) => ({ holidays: withMore(week(document).holidays, [today]) })).then(() => setRefused(null), setRefused)
  }
  const force = (object: Stored) => (forced: { open: boolean; until: string } | null) =>
    void change(object, () => ({ forced })).then(() => setRefused(null), setRefused)
  const whole = (object: Stored): Week => ({ ...week(object.document), holidays: withMore(week(object.document).holidays, ofSets(object, sets)) })
  return (
    <>
      <div className="head">
        <h1>{t('hours')}</h1>
        {manages && <button type="button" className="primary" onClick={() => setEditing('new')}>{t('fNew')}</button>}
      </div>
      <div className="stack">
        {isPending && <Loading />}
        {error && <Trouble error={error} again={() => void refetch()} />}
        {refused && <Trouble error={refused} />}
        {editing === 'new' && <HoursForm title={t('fNew')} start={fresh} save={keep(null)} cancel={close} />}
        {data && schedules.length === 0 && editing === null && <Empty title={t('noHours')} hint={t('noHoursHint')} />}
        {schedules.map((object) => (editing !== null && editing !== 'new' && editing.id === object.id
          ? <HoursForm key={object.id} title={titled(object)} start={editing.document} save={keep(editing)} cancel={close} />
          : (
            <article key={object.id} className="card stack" data-testid="object">
              <div className="row">
                <h2 className="grow">{titled(object)}</h2>
                {manages && <button type="button" onClick={() => shut(object)}>{t('hCloseToday')}</button>}
                {manages && <button type="button" aria-label={`${t('edit')}: ${titled(object)}`} onClick={() => setEditing(object)}>{t('edit')}</button>}
                {manages && <button type="button" aria-label={`${t('removeOne')}: ${titled(object)}`} onClick={() => void remove(object).then(() => setRefused(null), setRefused)}>{t('removeOne')}</button>}
              </div>
              <ByHand object={object} zone={zone(object.document)} next={nextTurns(whole(object), zone(object.document), new Date(), 1)[0]} manages={manages} set={force(object)} />
              <div className="columns">
                <Shown hours={week(object.document)} />
                <Next hours={whole(object)} zone={zone(object.document)} from={forcedOf(object.document, new Date())?.until} />
              </div>
            </article>
          )))}
      </div>
    </>
  )
}

const ofSets = (object: Stored, sets: Stored[]): Holiday[] =>
  sets.filter(({ id }) => (object.document.holiday_sets as string[]).includes(id)).flatMap((one) => one.document.holidays as Holiday[])

const Shown = ({ hours }: { hours: Week }) => (
  <table className="small">
    <tbody>
      {days.map((day) => {
        const open = hours.weekly[day] ?? []
        return (
          <tr key={day}>
            <th scope="row">{weekday(day)}</th>
            <td className={open.length > 0 ? 'number' : 'dim'}>{open.map(({ start, end }) => `${start} – ${end}`).join(', ') || t('hClosed')}</td>
          </tr>
        )
      })}
    </tbody>
  </table>
)

/** `from`: until then it is as it is by hand. */
function Next({ hours, zone, from }: { hours: Week; zone: string; from: string | undefined }) {
  const turns = nextTurns(hours, zone, from ? new Date(from) : new Date(), 5)
  const at = new Intl.DateTimeFormat(language, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone })
  return (
    <div className="stack tight">
      <h3>{t('hNext')}</h3>
      {turns.length === 0 && <p className="dim small">{t('hNever')}</p>}
      <ul className="small">
        {turns.map((turn) => (
          <li key={`${String(turn.at.getTime())} ${String(turn.open)}`}><span className="number">{at.format(turn.at)}</span>: {turn.why ? `${t('hStaysClosed')} (${turn.why})` : t(turn.open ? 'hOpens' : 'hCloses')}</li>
        ))}
      </ul>
      <p className="dim small">{zone}</p>
    </div>
  )
}

function HoursForm({ title, start, save, cancel }: { title: string; start: Document; save: (document: Document) => Promise<unknown>; cancel: () => void }) {
  const [document, setDocument] = useState(start)
  const [error, setError] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const { weekly, holidays } = week(document)
  const change = (part: Partial<Document>) => setDocument((before) => ({ ...before, ...part }))
  const setDay = (day: Day, intervals: Interval[]) => change({ weekly: { ...weekly, [day]: intervals } })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    save(document).then(cancel, setError).finally(() => setBusy(false))
  }
  const years = [new Date().getFullYear(), new Date().getFullYear() + 1]
  const coming = (of: (year: number) => Holiday[]) => years.flatMap(of).filter(({ date }) => date >= dateIn(new Date(), 'UTC'))
  return (
    <form className="card form object-form" aria-label={title} onSubmit={submit}>
      <h2>{title}</h2>
      <div className="fields">
        <label>{t('fName')}<input required maxLength={120} autoComplete="off" value={String(document.name ?? '')} onChange={(event) => change({ name: event.target.value })} /></label>
        <label>
          {t('hZone')}
          <input list="zones" autoComplete="off" placeholder={t('hZoneHint')} value={String(document.timezone ?? '')} onChange={(event) => change({ timezone: event.target.value || null })} />
          <datalist id="zones">{Intl.supportedValuesOf('timeZone').map((zone) => <option key={zone} value={zone} />)}</datalist>
        </label>
      </div>
      <div className="week">
        {days.map((day) => <DayRow key={day} day={day} intervals={weekly[day] ?? []} set={(intervals) => setDay(day, intervals)} />)}
      </div>
      <div className="row">
        <button type="button" onClick={() => change({ weekly: { ...weekly, ...Object.fromEntries(days.slice(1, 5).map((day) => [day, weekly.mon ?? []])) } })}>{t('hCopyMonday')}</button>
        <button type="button" onClick={() => change({ weekly: Object.fromEntries(days.map((day) => [day, [{ start: '00:00', end: '24:00' }]])) })}>{t('hAlwaysOpen')}</button>
      </div>
      <h3>{t('hHolidays')}</h3>
      <div className="stack tight">
        {holidays.map((holiday, at) => (
          <div key={at} className="row">
            <input type="date" required aria-label={t('hDate')} value={holiday.date} onChange={(event) => change({ holidays: holidays.map((one, index) => (index === at ? { ...one, date: event.target.value } : one)) })} />
            <input className="grow" required maxLength={80} aria-label={t('fName')} value={holiday.name} onChange={(event) => change({ holidays: holidays.map((one, index) => (index === at ? { ...one, name: event.target.value } : one)) })} />
            <button type="button" aria-label={`${t('removeOne')}: ${holiday.name}`} onClick={() => change({ holidays: holidays.filter((_, index) => index !== at) })}>✕</button>
          </div>
        ))}
        <div className="row">
          <button type="button" onClick={() => change({ holidays: [...holidays, { date: dateIn(new Date(), 'UTC'), name: t('hHoliday') }] })}>+ {t('addNode')}</button>
          <button type="button" onClick={() => change({ holidays: withMore(holidays, coming(american)) })}>{t('hAmerican')}</button>
          <button type="button" onClick={() => change({ holidays: withMore(holidays, coming(russian)) })}>{t('hRussian')}</button>
        </div>
      </div>
      {error && <Trouble error={error} />}
      <div className="row">
        <button type="submit" className="primary" disabled={busy}>{t('save')}</button>
        <button type="button" onClick={cancel}>{t('cancel')}</button>
      </div>
    </form>
  )
}

const clock = '([01][0-9]|2[0-3]):[0-5][0-9]|24:00'

function DayRow({ day, intervals, set }: { day: Day; intervals: Interval[]; set: (intervals: Interval[]) => void }) {
  const name = weekday(day)
  const change = (at: number, part: Partial<Interval>) => set(intervals.map((one, index) => (index === at ? { ...one, ...part } : one)))
  return (
    <div className="week-day" role="group" aria-label={name}>
      <span className="strong">{name}</span>
      <div className="row">
        {intervals.length === 0 && <span className="dim">{t('hClosed')}</span>}
        {intervals.map((one, at) => (
          <span key={at} className="row tight">
            <input className="clock number" required pattern={clock} aria-label={`${name}: ${t('from')}`} value={one.start} onChange={(event) => change(at, { start: event.target.value })} />–
            <input className="clock number" required pattern={clock} aria-label={`${name}: ${t('to')}`} value={one.end} onChange={(event) => change(at, { end: event.target.value })} />
            <button type="button" aria-label={`${t('removeOne')}: ${name} ${one.start}`} onClick={() => set(intervals.filter((_, index) => index !== at))}>✕</button>
          </span>
        ))}
        <button type="button" aria-label={`${t('addNode')}: ${name}`} onClick={() => set([...intervals, intervals.length > 0 ? { start: '14:00', end: '18:00' } : { start: '09:00', end: '18:00' }])}>+</button>
      </div>
    </div>
  )
}
