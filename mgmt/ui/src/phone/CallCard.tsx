/** One call of the telephone: who, how long, how it sounds, and what can be done with it. */
import { useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useFeed } from '../api/feed'
import { api } from '../api/client'
import { featuresQuery, meQuery, queuesQuery } from '../api/queries'
import { clock, grade, party, phone as spoken } from '../format'
import { t } from '../i18n'
import type { Key } from '../i18n/en'
import type { LiveCall } from '../api/types'
import { useNow } from '../parts/useNow'
import { causeOf } from './causes'
import { Known } from './Known'
import { Keypad } from './Keypad'
import { useTelephone } from './PhoneProvider'
import type { CallView, Quality } from './types'

const states: Record<Exclude<CallView['state'], 'ended'>, Key> = { ringing: 'phoneRings', calling: 'phoneCalling', talking: 'talking', held: 'phoneHeld' }
const sounds = { good: 'phoneGood', fair: 'phoneFair', bad: 'phoneBad', none: 'notMeasured' } as const

/** Why it rings here: the queue, where in the company the caller is, and the number they dialled from outside. Pure. */
export const comes = (call: LiveCall | undefined, queues: readonly { id: string; name: string }[], own: string | undefined): string[] => {
  if (!call) return []
  const queue = queues.find(({ id }) => id === call.queue)?.name ?? call.queue
  const where = call.where === own ? '' : call.where
  return [...new Set([queue && `${t('phoneQueue')}: ${queue}`, where, call.direction === 'inbound' && (call.to_name ?? spoken(call.to))])].filter((one) => !!one) as string[]
}

export function CallCard({ view }: { view: CallView }) {
  const { phone, calls } = useTelephone()
  const { calls: live } = useFeed()
  const { data: me } = useQuery(meQuery)
  const [open, setOpen] = useState<'keys' | 'transfer' | null>(null)
  const now = useNow()
  const call = phone?.find(view.id)
  const other = calls.find((one) => one.id !== view.id && (one.state === 'held' || one.state === 'talking'))
  const rings = view.incoming && view.state === 'ringing'
  const queues = useQuery({ ...queuesQuery, enabled: rings, refetchInterval: false }).data?.data ?? []
  const why = rings ? comes(live.find((one) => one.from === view.number && one.state !== 'ended'), queues, me?.user?.id) : []
  const code = useQuery(featuresQuery).data?.data.find(({ id }) => id === 'in_call_park')?.code
  if (!call || !phone) return null
  const toggle = (what: 'keys' | 'transfer') => () => setOpen(open === what ? null : what)
  const connect = () => { const second = other && phone.find(other.id); if (second) phone.join(second, call) }
  const talks = view.state === 'talking'
  return (
    <article className={`call ${view.state}`} data-testid="phone-call" aria-label={party(view.name, view.number)}>
      <div className="row">
        <div className="grow">
          <p className="strong">{party(view.name, view.number)}</p>
          <p className="small dim">
            {view.name && `${spoken(view.number)} · `}
            <span role={view.state === 'ringing' ? 'alert' : 'status'}>{t(view.state === 'ended' ? causeOf(view.cause) : states[view.state])}</span>
            {why.length > 0 && <> · <span data-testid="phone-why">{why.join(' · ')}</span></>}
          </p>
        </div>
        {view.answered_at_ms !== null && view.state !== 'ended' && <span className="number strong">{clock((now - view.answered_at_ms) / 1000)}</span>}
      </div>
      {view.incoming && view.state !== 'ended' && <Known number={view.number} />}
      {talks && view.quality && <Sounds quality={view.quality} />}
      {view.transfer === 'refused' && <p className="problem small" role="alert">{t('phoneTransferRefused')}</p>}
      {view.state === 'ringing' && (
        <div className="row">
          <button type="button" className="primary grow" autoFocus onClick={() => phone.answer(call)}>{t('phoneAnswer')}</button>
          <button type="button" className="danger grow" onClick={() => call.hangUp()}>{t('phoneDecline')}</button>
        </div>
      )}
      {view.state === 'calling' && <button type="button" className="danger" onClick={() => call.hangUp()}>{t('hangUp')}</button>}
      {(talks || view.state === 'held') && (
        <div className="tools">
          {talks
            ? <button type="button" onClick={() => call.hold()}>{t('phoneHold')}</button>
            : <button type="button" onClick={() => phone.resume(call)}>{t('phoneResume')}</button>}
          <button type="button" aria-pressed={view.muted} onClick={() => call.mute(!view.muted)}>{t(view.muted ? 'phoneUnmute' : 'phoneMute')}</button>
          <button type="button" aria-expanded={open === 'keys'} onClick={toggle('keys')}>{t('phoneKeypad')}</button>
          <button type="button" aria-expanded={open === 'transfer'} onClick={toggle('transfer')}>{t('phoneTransfer')}</button>
          {code && talks && <button type="button" onClick={() => call.press(code)}>{t('phonePark')}</button>}
          {talks && <Record call={live.find((one) => one.state === 'talking' && [one.from, one.to].includes(view.number))} />}
          {talks && other && <button type="button" onClick={connect}>{t('phoneJoin')}</button>}
          <button type="button" className="danger" onClick={() => call.hangUp()}>{t('hangUp')}</button>
        </div>
      )}
      {open === 'keys' && talks && <Keypad press={(key) => call.press(key)} />}
      {open === 'transfer' && (talks || view.state === 'held') && <Transfer view={view} done={() => setOpen(null)} />}
    </article>
  )
}

const orders = { start: 'phoneRecord', mask: 'phoneMask', resume: 'phoneUnmask', stop: 'phoneRecordStop' } as const
type Order = keyof typeof orders

/** What can be done next with the recording of a call, by what was done last. Pure. */
export const ordersAfter = (codes: readonly string[]): readonly Order[] => {
  const last = codes.findLast((code) => /^record\.(started|mask|pause|resume|stop)$/.test(code))
  if (last === undefined || last === 'record.stop') return ['start']
  return last === 'record.mask' || last === 'record.pause' ? ['resume', 'stop'] : ['mask', 'stop']
}

/** The recording of a call that goes on: begun, silent while a secret is said, ended. */
function Record({ call }: { call: LiveCall | undefined }) {
  const [refused, setRefused] = useState<Error | null>(null)
  if (!call) return null
  const order = (mode: Order) => void api(`calls/${call.id}/record`, 'POST', { mode }).then(() => setRefused(null), setRefused)
  return (
    <>
      {ordersAfter(call.steps.map(({ code }) => code)).map((mode) => <button key={mode} type="button" onClick={() => order(mode)}>{t(orders[mode])}</button>)}
      {refused && <span className="problem small" role="alert">{refused.message}</span>}
    </>
  )
}

function Sounds({ quality }: { quality: Quality }) {
  const found = grade(quality.mos)
  return (
    <p className="row small">
      <span className={`pill ${found}`} data-testid="phone-mos">{quality.mos === null ? t('notMeasured') : `MOS ${quality.mos.toFixed(1)} · ${t(sounds[found])}`}</span>
      <span className="dim number">{quality.codec} · {t('lost')} {quality.loss_percent.toFixed(1)} % · {t('jitter')} {quality.jitter_ms.toFixed(0)} ms · {quality.round_trip_ms.toFixed(0)} ms</span>
    </p>
  )
}

function Transfer({ view, done }: { view: CallView; done: () => void }) {
  const { phone } = useTelephone()
  const [number, setNumber] = useState('')
  const call = phone?.find(view.id)
  if (!phone || !call) return null
  const send = (event: FormEvent) => {
    event.preventDefault()
    phone.transfer(call, number)
    done()
  }
  const ask = () => {
    phone.call(number)
    done()
  }
  return (
    <form className="stack" onSubmit={send}>
      <label>{t('phoneTransferTo')}<input required autoFocus inputMode="tel" autoComplete="off" value={number} onChange={(event) => setNumber(event.target.value)} /></label>
      <div className="row">
        <button type="submit" className="primary" disabled={!number}>{t('phoneSendNow')}</button>
        <button type="button" disabled={!number} onClick={ask}>{t('phoneAskFirst')}</button>
      </div>
    </form>
  )
}
