/** The company's web site: its widgets, who may use them, how much strangers may do, and the line to put into a page. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { placesQuery, schedulesQuery, widgetsQuery, meQuery } from '../api/queries'
import type { Place, Shown, Stored, Way, Widget } from '../api/types'
import { targetOf, written } from '../dialled'
import { t } from '../i18n'
import { Empty, Loading, Trouble } from '../parts/Notice'

const ways: Way[] = ['browser', 'call_me', 'form']
const names = { browser: 'wayBrowser', call_me: 'wayCallMe', form: 'wayForm' } as const
const parts: Shown[] = ['hours', 'card', 'map']
const partNames = { hours: 'openingHours', card: 'shownCard', map: 'shownMap' } as const
const fresh: Widget = {
  id: 'site', name: '', origins: [], ways: ['form'], target: null, agents: [], number: null, schedule: null, countries: [],
  calls_per_hour_max: 30, requests_per_hour_max: 60, assigned_to: null, text: '', color: '#1769aa',
  shows: [], address: '', point: null,
}
const words = (value: FormDataEntryValue | null) => String(value ?? '').split(/[\s,]+/).filter(Boolean)

export function Site() {
  const widgets = useQuery(widgetsQuery)
  const places = useQuery(placesQuery)
  const schedules = useQuery(schedulesQuery)
  const [isNew, setNew] = useState(false)
  const error = widgets.error ?? places.error ?? schedules.error
  const data = widgets.data?.data
  return (
    <>
      <div className="head">
        <h1>{t('webSite')}</h1>
        <button className="primary" disabled={isNew || !data} onClick={() => setNew(true)}>{t('newWidget')}</button>
      </div>
      <div className="stack">
        {error && <Trouble error={error} />}
        {!error && (!data || !places.data || !schedules.data) && <Loading />}
        {data?.length === 0 && !isNew && <Empty title={t('noWidgets')} hint={t('noWidgetsHint')} />}
        {places.data && schedules.data && [...(data ?? []), ...(isNew ? [{ id: '', document: fresh }] : [])].map((one) => (
          <Form key={one.id} stored={one} taken={(data ?? []).map(({ id }) => id)} places={places.data} schedules={schedules.data.data}
            over={() => setNew(false)} />
        ))}
      </div>
    </>
  )
}

interface Asked { stored: Stored<Widget>; taken: string[]; places: Place[]; schedules: Stored<{ name: string }>[]; over: () => void }

function Form({ stored: { id, document: widget }, taken, places, schedules, over }: Asked) {
  const queries = useQueryClient()
  const users = places.filter(({ kind }) => kind === 'user')
  const done = () => { over(); return queries.invalidateQueries({ queryKey: widgetsQuery.queryKey }) }
  const save = useMutation({
    mutationFn: (made: Widget) => api(`config/widget/${made.id}`, 'PUT', made, id ? '*' : undefined),
    onSuccess: done,
  })
  const remove = useMutation({ mutationFn: () => api(`config/widget/${id}`, 'DELETE'), onSuccess: done })
  const [wrong, setWrong] = useState<Error | null>(null)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '').trim()
    const target = targetOf(text('target'), places)
    const point = pointOf(text('point'))
    if (target === undefined || point === undefined) {
      setWrong(new Error(target === undefined ? `${text('target')}: ${t('noSuchPlace')}` : t('noSuchPoint')))
      return
    }
    setWrong(null)
    save.mutate({
      ...widget, id: id || freeId(text('name'), taken), name: text('name'), text: text('text'), color: text('color'), target,
      origins: words(form.get('origins')), countries: words(form.get('countries')).map((one) => one.toUpperCase()),
      ways: ways.filter((way) => form.has(way)), shows: parts.filter((part) => form.has(`shows_${part}`)), address: text('address'), point, agents: form.getAll('agents').map(String),
      number: text('number') || null, schedule: text('schedule') || null, assigned_to: text('assigned_to') || null,
      calls_per_hour_max: Number(text('calls_per_hour_max')), requests_per_hour_max: Number(text('requests_per_hour_max')),
    })
  }
  const error = wrong ?? save.error ?? remove.error
  return (
    <form className="card form" onSubmit={submit} data-testid="widget">
      <datalist id="site-places">
        {places.map((one) => <option key={`${one.kind}:${one.id}`} value={one.extension ?? one.name}>{one.name}</option>)}
      </datalist>
      <label>{t('name')}<input name="name" defaultValue={widget.name} required maxLength={120} /></label>
      <label>{t('origins')}<input name="origins" defaultValue={widget.origins.join(' ')} required placeholder="https://www.example.com" /></label>
      <fieldset className="row">
        <legend className="small dim">{t('ways')}</legend>
        {ways.map((way) => (
          <label key={way} className="check"><input type="checkbox" name={way} defaultChecked={widget.ways.includes(way)} /> {t(names[way])}</label>
        ))}
      </fieldset>
      <fieldset className="row">
        <legend className="small dim">{t('shownBeside')}</legend>
        {parts.map((part) => (
          <label key={part} className="check"><input type="checkbox" name={`shows_${part}`} defaultChecked={widget.shows.includes(part)} /> {t(partNames[part])}</label>
        ))}
      </fieldset>
      <label>{t('shownAddress')}<input name="address" defaultValue={widget.address} maxLength={200} autoComplete="street-address" /></label>
      <label>
        {t('shownPoint')}
        <input name="point" defaultValue={widget.point ? `${widget.point.latitude}, ${widget.point.longitude}` : ''} placeholder="52.5163, 13.3777" />
      </label>
      <label>{t('callsGoTo')}<input name="target" list="site-places" defaultValue={written(widget.target, places)} /></label>
      <label>
        {t('rungFirst')}
        <select name="agents" multiple defaultValue={widget.agents} size={Math.min(6, Math.max(2, users.length))}>
          {users.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
        </select>
      </label>
      <label>
        {t('openingHours')}
        <select name="schedule" defaultValue={widget.schedule ?? ''}>
          <option value="">{t('alwaysOpen')}</option>
          {schedules.map((one) => <option key={one.id} value={one.id}>{one.document.name}</option>)}
        </select>
      </label>
      <label>
        {t('requestsGoTo')}
        <select name="assigned_to" defaultValue={widget.assigned_to ?? ''}>
          <option value="">{t('everybody')}</option>
          {users.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
        </select>
      </label>
      <label>{t('mobileNumber')}<input name="number" type="tel" defaultValue={widget.number ?? ''} placeholder="+12025550123" /></label>
      <label>{t('countries')}<input name="countries" defaultValue={widget.countries.join(' ')} placeholder={t('ownCountry')} /></label>
      <label>{t('callsAnHour')}<input name="calls_per_hour_max" type="number" min={0} max={10000} defaultValue={widget.calls_per_hour_max} /></label>
      <label>{t('requestsAnHour')}<input name="requests_per_hour_max" type="number" min={0} max={10000} defaultValue={widget.requests_per_hour_max} /></label>
      <label>{t('buttonText')}<input name="text" defaultValue={widget.text} maxLength={40} /></label>
      <label>{t('color')}<input name="color" type="color" defaultValue={widget.color} /></label>
      {id && <Snippet id={id} />}
      {error && <Trouble error={error} />}
      <div className="row">
        <button className="primary" disabled={save.isPending}>{t('save')}</button>
        {id ? <button type="button" disabled={remove.isPending} onClick={() => remove.mutate()}>{t('remove')}</button>
          : <button type="button" onClick={over}>{t('cancel')}</button>}
        {save.isSuccess && <span role="status">{t('saved')}</span>}
      </div>
    </form>
  )
}

function Snippet({ id }: { id: string }) {
  const { data: me } = useQuery(meQuery)
  const text = `<script async src="${location.origin}/clickconnect/${me?.tenant?.id}.${id}.js"></script>`
  return (
    <div className="stack">
      <p className="small dim">{t('snippet')}</p>
      <code className="breaks" data-testid="snippet">{text}</code>
      <div><button type="button" onClick={() => void navigator.clipboard.writeText(text)}>{t('copy')}</button></div>
    </div>
  )
}

/** Latitude and longitude; null where nothing is written, undefined where it is no place. */
function pointOf(text: string): Widget['point'] | undefined {
  if (!text) return null
  const found = /^(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)$/.exec(text)
  return found ? { latitude: Number(found[1]), longitude: Number(found[2]) } : undefined
}

function freeId(name: string, taken: string[]): string {
  const base = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 40) || 'site'
  let id = base
  for (let n = 2; taken.includes(id); n++) id = `${base}-${n}`
  return id
}
