/** One call whole: what happened and why, how it sounded, what was said on the wire. */
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link, useParams } from 'react-router'
import { address } from '../api/client'
import { callQuery } from '../api/queries'
import type { Call, Leg, QualityWindow } from '../api/types'
import { clock, party, phone } from '../format'
import { t, word } from '../i18n'
import { mediaOf } from '../ladder'
import { LadderView } from '../parts/LadderView'
import { Moment } from '../parts/Moment'
import { Loading, Trouble } from '../parts/Notice'
import { Player } from '../parts/Player'
import { Mos, QualityBars } from '../parts/Quality'
import { Shared } from '../parts/Shared'
import { Sound } from '../parts/Sound'
import { Steps } from '../parts/Steps'
import { Dial } from '../phone/Dial'
import { Known } from '../phone/Known'
import { Notes } from '../parts/Notes'

export function CallDetail() {
  const { id = '' } = useParams()
  const { data, error, isPending, refetch } = useQuery(callQuery(id))
  if (isPending) return <Loading />
  if (error) return <Trouble error={error} again={() => void refetch()} />
  const { call, legs, steps, quality, messages, transcript } = data
  const names = [party(call.from_name, call.from), call.who ?? party(call.to_name, call.to)] as const
  return (
    <div className="stack">
      <Head call={call} />
      {call.recording && (
        <section className="card stack">
          <h2>{t('recording')}</h2>
          <Player media={call.recording} title={t('recording')} {...(transcript && { talk: { said: transcript, names } })} notes={(at) => <Notes call={call.id} {...at} />} />
          <Shared media={call.recording} />
        </section>
      )}
      {!call.recording && call.removed && (
        <section className="card" data-testid="removed">
          <h2>{t('recording')}</h2>
          <p>{t('removedBy')} {call.removed.by === 'retention' ? t('removedByAge') : call.removed.by}, <Moment at={call.removed.at} />{call.removed.reason && `: ${call.removed.reason}`}</p>
        </section>
      )}
      <Sound call={call} />
      <div className="row"><Link className="button" to={`/compare?a=${call.id}`}>{t('compareCalls')}</Link><a className="button" href={address(`calls/${id}/vcon`)} download>vCon</a></div>
      <div className="columns">
        <section className="card stack"><h2>{t('why')}</h2><Steps steps={steps} /></section>
        <section className="card stack">
          <h2>{t('streams')}</h2>
          {legs.map((leg) => <Streams key={leg.id} leg={leg} windows={quality.filter((window) => window.leg === leg.id)} />)}
        </section>
      </div>
      <section className="card stack">
        <div className="row">
          <h2 className="grow">{t('signalling')}</h2>
          {messages.length > 0 && <a className="button" href={address(`calls/${id}/trace.pcap`)} download>{t('capture')}</a>}
        </div>
        <LadderView messages={messages} media={mediaOf(legs, quality, steps)} legs={legs} />
        {messages.length > 0 && <p className="dim small">{t('mediaRows')}</p>}
      </section>
    </div>
  )
}

function Head({ call }: { call: Call }) {
  const facts: [string, ReactNode][] = [
    [t('when'), <Moment key="when" at={call.started_at} />],
    [word(call.direction), call.trunk ?? '–'],
    [t('who'), call.who ?? '–'],
    [t('talkTime'), clock(call.talk_ms / 1000)],
    [t('outcome'), call.cause?.text ?? '–'],
  ]
  return (
    <section className="card stack">
      <div className="row">
        <h1 className="grow">
          <Dial number={call.from}>{party(call.from_name, call.from)}</Dial> <span className="dim">→</span> <Dial number={call.to}>{party(call.to_name, call.to)}</Dial>
        </h1>
        <span className={`pill ${call.outcome ?? ''}`}>{word(call.outcome)}</span>
        <Mos value={call.mos} />
      </div>
      <Known number={call.direction === 'outbound' ? call.to : call.from} />
      <dl className="facts">
        {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
    </section>
  )
}

export function Streams({ leg, windows }: { leg: Leg; windows: QualityWindow[] }) {
  return (
    <div className="stack">
      <p className="strong">{phone(leg.party)} {leg.codec && <span className="chip">{leg.codec}</span>}</p>
      {(['rx', 'tx'] as const).map((direction) => {
        const sum = leg.quality[direction]
        const label = `${t(direction === 'rx' ? 'heard' : 'sentTo')} ${phone(leg.party)}`
        return sum && (
          <div key={direction} className="stack">
            <div className="row"><span className="grow small">{label}</span><Mos value={sum.mos} /></div>
            <QualityBars label={label} windows={windows.filter((window) => window.direction === direction)} />
            <p className="dim small number">{sum.packets} {t('packets')} · {sum.lost} {t('lost')} · {t('jitter')} {sum.jitter_ms.toFixed(1)} ms</p>
          </div>
        )
      })}
    </div>
  )
}
