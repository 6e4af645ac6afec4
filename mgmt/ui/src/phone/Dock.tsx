/** The telephone beside every screen: small until it is needed, open while it rings. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client'
import { myCallsQuery, phoneQuery } from '../api/queries'
import type { Call } from '../api/types'
import { party } from '../format'
import { t, word } from '../i18n'
import type { Key } from '../i18n/en'
import { Trouble } from '../parts/Notice'
import { CallCard } from './CallCard'
import { DeviceTest } from './DeviceTest'
import { refusalOf } from './causes'
import { Dial } from './Dial'
import { Keypad } from './Keypad'
import { canPhone, useTelephone } from './PhoneProvider'
import type { PhoneState } from './types'

const names: Record<PhoneState, Key> = {
  off: 'phoneOff', starting: 'phoneStarting', ready: 'phoneReady', offline: 'phoneOffline', refused: 'phoneRefused',
}
const looks: Record<PhoneState, string> = { off: '', starting: 'connecting', ready: 'live', offline: 'offline', refused: 'offline' }

export function Dock() {
  const { state, elsewhere, calls } = useTelephone()
  const [opened, setOpened] = useState(false)
  const open = opened || calls.some((call) => call.state !== 'ended')
  const name = t(elsewhere ? 'phoneElsewhere' : names[state])
  return (
    <aside className={`dock ${open ? 'open' : ''}`} aria-label={t('phone')} data-testid="dock">
      <button type="button" className="dock-head" aria-expanded={open} title={t(open ? 'phoneClose' : 'phoneOpen')} onClick={() => setOpened(!open)}>
        <span aria-hidden="true">☎</span> <span className="strong">{t('phone')}</span>
        <span className={`pill ${elsewhere ? '' : looks[state]}`} role="status" data-testid="phone-state">{name}</span>
      </button>
      {open && <div className="dock-body stack"><Inside /></div>}
    </aside>
  )
}

function Inside() {
  const { wanted, elsewhere, state, problem, error, calls, switchOn, takeOver } = useTelephone()
  if (!canPhone()) return <p className="dim">{t('phoneInsecure')}</p>
  if (!wanted) {
    return (
      <>
        <p className="dim">{t('phoneIntro')}</p>
        <button type="button" className="primary" onClick={switchOn}>{t('phoneUse')}</button>
      </>
    )
  }
  if (elsewhere) return <button type="button" onClick={takeOver}>{t('phoneUseHere')}</button>
  return (
    <>
      {error && <Trouble error={error} again={takeOver} />}
      {state === 'refused' && <p className="problem small" role="alert">{t(refusalOf(problem))}</p>}
      {calls.map((view) => <CallCard key={view.id} view={view} />)}
      <Begin />
    </>
  )
}

/** A new call, the last ones, and what there is to set. */
function Begin() {
  const { state, calls, wakes, dial, switchOff } = useTelephone()
  const [number, setNumber] = useState('')
  const [shows, setShows] = useState<'keys' | 'recent' | 'test' | null>(null)
  const busy = calls.some((call) => call.state !== 'ended')
  const call = (event: FormEvent) => {
    event.preventDefault()
    dial(number)
    setNumber('')
  }
  const toggle = (what: 'keys' | 'recent' | 'test') => () => setShows(shows === what ? null : what)
  const forget = () => { switchOff(); void api('me/browser-phone', 'DELETE') }
  if (shows === 'test') return <DeviceTest done={() => setShows(null)} />
  return (
    <>
      <form className="row" onSubmit={call}>
        <input
          className="grow" required inputMode="tel" autoComplete="off" aria-label={t('phoneNumber')} placeholder={t('phoneNumber')}
          value={number} onChange={(event) => setNumber(event.target.value)}
        />
        <button type="submit" className="primary" disabled={state !== 'ready' || !number}>{t('call')}</button>
      </form>
      {!busy && (
        <div className="tools">
          <button type="button" aria-expanded={shows === 'keys'} onClick={toggle('keys')}>{t('phoneKeypad')}</button>
          <button type="button" aria-expanded={shows === 'recent'} onClick={toggle('recent')}>{t('phoneRecent')}</button>
          <button type="button" onClick={toggle('test')}>{t('phoneTest')}</button>
          <button type="button" onClick={switchOff}>{t('phoneStop')}</button>
          <button type="button" onClick={forget}>{t('phoneForget')}</button>
        </div>
      )}
      {!busy && wakes && <p className="dim small" data-testid="phone-wakes">{t('phoneWakes')}</p>}
      {!busy && shows === 'keys' && <Keypad press={(key) => setNumber((typed) => typed + key)} />}
      {!busy && shows === 'recent' && <Recent />}
    </>
  )
}

function Recent() {
  const { data: me } = useQuery(phoneQuery)
  const query = useInfiniteQuery({ ...myCallsQuery(me?.extension ?? ''), enabled: me !== undefined })
  const rows = query.data?.pages[0]?.data ?? []
  if (!me) return null
  return (
    <ul className="recent small">
      {rows.map((call) => <Row key={call.id} call={call} me={me.extension} />)}
      {query.isSuccess && rows.length === 0 && <li className="dim">{t('noCalls')}</li>}
    </ul>
  )
}

function Row({ call, me }: { call: Call; me: string }) {
  const mine = call.from === me
  const [name, number] = mine ? [call.to_name, call.to] : [call.from_name, call.from]
  return (
    <li>
      <span aria-hidden="true">{mine ? '↗' : '↙'}</span> <Dial number={number}>{party(name, number)}</Dial> <span className="dim">{word(call.outcome)}</span>
    </li>
  )
}
