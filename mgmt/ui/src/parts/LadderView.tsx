import { useState } from 'react'
import type { Leg, SipMessage } from '../api/types'
import { t } from '../i18n'
import { compared, ladder, type Arrow, type Medium } from '../ladder'

const signs = { same: ' ', gone: '−', new: '+' } as const

/** Every SIP message of a call between its parties, with what became of its media; one message shows itself whole, two show what differs. */
export function LadderView({ messages, media = [], legs = [] }: { messages: SipMessage[]; media?: Medium[]; legs?: Leg[] }) {
  const [sound, setSound] = useState(true)
  const [shown, setShown] = useState<SipMessage | null>(null)
  const [against, setAgainst] = useState<SipMessage | 'choosing' | null>(null)
  const { columns, arrows, width, height } = ladder(messages, sound ? media : [], legs)
  const pick = (message: SipMessage) => {
    if (against === 'choosing' && shown && message !== shown) setAgainst(message)
    else { setAgainst(null); setShown(message === shown ? null : message) }
  }
  if (!messages.length) return <p className="dim">{t('noMessages')}</p>
  return (
    <div className="stack">
      {media.length > 0 && <label className="row small"><input type="checkbox" checked={sound} onChange={() => setSound(!sound)} />{t('withMedia')}</label>}
      <div className="scroll" tabIndex={0} role="region" aria-label={t('signalling')}>
        <svg className="ladder" viewBox={`0 0 ${width} ${height}`} width={width} role="group" aria-label={t('signalling')}>
          {columns.map(({ name, x }) => (
            <g key={name}>
              <text x={x} y={18} textAnchor="middle" className="dim">{name}</text>
              <line x1={x} x2={x} y1={28} y2={height} />
            </g>
          ))}
          {arrows.map((arrow, index) => {
            const { message, medium } = arrow
            return message ? <Row key={index} arrow={arrow} message={message} pick={() => pick(message)} width={width} /> : medium && <Heard key={index} arrow={arrow} medium={medium} width={width} />
          })}
        </svg>
      </div>
      {shown && (
        <div className="row small">
          <strong className="grow">{shown.summary}{against && against !== 'choosing' && <> → {against.summary}</>}</strong>
          {against === null
            ? <button type="button" onClick={() => setAgainst('choosing')}>{t('compareWith')}</button>
            : <button type="button" onClick={() => setAgainst(null)}>{t('cancel')}</button>}
          {against === 'choosing' && <span role="status" className="dim">{t('compareChoose')}</span>}
        </div>
      )}
      {shown && (against === null || against === 'choosing') && <pre tabIndex={0}>{shown.raw}</pre>}
      {shown && against !== null && against !== 'choosing' && (
        <pre tabIndex={0} data-testid="message-diff">
          {compared(shown.raw, against.raw).map(({ text, look }, at) => <span key={at} className={`line ${look}`}>{signs[look]} {text}{'\n'}</span>)}
        </pre>
      )}
    </div>
  )
}

function Row({ arrow, message, pick, width }: { arrow: Arrow; message: SipMessage; pick: () => void; width: number }) {
  return (
    <g
      data-testid="ladder-message" role="button" tabIndex={0}
      onClick={pick} onKeyDown={(event) => (event.key === 'Enter' || event.key === ' ') && pick()}
    >
      <rect x={0} y={arrow.y - 24} width={width} height={30} fill="transparent" />
      <Line arrow={arrow} text={message.summary} width={width} />
    </g>
  )
}

function Heard({ arrow, medium, width }: { arrow: Arrow; medium: Medium; width: number }) {
  const text = told(medium)
  return <g className="medium" data-testid="ladder-media"><title>{text}</title><Line arrow={arrow} text={text} width={width} /></g>
}

function Line({ arrow: { x1, x2, y, at_ms }, text, width }: { arrow: Arrow; text: string; width: number }) {
  const back = x2 < x1 ? 7 : -7
  return (
    <>
      <text x={(x1 + x2) / 2} y={y - 7} textAnchor="middle">{text.length > 34 ? `${text.slice(0, 33)}…` : text}</text>
      <path className="arrow" d={`M${x1} ${y}H${x2}`} />
      <path className="tip" d={`M${x2} ${y}l${back} -4v8z`} />
      <text x={width - 4} y={y + 4} textAnchor="end" className="dim">{`+${at_ms.toFixed(at_ms < 100 ? 1 : 0)} ms`}</text>
    </>
  )
}

/** What a row of media says. */
export function told({ kind, codec, packets = 0, lost = 0, late = 0, jitter_ms = 0, mos, rtt_ms, text = '' }: Medium): string {
  switch (kind) {
    case 'begin': return `RTP ${codec ?? ''} ${t('mediaBegins')}`.replace('  ', ' ')
    case 'rtcp': return `RTCP: RTT ${(rtt_ms ?? [0, 0]).map((one) => one.toFixed(0)).join('–')} ms`
    case 'keys': return `DTMF: ${text}`
    default: return `RTP${kind === 'sum' ? ' Σ' : ''} ${String(packets)}, −${String(lost)}${late > 0 ? ` (+${String(late)} ${t('mediaLate')})` : ''}, ${jitter_ms.toFixed(0)} ms, MOS ${mos == null ? '–' : mos.toFixed(1)}`
  }
}
