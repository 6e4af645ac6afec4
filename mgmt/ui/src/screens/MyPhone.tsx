/** What becomes of calls to me: silence, forwards, follow-me, who may always ring and who never. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { phoneQuery, placesQuery } from '../api/queries'
import type { MyPhone as Settings, Place } from '../api/types'
import { targetOf, written } from '../dialled'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import { Loading, Trouble } from '../parts/Notice'

const forwards = ['forward', 'on_busy', 'no_answer', 'on_unreachable'] as const
const forwardNames: Record<(typeof forwards)[number], Key> = {
  forward: 'forwardAll', on_busy: 'forwardBusy', no_answer: 'forwardNoAnswer', on_unreachable: 'forwardUnreachable',
}
const switches = ['call_waiting', 'withhold'] as const
const switchNames: Record<(typeof switches)[number], Key> = { call_waiting: 'callWaiting', withhold: 'withhold' }

export function MyPhone() {
  const settings = useQuery(phoneQuery)
  const places = useQuery(placesQuery)
  const error = settings.error ?? places.error
  return (
    <>
      <div className="head"><h1>{t('myPhone')}</h1></div>
      {error && <Trouble error={error} />}
      {!error && (!settings.data || !places.data) && <Loading />}
      {settings.data && places.data && <Form settings={settings.data} places={places.data} />}
    </>
  )
}

const lines = (text: FormDataEntryValue | null) => String(text ?? '').split(/[\s,]+/).filter(Boolean)

function Form({ settings, places }: { settings: Settings; places: Place[] }) {
  const queries = useQueryClient()
  const [error, setError] = useState<Error | null>(null)
  const [saved, setSaved] = useState(false)

  const read = (form: FormData): Partial<Settings> => {
    const target = (text: string) => {
      const found = targetOf(text, places)
      if (found === undefined) throw new Error(`${text}: ${t('noSuchPlace')}`)
      return found
    }
    return {
      dnd: form.has('dnd'),
      status: String(form.get('status') ?? '') || null,
      ...Object.fromEntries(forwards.map((name) => [name, target(String(form.get(name) ?? ''))])),
      follow_me: lines(form.get('follow_me')).flatMap((one) => target(one) ?? []),
      follow_me_when: form.get('follow_me_when') as Settings['follow_me_when'],
      screen: form.get('screen') as Settings['screen'],
      ...Object.fromEntries(switches.map((name) => [name, form.has(name)])),
      anonymous: form.has('refuse') ? 'refuse' : 'ring',
      vips: lines(form.get('vips')),
      blocked: lines(form.get('blocked')),
    }
  }
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setSaved(false)
    try {
      queries.setQueryData(phoneQuery.queryKey, await api<Settings>('me/phone', 'PATCH', read(new FormData(event.currentTarget))))
      setError(null)
      setSaved(true)
    } catch (refused) {
      setError(refused as Error)
    }
  }
  return (
    <form className="stack" onSubmit={(event) => void save(event)} onChange={() => setSaved(false)} data-testid="my-phone">
      <datalist id="places">
        {places.map((one) => <option key={`${one.kind}:${one.id}`} value={one.extension ?? one.name}>{one.name}</option>)}
      </datalist>
      <section className="card form">
        <h2>{settings.name} ({settings.extension})</h2>
        <Check name="dnd" label="dnd" on={settings.dnd} />
        {settings.statuses.length > 0 && (
          <label>
            {t('status')}
            <select name="status" defaultValue={settings.status ?? ''}>
              <option value="">{t('available')}</option>
              {settings.statuses.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
            </select>
          </label>
        )}
        {switches.map((name) => <Check key={name} name={name} label={switchNames[name]} on={settings[name]} />)}
      </section>
      <section className="card form">
        <h2>{t('forwards')}</h2>
        <p className="dim small">{t('forwardsHint')}</p>
        {forwards.map((name) => (
          <label key={name}>
            {t(forwardNames[name])}
            <input name={name} list="places" defaultValue={written(settings[name], places)} autoComplete="off" />
          </label>
        ))}
      </section>
      <section className="card form">
        <h2>{t('followMe')}</h2>
        <label>
          {t('alsoRings')}
          <input name="follow_me" defaultValue={settings.follow_me.map((one) => written(one, places)).join(', ')} autoComplete="off" />
        </label>
        <Choice name="follow_me_when" label="followWhen" value={settings.follow_me_when} options={{ together: 'together', afterwards: 'afterwards' }} />
        <Choice
          name="screen" label="screening" value={settings.screen}
          options={{ nobody: 'screenNobody', follow_me: 'screenFollowMe', everywhere: 'screenEverywhere' }}
        />
      </section>
      <section className="card form">
        <h2>{t('callers')}</h2>
        <Check name="refuse" label="refuseAnonymous" on={settings.anonymous === 'refuse'} />
        <label>{t('vips')}<input name="vips" defaultValue={settings.vips.join(', ')} autoComplete="off" /></label>
        <label>{t('blocked')}<input name="blocked" defaultValue={settings.blocked.join(', ')} autoComplete="off" /></label>
        <p className="dim small">{t('patternsHint')}</p>
      </section>
      {error && <Trouble error={error} />}
      <div className="row">
        <button className="primary" type="submit">{t('save')}</button>
        {saved && <span role="status">{t('saved')}</span>}
      </div>
    </form>
  )
}

const Check = ({ name, label, on }: { name: string; label: Key; on: boolean }) => (
  <label className="row"><input type="checkbox" name={name} defaultChecked={on} />{t(label)}</label>
)

const Choice = ({ name, label, value, options }: { name: string; label: Key; value: string; options: Record<string, Key> }) => (
  <label>
    {t(label)}
    <select name={name} defaultValue={value}>
      {Object.entries(options).map(([id, words]) => <option key={id} value={id}>{t(words)}</option>)}
    </select>
  </label>
)
