/** Calls in progress, live: who, where in the system, how long, how it sounds, the last decisions. */
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { api } from '../api/client'
import { useFeed } from '../api/feed'
import type { LiveCall } from '../api/types'
import { clock, party } from '../format'
import { t, word } from '../i18n'
import { FirstSteps } from '../parts/FirstSteps'
import { Empty, Trouble } from '../parts/Notice'
import { PlaceCall } from '../parts/PlaceCall'
import { Mos } from '../parts/Quality'
import { useNow } from '../parts/useNow'

const steps_shown = 3

export function LiveCalls() {
  const { calls, problem } = useFeed()
  const now = useNow()
  const [sought, seek] = useSearchParams()
  const text = sought.get('text') ?? ''
  const found = calls.filter((call) => fits(call, text))
  return (
    <>
      <div className="head">
        <h1>{t('live')}</h1>
        {(calls.length > 3 || text) && (
          <input type="search" aria-label={t('search')} placeholder={t('search')} value={text} onChange={(event) => seek(event.target.value ? { text: event.target.value } : {}, { replace: true })} />
        )}
        <PlaceCall />
      </div>
      <div className="stack">
        <FirstSteps />
        {problem && <Trouble error={problem} />}
        {!problem && calls.length === 0 && <Empty title={t('noLive')} hint={t('noLiveHint')} />}
        {calls.length > 0 && found.length === 0 && <Empty title={t('noFound')} hint={t('noFoundHint')} />}
        {found.map((call) => <Row key={call.id} call={call} now={now} />)}
      </div>
    </>
  )
}

/** Whether every word is somewhere in what is shown of a call. Pure. */
export const fits = (call: LiveCall, text: string): boolean => {
  const shown = [call.id, call.direction, call.state, word(call.state), call.from, call.from_name, call.to, call.to_name, call.where].join(' ').toLowerCase()
  return text.toLowerCase().split(/\s+/).every((one) => shown.includes(one))
}

function Row({ call, now }: { call: LiveCall; now: number }) {
  const [error, setError] = useState<Error | null>(null)
  const hangUp = () => api(`calls/live/${call.id}`, 'DELETE').catch(setError)
  return (
    <article className="card" data-testid="live-call-row">
      <div className="row">
        <div className="grow">
          <h2>
            {call.direction === 'inbound' && call.from.startsWith('+')
              ? <Link to={`/contacts?text=${encodeURIComponent(call.from.slice(1))}`}>{party(call.from_name, call.from)}</Link>
              : party(call.from_name, call.from)} <span className="dim">→</span> {party(call.to_name, call.to)}</h2>
          <p className="dim small">{word(call.direction)} · {call.where}</p>
        </div>
        <span className={`pill ${call.state}`} data-testid="call-state">{word(call.state)}</span>
        <Mos value={call.mos} />
        <span className="number strong" aria-label={t('talkTime')}>{clock((now - Date.parse(call.started_at)) / 1000)}</span>
        <button className="danger" onClick={hangUp} aria-label={`${t('hangUp')}: ${party(call.from_name, call.from)}`}>{t('hangUp')}</button>
      </div>
      <ol className="live-steps dim small">
        {call.steps.slice(-steps_shown).map((step, index) => <li key={index}>{step.text}</li>)}
      </ol>
      {error && <Trouble error={error} />}
    </article>
  )
}
